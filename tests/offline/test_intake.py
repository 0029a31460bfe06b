"""What becomes of each document and object of the input: what decides is parsed, and nothing goes in silence."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kfed.offline import candidates

from .whole import cluster, federated, rendered, write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kfed.core.finding import Finding

CASES = Path(__file__).parent.parent / "cases" / "input"
EVERYWHERE = {"placement": {"clusterSelector": {}}}

pytestmark = pytest.mark.usefixtures("types_read_once")


@pytest.fixture
def render(tmp_path: Path) -> Callable[..., tuple[list[str], list[str]]]:
    """Render paths, or the text of one file, for the clusters alpha and gamma: the objects, and the findings' rules."""
    [clusters] = write(tmp_path, {"clusters.json": [cluster("alpha"), cluster("gamma")]})

    def run(*paths: Path | str, text: str | None = None, name: str = "in.yaml") -> tuple[list[str], list[str]]:
        if text is not None:
            (tmp_path / name).write_text(text)
            paths = (*paths, tmp_path / name)
        objects, report = rendered([str(path) for path in paths], cluster_paths=[clusters])
        return sorted(objects), told(report.findings)

    return run


def told(findings: Iterable[Finding]) -> list[str]:
    return sorted(f"{finding.severity}: {finding.rule}" for finding in findings)


IGNORED = "warning: ignored-object"
IN_GAMMA = ["gamma ConfigMap bins", "gamma Namespace stock"]
EVERYWHERE_BINS = ["alpha ConfigMap bins", "gamma ConfigMap bins"]


def test_a_list_of_namespaces_counts_as_its_namespaces(render: Callable[..., Any]) -> None:
    assert render(CASES / "namespace-list" / "input.yaml") == (IN_GAMMA, [])


NAMESPACE = federated("Namespace", "shop", placement={"clusters": [{"name": "gamma"}]})
CONFIG = federated("ConfigMap", "bins", **EVERYWHERE)


@pytest.mark.parametrize("kind", ["FederatedNamespaceList", "List", "AnythingList"])
@pytest.mark.parametrize("as_json", [True, False], ids=["json", "flow"])
def test_a_list_of_any_type_counts_as_its_items(kind: str, as_json: bool, render: Callable[..., Any]) -> None:  # noqa: FBT001
    of = {"apiVersion": "types.kubefed.io/v1beta1", "kind": kind, "metadata": {"resourceVersion": "7"}}
    text = json.dumps(of | {"items": [NAMESPACE]}) + "\n---\n" + json.dumps(CONFIG)
    objects, rules = render(text=text if as_json else text.replace('"', ""))
    assert (objects, rules) == (["gamma ConfigMap bins", "gamma Namespace shop"], [])


def test_items_take_their_type_from_the_list_that_a_server_answers(render: Callable[..., Any]) -> None:
    bare = [{key: part for key, part in CONFIG.items() if key not in ("apiVersion", "kind")}]
    answer = {"apiVersion": "types.kubefed.io/v1beta1", "kind": "FederatedConfigMapList", "items": bare}
    assert render(text=json.dumps(answer)) == (EVERYWHERE_BINS, [])


def test_a_named_object_of_a_kind_that_ends_in_list_is_no_list(render: Callable[..., Any]) -> None:
    text = "apiVersion: example.com/v1\nkind: AllowList\nmetadata: {name: a}\nitems: [b, c]\n---\n" + json.dumps(CONFIG)
    assert render(text=text) == (EVERYWHERE_BINS, [IGNORED])


def test_of_a_list_full_of_mistakes_a_few_are_told_and_the_rest_is_counted(tmp_path: Path) -> None:
    [path] = write(tmp_path, {"in.json": [{"apiVersion": "v1", "kind": "List", "items": [1] * 5000}]})
    _, report = rendered([path])
    found = [finding for finding in report.findings if finding.rule == "not-a-manifest"]
    assert len(found) == 21
    assert found[-1].message.startswith("4980 more of the items")


NOTES = [
    '"\nkind: FederatedFoo\n"',
    "'a\nkind: FederatedFoo'",
    '"a\\\nkind: FederatedFoo"',
    "|\n      kind: FederatedFoo\n",
]


