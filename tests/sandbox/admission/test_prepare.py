"""What is stored of what is sent, and what is refused: as a real kube-apiserver answered (see ``record.py``)."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
import yaml

from kfed.sandbox.changes.patches import merge_patch
from kfed.sandbox.errors import ApiError
from kfed.sandbox.surface.registry import Registry
from kfed.sandbox.values.options import Options
from tests.sandbox import examples
from tests.sandbox.record import CASES, stable
from tests.sandbox.recorded import admitted, recorded, registry, served


def answered(body: dict[str, Any], old: dict[str, Any] | None = None, options: Options | None = None) -> dict[str, Any]:
    """What comes of a write, in the form in which answers are recorded."""
    body = {**body, "metadata": {**body["metadata"], "uid": "UID"}}
    before = copy.deepcopy(body)
    try:
        stored = admitted(served(body["kind"]), body, old, options)
    except ApiError as error:
        return stable(error.status())
    finally:
        assert body == before
    return stable(stored)


@pytest.mark.parametrize("name", examples.CREATED)
def test_a_built_in_object_is_stored_or_refused_as_by_a_real_server(name: str) -> None:
    assert answered(examples.CREATED[name]) == recorded("created")[name]


@pytest.mark.parametrize("name", examples.STRICT)
def test_unknown_fields_are_named_as_by_a_real_server(name: str) -> None:
    assert answered(examples.STRICT[name], options=Options(field_validation="Strict")) == recorded("strict")[name]


@pytest.mark.parametrize("name", examples.CUSTOM)
def test_a_custom_object_is_stored_or_refused_as_by_a_real_server(name: str) -> None:
    assert answered(examples.CUSTOM[name]) == recorded("custom")[name]


@pytest.mark.parametrize("name", examples.CHANGED)
def test_rules_compare_with_what_was_there_as_on_a_real_server(name: str) -> None:
    case = recorded("changed")[name]
    body = merge_patch(case["before"], examples.CHANGED[name])
    assert answered(body, case["before"]) == case["after"]


def test_unknown_fields_go_with_a_warning() -> None:
    options = Options()
    stored = admitted(served("Widget"), examples.CUSTOM["unknown fields go"], None, options)
    assert "foo" not in stored["spec"]
    assert options.warnings == ['unknown field "spec.foo"', 'unknown field "spec.ports[0].bar"']


def test_unknown_fields_go_without_one_when_nobody_asks() -> None:
    options = Options(field_validation="Ignore")
    admitted(served("Widget"), examples.CUSTOM["unknown fields go"], None, options)
    assert options.warnings == []


@pytest.mark.parametrize("name", [name for name, answer in recorded("created").items() if "code" not in answer])
def test_what_was_admitted_is_admitted_again_as_it_is(name: str) -> None:
    body = examples.CREATED[name]
    body = {**body, "metadata": {**body["metadata"], "uid": "UID"}}
    type_ = served(body["kind"])
    stored = admitted(type_, body, None, Options(field_validation="Strict"))
    assert admitted(type_, stored, stored, Options(field_validation="Strict")) == stored


def test_causes_of_the_metadata_come_first_and_all_are_told() -> None:
    body = examples.workload(replicas=-1)
    with pytest.raises(ApiError) as refused:
        admitted(served("Deployment"), {**body, "metadata": {"name": "No"}})
    assert [cause["field"] for cause in refused.value.details["causes"]] == ["metadata.name", "spec.replicas"]


IMMUTABLE = {
    "selector": (
        examples.workload(),
        {"spec": {"selector": {"matchLabels": {"app": "y"}}, "template": {"metadata": {"labels": {"app": "y"}}}}},
        'spec.selector: Invalid value: {"matchLabels":{"app":"y"}}: field is immutable',
    ),
    "address": (
        examples.service(ports=[{"port": 80}]),
        {"spec": {"clusterIP": "10.0.0.99"}},
        'spec.clusterIPs[0]: Invalid value: ["10.0.0.99"]: may not change once set',
    ),
    "type of a secret": (
        examples.manifest("Secret"),
        {"type": "x/y"},
        'type: Invalid value: "x/y": field is immutable',
    ),
    "immutable data": (
        examples.manifest("ConfigMap", data={"a": "b"}, immutable=True),
        {"data": {"a": "c"}},
        "data: Forbidden: field is immutable when `immutable` is set",
    ),
    "role": (
        examples.CREATED["role binding"],
        {"roleRef": {"name": "y"}},
        'roleRef: Invalid value: {"APIGroup":"rbac.authorization.k8s.io","Kind":"Role","Name":"y"}: field is immutable',
    ),
    "completions": (
        examples.CREATED["job"],
        {"spec": {"completions": 3}},
        "spec.completions: Invalid value: 3: field is immutable",
    ),
    "service of a stateful set": (
        examples.workload("StatefulSet", serviceName="s"),
        {"spec": {"serviceName": "y"}},
        'spec.serviceName: Invalid value: "y": field is immutable',
    ),
}


@pytest.mark.parametrize("name", IMMUTABLE)
def test_what_is_immutable_stays_in_the_words_of_a_real_server(name: str) -> None:
    body, patch, message = IMMUTABLE[name]
    type_ = served(body["kind"])
    old = admitted(type_, {**body, "metadata": {"name": "one", "uid": "UID"}})
    with pytest.raises(ApiError) as refused:
        admitted(type_, merge_patch(old, patch), old, patch=True)
    assert refused.value.message.partition(" is invalid: ")[2] == message


def test_an_address_stays_with_a_service_that_does_not_name_it() -> None:
    body = examples.service(type="NodePort", ports=[{"port": 80}])
    old = admitted(served("Service"), body)
    moved = {**old, "metadata": {"name": "other"}}  # the name is what an address follows from
    changed = admitted(served("Service"), {**body, "metadata": moved["metadata"]}, old)
    assert changed["spec"] == old["spec"]


def test_an_image_of_a_pod_may_change_and_nothing_else_of_it() -> None:
    old = admitted(served("Pod"), examples.CREATED["pod"])
    image = merge_patch(old, {"spec": {"containers": [{**old["spec"]["containers"][0], "image": "other"}]}})
    assert admitted(served("Pod"), image, old)["spec"] == image["spec"]
    with pytest.raises(ApiError, match="pod updates may not change fields other than"):
        admitted(served("Pod"), merge_patch(old, {"spec": {"dnsPolicy": "Default"}}), old)


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("self.?a.orValue(1) == 1", "<input>:1:5: unsupported syntax '.?'"),
        ("quantity(self.a).isGreaterThan(quantity('1'))", "there is no function isGreaterThan"),
    ],
)
def test_a_rule_that_cannot_be_evaluated_is_told_when_its_type_is_made(rule: str, why: str) -> None:
    definition = json.loads(json.dumps(examples.CRD))
    schema = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    schema["properties"]["spec"]["properties"]["deep"]["x-kubernetes-validations"] = [{"rule": rule}]
    type_ = registry().find("apiextensions.k8s.io", "v1", "customresourcedefinitions")
    assert type_ is not None
    options = Options()
    admitted(type_, definition, None, options)
    assert options.warnings == [f"the sandbox does not enforce the validation rule {rule}: {why}"]


def test_a_rule_that_costs_too_much_is_told_as_a_real_server_tells_it() -> None:
    definition = json.loads(json.dumps(examples.CRD))
    schema = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    rule = "size(self.map(one, self)) > 0"
    numbers = {"type": "array", "items": {"type": "integer"}, "x-kubernetes-validations": [{"rule": rule}]}
    schema["properties"]["spec"]["properties"]["numbers"] = numbers
    types = Registry()
    (type_,) = types.add_crd(definition)
    with pytest.raises(ApiError) as refused:
        admitted(type_, examples.widget(numbers=list(range(3000))))
    assert (refused.value.details or {})["causes"] == [
        {
            "reason": "FieldValueInvalid",
            "message": (
                "Invalid value: \"array\": 'operation cancelled: actual cost limit exceeded': no further validation "
                f"rules will be run due to call cost exceeds limit for rule: {rule}"
            ),
            "field": "spec.numbers",
        }
    ]
    assert admitted(type_, examples.widget(numbers=[1]))["spec"]["numbers"] == [1]


def nested(levels: int) -> Any:
    value: Any = {"x": 1}
    for _ in range(levels):
        value = [value] if levels % 2 else {"a": value}
    return value


def test_what_is_nested_too_deeply_is_refused() -> None:
    deep = admitted(served("Widget"), examples.widget(any=nested(200)))
    assert deep["spec"]["any"] == nested(200)
    for levels in (900, 901):
        with pytest.raises(ApiError, match="nested too deeply"):
            admitted(served("Widget"), examples.widget(any=nested(levels)))


def test_a_federated_object_is_held_to_the_rules_of_its_type() -> None:
    folder = CASES.parents[2] / "generated" / "crds"
    crd = yaml.safe_load((folder / "types.kubefed.io_federatedconfigmaps.yaml").read_text())
    types = Registry()
    types.add_crd(crd)
    type_ = types.find("types.kubefed.io", "v1beta1", "federatedconfigmaps")
    assert type_ is not None

    def overriding(path: str) -> dict[str, Any]:
        overrides = [{"clusterName": "a", "clusterOverrides": [{"path": path, "value": "x"}]}]
        spec = {"template": {"data": {"a": "b"}}, "overrides": overrides}
        return {"apiVersion": "types.kubefed.io/v1beta1", "kind": "FederatedConfigMap", "metadata": {"name": "one"}} | {
            "spec": spec
        }

    assert admitted(type_, overriding("/data/a"))["spec"] == overriding("/data/a")["spec"]
    with pytest.raises(ApiError) as refused:
        admitted(type_, overriding("/metadata/name"))
    [cause] = refused.value.details["causes"]
    assert cause["message"] == (
        'Invalid value: "": "spec.overrides[0].clusterOverrides[0].path" must not validate the schema (not)'
    )
