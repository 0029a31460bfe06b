// Ask the libraries of Kubernetes themselves what they make of names, quantities and label selectors, and write that down
// for tests to compare with: the files of tests/cases/apimachinery/ hold texts, and what each comes to. To ask anew, or
// after adding a text (with null):
//
//	cd tests/clusters && go run ../facts/answers.go ../cases/apimachinery
//
// The same texts make the same bytes.
package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	core "k8s.io/kubernetes/pkg/apis/core/validation"
)

func main() {
	for name, answer := range map[string]func(string) any{
		"names.json":      formsOf,
		"quantities.json": quantityOf,
		"selectors.json":  requirementsOf,
	} {
		path := filepath.Join(os.Args[1], name)
		answers := map[string]any{}
		data, err := os.ReadFile(path)
		if err == nil {
			err = json.Unmarshal(data, &answers)
		}
		if err != nil {
			panic(err)
		}
		lines := []string{}
		for text := range answers {
			line := marshal(text) + ": " + marshal(answer(text))
			lines = append(lines, line)
		}
		sort.Strings(lines)
		data = []byte("{\n" + strings.Join(lines, ",\n") + "\n}\n")
		if err = os.WriteFile(path, data, 0o644); err != nil {
			panic(err)
		}
	}
}

func marshal(value any) string {
	data, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return string(data)
}

// formsOf says which forms a text fits.
func formsOf(text string) any {
	forms := map[string][]string{
		"LABEL":       validation.IsDNS1123Label(text),
		"LABEL_1035":  validation.IsDNS1035Label(text),
		"SUBDOMAIN":   validation.IsDNS1123Subdomain(text),
		"KIND":        validation.IsDNS1035Label(strings.ToLower(text)),
		"LABEL_KEY":   validation.IsQualifiedName(text),
		"LABEL_VALUE": validation.IsValidLabelValue(text),
		"PORT_NAME":   validation.IsValidPortName(text),
	}
	for _, err := range apivalidation.ValidateAnnotations(map[string]string{text: ""}, field.NewPath("annotations")) {
		forms["ANNOTATION_KEY"] = append(forms["ANNOTATION_KEY"], err.Error())
	}
	meta := metav1.ObjectMeta{Name: "a", Finalizers: []string{text}}
	anyName := func(string, bool) []string { return nil }
	for _, err := range core.ValidateObjectMeta(&meta, false, anyName, field.NewPath("metadata")) {
		forms["FINALIZER"] = append(forms["FINALIZER"], err.Error())
	}
	fitting := []string{}
	for _, form := range []string{
		"ANNOTATION_KEY", "FINALIZER", "KIND", "LABEL", "LABEL_1035", "LABEL_KEY", "LABEL_VALUE", "PORT_NAME", "SUBDOMAIN",
	} {
		if len(forms[form]) == 0 {
			fitting = append(fitting, form)
		}
	}
	return fitting
}

// quantityOf says what a text is as a quantity: its canonical form, its value and twice as much; nil when it is none.
func quantityOf(text string) any {
	quantity, err := resource.ParseQuantity(text)
	if err != nil {
		return nil
	}
	twice := quantity.DeepCopy()
	twice.Add(quantity)
	value := quantity.AsDec().String()
	quantity.Add(resource.Quantity{}) // which makes it forget the text that it was read from
	return []string{quantity.String(), value, twice.String()}
}

// requirementsOf says which requirements a text comes to, by key; nil when it is no selector.
func requirementsOf(text string) any {
	requirements, err := labels.ParseToRequirements(text)
	if err != nil {
		return nil
	}
	answer := []any{}
	for _, requirement := range requirements {
		values := requirement.ValuesUnsorted()
		sort.Strings(values)
		answer = append(answer, []any{requirement.Key(), string(requirement.Operator()), values})
	}
	return answer
}