@pytest.mark.parametrize("note", NOTES)
def test_a_line_within_a_text_hides_no_document(note: str, render: Callable[..., Any]) -> None:
    head = (
        "apiVersion: types.kubefed.io/v1beta1\nkind: FederatedNamespace\nmetadata:\n  name: shop\n  namespace: shop\n"
    )
    text = f"{head}  annotations:\n    note: {note}\nspec:\n  placement:\n    clusters: [{{name: gamma}}]\n---\n"
    assert render(text=text + json.dumps(CONFIG)) == (["gamma ConfigMap bins", "gamma Namespace shop"], [])


@pytest.mark.parametrize("kept", [0, 500, 2**30])
def test_what_is_read_again_is_what_was_read(
    kept: int, render: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidates, "KEPT", kept)
    objects = [federated("ConfigMap", f"c{n}", **EVERYWHERE) for n in range(20)]
    plain = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "plain"}}
    listed = {"apiVersion": "v1", "kind": "List", "items": [NAMESPACE, *objects[:5], cluster("delta"), plain]}
    (tmp_path / "a.json").write_text(json.dumps(listed) + "".join(map(json.dumps, objects[5:10])))
    (tmp_path / "b.yaml").write_text("---\n# no document\n---\n" + "\n---\n".join(map(json.dumps, objects[10:])))
    found, rules = render(tmp_path / "a.json", tmp_path / "b.yaml")
    assert found == sorted([*(f"gamma ConfigMap c{n}" for n in range(20)), "gamma Namespace shop"])
    assert rules == [IGNORED]


@pytest.mark.parametrize("more", [[], ["crd.yaml"]])
def test_a_plain_kind_that_begins_as_federated_ones_do_is_ignored(more: list[str], render: Callable[..., Any]) -> None:
    folder = CASES / "kinds-named-federated"
    assert render(*(folder / name for name in ["plain.yaml", *more])) == (EVERYWHERE_BINS, [IGNORED])


def test_a_plain_kind_that_begins_as_federated_ones_do_can_be_federated(render: Callable[..., Any]) -> None:
    folder = CASES / "kinds-named-federated"
    expected = ["alpha FederatedLogin ci", "gamma FederatedLogin ci"]
    assert render(folder / "federated.yaml", folder / "crd.yaml") == (expected, [])


@pytest.mark.parametrize(
    "manifest",
    [
        {
            "apiVersion": "policy.karmada.io/v1alpha1",
            "kind": "FederatedResourceQuota",
            "spec": {"overall": {"cpu": "1"}},
        },
        {"apiVersion": "autoscaling.karmada.io/v1alpha1", "kind": "FederatedHPA", "spec": {"scaleTargetRef": {}}},
        {"apiVersion": "azure.com/v1", "kind": "FederatedIdentityCredential", "spec": {"placement": {}}},
        {"apiVersion": "core.kubefed.io/v1alpha1", "kind": "FederatedServiceStatus", "clusterStatus": []},
        {"apiVersion": "example.com/v1", "kind": "FederatedNamespace", "spec": {"quota": 1}},
        {"apiVersion": "example.com/v1", "kind": "FederatedThing", "spec": "a text"},
        {"apiVersion": "v1", "kind": "FederatedThing"},
    ],
)
def test_an_object_of_another_group_that_has_no_federated_form_is_ignored(
    manifest: dict[str, Any], render: Callable[..., Any]
) -> None:
    manifest = {"metadata": {"name": "shop", "namespace": "shop"}, **manifest}
    assert render(text=json.dumps(manifest) + json.dumps(CONFIG)) == (EVERYWHERE_BINS, [IGNORED])


@pytest.mark.parametrize(
    "manifest",
    [
        {
            "apiVersion": "types.kubefed.oi/v1beta1",
            "kind": "FederatedConfigMap",
            "spec": {"template": {}, "placement": {}},
        },
        {"apiVersion": "types.kubefed.oi/v1beta1", "kind": "FederatedNamespace", "spec": {"placement": {}}},
        {"apiVersion": "types.kubefed.io/v1beta1", "kind": "ConfigMap", "spec": {}},
        {"apiVersion": "types.kubefed.io/v1beta1", "kind": "FedratedConfigMap", "spec": {}},
    ],
)
def test_an_object_that_was_meant_to_be_federated_is_not_ignored(
    manifest: dict[str, Any], render: Callable[..., Any]
) -> None:
    manifest = {"metadata": {"name": "shop", "namespace": "shop"}, **manifest}
    assert render(text=json.dumps(manifest)) == ([], ["error: unknown-type"])


CONFIG_OF_KEEP = {
    "apiVersion": "core.kubefed.io/v1beta1",
    "kind": "FederatedTypeConfig",
    "metadata": {"name": "configmaps"},
    "spec": {
        "targetType": {"version": "v1", "kind": "ConfigMap", "pluralName": "configmaps", "scope": "Namespaced"},
        "federatedType": {"group": "example.com", "version": "v1", "kind": "Keep", "scope": "Namespaced"},
        "propagation": "Enabled",
    },
}


@pytest.mark.parametrize("order", [1, -1])
def test_a_type_config_makes_a_kind_of_any_name_federated_wherever_it_stands(
    order: int,
    render: Callable[..., Any],
) -> None:
    keep = CONFIG | {"apiVersion": "example.com/v1", "kind": "Keep"}
    documents = [CONFIG_OF_KEEP, keep][::order]
    assert render(text="".join(map(json.dumps, documents))) == (EVERYWHERE_BINS, [])


def test_the_placement_of_a_namespace_counts_by_the_group_that_a_type_config_names(render: Callable[..., Any]) -> None:
    spec = {
        "targetType": {"version": "v1", "kind": "Namespace", "pluralName": "namespaces", "scope": "Cluster"},
        "federatedType": {"group": "example.com", "version": "v1", "kind": "FederatedNamespace", "scope": "Namespaced"},
        "propagation": "Enabled",
    }
    namespace = NAMESPACE | {"apiVersion": "example.com/v1"}
    documents = [namespace, CONFIG, CONFIG_OF_KEEP | {"metadata": {"name": "namespaces"}, "spec": spec}]
    assert render(text="".join(map(json.dumps, documents))) == (["gamma ConfigMap bins", "gamma Namespace shop"], [])


def test_files_that_hold_no_manifest_stop_nothing(render: Callable[..., Any]) -> None:
    assert render(CASES / "files-that-hold-no-manifest" / "federated") == (EVERYWHERE_BINS, [IGNORED])


@pytest.mark.parametrize(
    ("name", "text", "rules"),
    [
        ("later.yaml", "# kind: A\n", []),
        ("chart.yml", "---\n# Source: a.yaml\n---\n# Source: b.yaml\nnull\n---\n~\n...\n", []),
        ("null.json", "null\n", []),
        ("kustomization.yaml", "resources: [bins.yaml]\n", [IGNORED]),
        ("kustomization.yml", "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n", [IGNORED]),
        ("part.yaml", "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n", [IGNORED]),
        ("a.schema.json", '{"$schema": "http://json-schema.org/draft-07/schema#", "type": "object"}', [IGNORED]),
        ("Kustomization", "resources: [bins.yaml]\n", []),
        (".sops.yaml", "creation_rules: []\n", []),
        ("settings.json", '{"editor.tabSize": 2}', ["error: not-a-manifest"]),
        ("Chart.yaml", "apiVersion: v2\nname: bins\n", ["error: not-a-manifest"]),
        ("words.yaml", "just words\n", ["error: not-a-manifest"]),
        ("empty.yaml", "", ["error: empty-file"]),
    ],
)
def test_each_file_among_manifests_is_told_for_what_it_is(
    name: str, text: str, rules: list[str], tmp_path: Path, render: Callable[..., Any]
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / name).write_text(text)
    (tmp_path / "in" / "bins.json").write_text(json.dumps(CONFIG))
    assert render(tmp_path / "in") == (EVERYWHERE_BINS, rules)


@pytest.mark.parametrize(
    ("name", "text", "helm"),
    [
        ("values.yaml", "replicas: 3\n", True),
        ("Chart.yaml", "apiVersion: v2\nname: bins\n", True),
        ("other.yaml", 'image: "{{ .Values.image }}"\n', True),
        ("other.yaml", "replicas: 3\n", False),
        ("template.yaml", "kind: {{ .Values.kind }}\n", True),
        ("template.yaml", "{{- if .Values.kind }}\nkind: A\n{{- end }}\n", True),
    ],
)
def test_of_a_chart_it_is_said_to_give_what_helm_makes_of_it(name: str, text: str, helm: bool, tmp_path: Path) -> None:  # noqa: FBT001
    (tmp_path / name).write_text(text)
    _, report = rendered([str(tmp_path / name)])
    [message] = [finding.message for finding in report.findings if finding.source]
    assert ("`helm template`" in message) == helm


def test_what_kfed_generates_may_stand_among_the_manifests(tmp_path: Path, kfed_here: Callable[..., Any]) -> None:
    write(tmp_path, {"clusters.json": [cluster("alpha")]})
    (tmp_path / "federated").mkdir()
    (tmp_path / "federated" / "bins.json").write_text(json.dumps(CONFIG))
    assert kfed_here("generate", "configmaps", "-o", "federated/types").code == 0
    result = kfed_here("render", "-f", "federated", "--clusters", "clusters.json", "-o", "out", "--strict")
    assert (result.code, result.stderr.splitlines()[1:]) == (0, [])


def test_a_wrapper_of_another_group_is_known_by_its_definition(tmp_path: Path, kfed_here: Callable[..., Any]) -> None:
    write(tmp_path, {"in.json": [cluster("alpha"), CONFIG | {"apiVersion": "example.com/v1beta1"}]})
    assert kfed_here("generate", "configmaps", "--federated-group", "example.com", "-o", "types").code == 0
    result = kfed_here("render", "-f", "in.json", "-f", "types/crds", "-o", "-", "--as", "json")
    assert [json.loads(line)["manifest"]["kind"] for line in result.stdout.splitlines()] == ["ConfigMap"]


def test_a_folder_may_hold_the_input_and_the_output(tmp_path: Path, kfed_here: Callable[..., Any]) -> None:
    write(tmp_path, {"in.json": [cluster("alpha"), CONFIG]})
    runs = [kfed_here("render", "-f", ".", "-o", ".", *options) for options in ([], ["--strict"], ["--check"])]
    assert [run.code for run in runs] == [0, 0, 0], runs
    assert "0 files written, 0 removed, 2 as they were" in runs[1].stderr


def test_a_linked_folder_is_read_and_one_that_leads_out_is_told(render: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "federated" / "real").mkdir(parents=True)
    (tmp_path / "shared").mkdir()
    for index, path in enumerate(["federated/BINS.JSON", "federated/real/a.yaml", "shared/b.yaml"]):
        (tmp_path / path).write_text(json.dumps(federated("ConfigMap", f"c{index}", placement={"clusterSelector": {}})))
    (tmp_path / "federated" / "linked").symlink_to("real")
    (tmp_path / "federated" / "shared").symlink_to("../shared")
    found, rules = render(tmp_path / "federated")
    assert found == ["alpha ConfigMap c0", "alpha ConfigMap c1", "gamma ConfigMap c0", "gamma ConfigMap c1"]
    assert rules == ["warning: passed-over"]
    found, rules = render(tmp_path / "federated", tmp_path / "shared")
    assert ([name for name in found if name.endswith("c2")], rules) == (
        ["alpha ConfigMap c2", "gamma ConfigMap c2"],
        [],
    )


BOMBS = {
    "aliases": "{b: &a " + "{c: " * 90 + "1" + "}" * 90 + ", d: [" + "*a, " * 200 + "]}",
    "lists": "[" * 100 + "1, " * 20_000 + "]" * 100,
    "lines": "[" * 100 + '"' + "a\\n" * 20_000 + '"' + "]" * 100,
}
OPEN_TYPE = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  names: {kind: Widget, plural: widgets}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
---
apiVersion: types.kubefed.io/v1beta1
kind: FederatedWidget
metadata: {name: gear, namespace: shop}
spec:
  placement: {clusters: [{name: alpha}]}
  template: {spec: %s}
"""


@pytest.mark.parametrize("bomb", BOMBS)
def test_an_object_that_indents_would_make_too_large_is_told_and_not_written(
    bomb: str, tmp_path: Path, kfed_here: Callable[..., Any]
) -> None:
    write(tmp_path, {"clusters.json": [cluster("alpha"), cluster("gamma")]})
    (tmp_path / "in.yaml").write_text(OPEN_TYPE % BOMBS[bomb])
    result = kfed_here("render", "-f", "in.yaml", "--clusters", "clusters.json", "-o", "out", "--findings", "json")
    [finding] = json.loads(result.stdout)["findings"]
    assert (result.code, finding["rule"], finding["clusters"], finding["source"]["line"]) == (
        1,
        "too-large",
        ["alpha"],
        18,
    )
    assert "1 MiB and eight times the document" in finding["message"]
    assert not (tmp_path / "out").exists()


def test_a_pipe_in_a_folder_is_passed_over(tmp_path: Path, render: Callable[..., Any]) -> None:
    (tmp_path / "in").mkdir()
    os.mkfifo(tmp_path / "in" / "pipe.yaml")
    shutil.copy(CASES / "namespace-list" / "input.yaml", tmp_path / "in")
    assert render(tmp_path / "in") == (IN_GAMMA, ["warning: passed-over"])
