"""CustomResourceDefinitions: served at once, with validation, defaults and pruning."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.contract.conftest import CRDS
from tests.sandbox.contract.manifests import GROUP_SUFFIX, crd
from tests.sandbox.contract.wire import LABEL_VALUE, MERGE_PATCH
from tests.sandbox.record import CASES
from tests.sandbox.server_cases import definition

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox.contract.conftest import Widgets
    from tests.sandbox.contract.wire import Server

DEFINITIONS: list[dict[str, Any]] = json.loads((CASES / "definitions.json").read_text())


def conditions(manifest: dict[str, Any]) -> dict[str, str]:
    """The conditions of a status, by type."""
    return {one["type"]: one["status"] for one in manifest.get("status", {}).get("conditions", [])}


def test_crd_becomes_established_and_is_served(server: Server, define: Callable[..., str], unique: str) -> None:
    path = define()
    name = f"widgets.{unique}{GROUP_SUFFIX}"
    found = server.wait(f"{CRDS}/{name}", lambda manifest: conditions(manifest).get("Established") == "True")
    assert conditions(found)["NamesAccepted"] == "True"
    status = found["status"]
    wanted = {"plural": "widgets", "singular": "widget", "kind": "Widget", "listKind": "WidgetList"}
    assert status["acceptedNames"] == wanted
    assert status["storedVersions"] == ["v1"]
    assert found["spec"]["names"]["listKind"] == "WidgetList"
    assert found["spec"]["conversion"] == {"strategy": "None"}
    group = f"{unique}{GROUP_SUFFIX}"
    body = {"apiVersion": f"{group}/v1", "kind": "Widget", "metadata": {"name": "a"}, "any": {"thing": [1]}}
    assert server.post(path, body)["any"] == {"thing": [1]}


def test_discovery_shows_a_new_type(server: Server, widgets: Widgets) -> None:
    server.wait("/apis", lambda found: widgets.group in {group["name"] for group in found["groups"]})
    found = server.wait(f"/apis/{widgets.group}/v1", lambda found: found["resources"])
    by_name = {one["name"]: one for one in found["resources"]}
    assert set(by_name) == {"widgets", "widgets/status", "widgets/scale"}
    assert by_name["widgets"]["shortNames"] == [f"w{widgets.group[:6]}"]
    assert by_name["widgets"]["categories"] == ["gadgets"]
    assert set(by_name["widgets"]["verbs"]) == {
        "create", "delete", "deletecollection", "get", "list", "patch", "update", "watch",
    }  # fmt: skip
    assert set(by_name["widgets/status"]["verbs"]) == {"get", "patch", "update"}
    assert by_name["widgets/scale"]["kind"] == "Scale"


def test_type_is_gone_with_its_crd_and_so_are_its_objects(
    server: Server, define: Callable[..., str], unique: str
) -> None:
    path = define()
    group = f"{unique}{GROUP_SUFFIX}"
    server.post(path, {"apiVersion": f"{group}/v1", "kind": "Widget", "metadata": {"name": "a"}})
    answer = server.ask("DELETE", f"{CRDS}/widgets.{group}")
    assert answer.status == 200
    server.wait_gone(f"{CRDS}/widgets.{group}")
    server.wait_gone(path)
    server.wait("/apis", lambda found: group not in {one["name"] for one in found["groups"]})
    define()
    assert server.names(path) == []


@pytest.mark.parametrize("case", DEFINITIONS, ids=lambda case: case["name"].replace(" ", "-"))
def test_versions_of_a_crd_are_refused_for_exactly_what_is_wrong(server: Server, case: dict[str, Any]) -> None:
    answer = server.ask("POST", CRDS, definition(case["versions"]), query={"dryRun": "All"})
    causes = [f"{cause['field']}: {cause['message']}" for cause in case["causes"]]
    if not causes:
        assert answer.status == 201
    elif case["name"] == "pattern":  # Go tells what its parser of regular expressions did not like
        (cause,) = answer.refused(422, "Invalid").json["details"]["causes"]
        assert cause["field"] == case["causes"][0]["field"]
        assert cause["message"].startswith('Invalid value: "(?=a)": must be a valid regular expression, but isn\'t')
    else:
        answer.invalid("CustomResourceDefinition.apiextensions.k8s.io", "as.example.com", *causes)


UNTYPED: dict[str, Any] = {"type": "object", "properties": {"spec": {}}}
LABEL = (
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, "
    "and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is "
    "'[a-z]([-a-z0-9]*[a-z0-9])?')"
)
FLAWS: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "the name is another": (
        {"names": {"plural": "others", "kind": "Widget"}},
        ('metadata.name: Invalid value: "widgets.example.com": must be spec.names.plural+"."+spec.group',),
    ),
    "no names": (
        {"names": None},
        (
            'metadata.name: Invalid value: "widgets.example.com": must be spec.names.plural+"."+spec.group',
            *(f"spec.names.{name}: Required value" for name in ("plural", "singular", "kind", "listKind")),
        ),
    ),
    "names that are none": (
        {"names": {"plural": "widgets", "kind": "No_", "listKind": "No_", "shortNames": ["w", "W"]}},
        (
            f'spec.names.singular: Invalid value: "no_": {LABEL}',
            f'spec.names.kind: Invalid value: "No_": may have mixed case, but should otherwise match: {LABEL}',
            f'spec.names.listKind: Invalid value: "No_": may have mixed case, but should otherwise match: {LABEL}',
            f'spec.names.shortNames[1]: Invalid value: "W": {LABEL}',
            'spec.names.listKind: Invalid value: "No_": kind and listKind may not be the same',
        ),
    ),
    "scope and schema": (
        {"scope": "Everywhere", "versions": [{"schema": {"openAPIV3Schema": UNTYPED}}]},
        (
            'spec.scope: Unsupported value: "Everywhere": supported values: "Cluster", "Namespaced"',
            (
                "spec.validation.openAPIV3Schema.properties[spec].type: Required value: must not be empty for "
                "specified object fields"
            ),
        ),
    ),
    "no schema": (
        {"versions": [{"schema": None}]},
        ("spec.versions[0].schema.openAPIV3Schema: Required value",),
    ),
    "no versions": (
        {"versions": [], "conversion": {"strategy": "Other"}},
        (
            "spec.versions: Invalid value: []: must have exactly one version marked as storage version",
            'spec.conversion.strategy: Unsupported value: "Other": supported values: "None", "Webhook"',
            "status.storedVersions: Invalid value: null: must have at least one stored version",
        ),
    ),
    "a group without a domain, and unknown fields are kept": (
        {"group": "example", "preserveUnknownFields": True},
        (
            'metadata.name: Invalid value: "widgets.example.com": must be spec.names.plural+"."+spec.group',
            'spec.group: Invalid value: "example": should be a domain with at least one dot',
            (
                "spec.preserveUnknownFields: Invalid value: true: cannot set to true, set "
                "x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead"
            ),
        ),
    ),
    "a group of Kubernetes": (
        {"group": "x.k8s.io"},
        (
            'metadata.name: Invalid value: "widgets.example.com": must be spec.names.plural+"."+spec.group',
            (
                "metadata.annotations[api-approved.kubernetes.io]: Required value: protected groups must have approval "
                'annotation "api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111'
            ),
        ),
    ),
}


@pytest.mark.parametrize("flaw", FLAWS)
def test_crd_is_refused_for_exactly_what_is_wrong_with_it(server: Server, flaw: str) -> None:
    manifest = crd("example.com")
    spec, causes = FLAWS[flaw]
    versions = [{**manifest["spec"]["versions"][0], **version} for version in spec.get("versions", ({},))]
    manifest["spec"] |= {**spec, "versions": versions}
    answer = server.ask("POST", CRDS, manifest, query={"dryRun": "All"})
    answer.invalid("CustomResourceDefinition.apiextensions.k8s.io", "widgets.example.com", *causes)


def test_crd_has_one_version_that_is_stored(server: Server) -> None:
    manifest = crd("example.com")
    manifest["spec"]["versions"][0]["storage"] = False
    answer = server.ask("POST", CRDS, manifest, query={"dryRun": "All"}).refused(422, "Invalid")
    # Between, the server shows the versions as Go structs.
    subject = 'CustomResourceDefinition.apiextensions.k8s.io "widgets.example.com"'
    assert answer.message.startswith(f"{subject} is invalid: [spec.versions: Invalid value: ")
    assert answer.message.endswith(
        ": must have exactly one version marked as storage version, status.storedVersions: Invalid value: null: "
        "must have at least one stored version]"
    )


def test_what_makes_a_crd_what_it_is_cannot_be_changed(server: Server, define: Callable[..., str], unique: str) -> None:
    define()
    name = f"widgets.{unique}{GROUP_SUFFIX}"
    change = {"scope": "Cluster", "group": "example.com", "names": {"plural": "os", "kind": "O"}}
    answer = server.ask("PATCH", f"{CRDS}/{name}", {"spec": change}, content_type=MERGE_PATCH)
    answer.invalid(
        "CustomResourceDefinition.apiextensions.k8s.io",
        name,
        'spec.scope: Invalid value: "Cluster": field is immutable',
        'spec.names.kind: Invalid value: "O": field is immutable',
        'spec.group: Invalid value: "example.com": field is immutable',
        'spec.names.plural: Invalid value: "os": field is immutable',
    )


def test_two_versions_serve_the_same_objects(server: Server, unique: str) -> None:
    group = f"{unique}{GROUP_SUFFIX}"
    manifest = crd(group)
    manifest["spec"]["versions"].append(manifest["spec"]["versions"][0] | {"name": "v1beta1", "storage": False})
    server.post(CRDS, manifest)
    old, new = (f"/apis/{group}/{version}/namespaces/default/widgets" for version in ("v1beta1", "v1"))
    for path in (old, new):
        server.wait_answer(path, lambda answer: answer.status == 200)
    server.post(old, {"apiVersion": f"{group}/v1beta1", "kind": "Widget", "metadata": {"name": "a"}, "x": 1})
    found = server.get(f"{new}/a")
    assert (found["apiVersion"], found["x"]) == (f"{group}/v1", 1)
    assert server.get(f"{old}/a")["apiVersion"] == f"{group}/v1beta1"
    versions = server.wait(f"/apis/{group}", lambda found: len(found["versions"]) == 2)
    assert [one["version"] for one in versions["versions"]] == ["v1", "v1beta1"]
    assert versions["preferredVersion"]["version"] == "v1"
    server.delete(f"{CRDS}/widgets.{group}")


def test_version_that_is_not_served_is_not_there(server: Server, unique: str) -> None:
    group = f"{unique}{GROUP_SUFFIX}"
    manifest = crd(group)
    manifest["spec"]["versions"].append(
        manifest["spec"]["versions"][0] | {"name": "v2", "storage": False, "served": False}
    )
    server.post(CRDS, manifest)
    server.wait_answer(f"/apis/{group}/v1/widgets", lambda answer: answer.status == 200)
    assert server.ask("GET", f"/apis/{group}/v2/widgets").status == 404
    server.delete(f"{CRDS}/widgets.{group}")


def test_type_for_the_whole_cluster_has_no_namespace(server: Server, unique: str) -> None:
    group = f"{unique}{GROUP_SUFFIX}"
    manifest = crd(group)
    manifest["spec"]["scope"] = "Cluster"
    server.post(CRDS, manifest)
    path = f"/apis/{group}/v1/widgets"
    server.wait_answer(path, lambda answer: answer.status == 200)
    made = server.post(path, {"apiVersion": f"{group}/v1", "kind": "Widget", "metadata": {"name": "a"}})
    assert "namespace" not in made["metadata"]
    assert server.ask("GET", f"/apis/{group}/v1/namespaces/default/widgets").status == 404
    server.delete(f"{CRDS}/widgets.{group}")


def test_changed_schema_holds_from_then_on(server: Server, define: Callable[..., str], unique: str) -> None:
    def schema(limit: int) -> dict[str, Any]:
        return {"type": "object", "properties": {"n": {"type": "integer", "maximum": limit}}}

    path = define(schema(5))
    group = f"{unique}{GROUP_SUFFIX}"
    body = {"apiVersion": f"{group}/v1", "kind": "Widget", "metadata": {"name": "a"}, "n": 7}
    answer = server.ask("POST", path, body)
    answer.invalid(f"Widget.{group}", "a", "n: Invalid value: 7: n in body should be less than or equal to 5")
    versions = [{"op": "replace", "path": "/spec/versions/0/schema/openAPIV3Schema", "value": schema(9)}]
    server.patch(f"{CRDS}/widgets.{group}", versions, "application/json-patch+json")
    server.wait_answer(f"{path}/a", lambda _: server.ask("POST", path, body).status == 201)
    assert server.get(f"{path}/a")["n"] == 7


# What is said beside the first of them.
BESIDE: dict[str, tuple[str, ...]] = {
    "replicas: Invalid value: -1: spec.replicas in body should be greater than or equal to 0": (
        ".spec.replicas: Invalid value: -1: should be a non-negative integer",
    ),
    'replicas: Invalid value: "string": spec.replicas in body must be of type integer: "string"': (
        ".spec.replicas: Invalid value: 0: .spec.replicas accessor error: 2 is of the type string, expected int64",
    ),
    'amount: Invalid value: "boolean": spec.amount in body must be of type integer,string: "boolean"': (
        '<nil>: Invalid value: "": "spec.amount" must validate at least one schema (anyOf)',
        'spec.amount: Invalid value: "boolean": spec.amount in body must be of type integer: "boolean"',
    ),
}
BAD: dict[str, dict[str, Any]] = {
    "size: Required value": {"size": None},
    'size: Unsupported value: "huge": supported values: "small", "large"': {"size": "huge"},
    "replicas: Invalid value: -1: spec.replicas in body should be greater than or equal to 0": {"replicas": -1},
    "replicas: Invalid value: 11: spec.replicas in body should be less than or equal to 10": {"replicas": 11},
    'replicas: Invalid value: "string": spec.replicas in body must be of type integer: "string"': {"replicas": "2"},
    "note: Too long: may not be more than 20 bytes": {"note": "x" * 21},
    "code: Invalid value: \"A1\": spec.code in body should match '^[a-z]+$'": {"code": "A1"},
    'when: Invalid value: "today": spec.when in body must be of type date-time: "today"': {"when": "today"},
    'on: Invalid value: "string": spec.on in body must be of type boolean: "string"': {"on": "yes"},
    'ratio: Invalid value: "string": spec.ratio in body must be of type number: "string"': {"ratio": "1"},
    'tags: Invalid value: "string": spec.tags in body must be of type array: "string"': {"tags": "a"},
    'labels: Invalid value: "array": spec.labels in body must be of type object: "array"': {"labels": []},
    'labels.x: Invalid value: "integer": spec.labels.x in body must be of type string: "integer"': {"labels": {"x": 1}},
    'tags[1]: Duplicate value: "a"': {"tags": ["a", "a"]},
    "ports[0].name: Required value": {"ports": [{"port": 80}]},
    'ports[1]: Duplicate value: {"name":"a"}': {"ports": [{"name": "a"}, {"name": "a"}]},
    "ports[0].port: Invalid value: 0: spec.ports[0].port in body should be greater than or equal to 1": {
        "ports": [{"name": "a", "port": 0}]
    },
    "ports: Too many: 6: must have at most 5 items": {"ports": [{"name": str(number)} for number in range(6)]},
    'amount: Invalid value: "boolean": spec.amount in body must be of type integer,string: "boolean"': {"amount": True},
}


@pytest.mark.parametrize("complaint", BAD, ids=lambda text: text.partition(" in body")[0].replace("-", "_"))
def test_schema_is_enforced_with_the_field_and_what_it_wants(server: Server, widgets: Widgets, complaint: str) -> None:
    body = widgets.new("a", BAD[complaint])
    if BAD[complaint] == {"size": None}:
        del body["spec"]["size"]
    answer = server.ask("POST", widgets.path, body)
    answer.invalid(f"Widget.{widgets.group}", "a", f"spec.{complaint}", *BESIDE.get(complaint, ()))


def test_every_mistake_is_told_at_once(server: Server, widgets: Widgets) -> None:
    answer = server.ask("POST", widgets.path, widgets.new("a", {"size": "huge", "replicas": 99}))
    size = 'spec.size: Unsupported value: "huge": supported values: "small", "large"'
    replicas = "spec.replicas: Invalid value: 99: spec.replicas in body should be less than or equal to 10"
    answer.invalid(f"Widget.{widgets.group}", "a", size, replicas, in_any_order=True)


def test_unknown_fields_are_pruned_with_a_warning(server: Server, widgets: Widgets) -> None:
    body = widgets.new("a", {"sise": 1, "nested": {"deep": 1}, "anything": {"deep": 1}})
    answer = server.ask("POST", widgets.path, body)
    assert answer.status == 201
    assert answer.warnings == ['unknown field \\"spec.nested.deep\\"', 'unknown field \\"spec.sise\\"']
    spec = answer.json["spec"]
    assert "sise" not in spec
    assert spec["nested"] == {"level": "info"}
    assert spec["anything"] == {"deep": 1}


def test_unknown_fields_are_refused_when_asked_to(server: Server, widgets: Widgets) -> None:
    body = widgets.new("a", {"sise": 1, "nested": {"deep": 1}})
    answer = server.ask("POST", widgets.path, body, query={"fieldValidation": "Strict"}).refused(400, "BadRequest")
    assert answer.message == (
        'Widget in version "v1" cannot be handled as a Widget: strict decoding error: '
        'unknown field "spec.nested.deep", unknown field "spec.sise"'
    )


def test_unknown_fields_are_dropped_in_silence_when_asked_to(server: Server, widgets: Widgets) -> None:
    answer = server.ask("POST", widgets.path, widgets.new("a", {"sise": 1}), query={"fieldValidation": "Ignore"})
    assert (answer.status, answer.warnings) == (201, [])
    assert "sise" not in answer.json["spec"]


def test_duplicate_fields_are_told(server: Server, widgets: Widgets) -> None:
    body = f'{{"apiVersion": "{widgets.group}/v1", "kind": "Widget", "metadata": {{"name": "a"}}, '
    body += '"spec": {"size": "small", "size": "large"}}'
    answer = server.ask("POST", widgets.path, body)
    assert answer.warnings == ['duplicate field \\"spec.size\\"']
    answer = server.ask("POST", widgets.path, body, query={"fieldValidation": "Strict"}).refused(400, "BadRequest")
    assert answer.message == (
        'Widget in version "v1" cannot be handled as a Widget: strict decoding error: duplicate field "spec.size"'
    )


def test_defaults_are_filled_in(server: Server, widgets: Widgets) -> None:
    spec = server.post(widgets.path, widgets.new("a", {"ports": [{"name": "http"}]}))["spec"]
    assert spec["replicas"] == 1
    assert spec["nested"] == {"level": "info"}
    assert spec["ports"] == [{"name": "http", "protocol": "TCP"}]
    assert "note" not in spec


def test_null_gets_the_default_or_is_dropped(server: Server, widgets: Widgets) -> None:
    spec = server.post(widgets.path, widgets.new("a", {"replicas": None, "maybe": None, "note": None}))["spec"]
    assert spec["replicas"] == 1
    assert spec["maybe"] is None
    assert "note" not in spec


def test_int_or_string_takes_both(server: Server, widgets: Widgets) -> None:
    for name, amount in (("a", 5), ("b", "50%")):
        assert server.post(widgets.path, widgets.new(name, {"amount": amount}))["spec"]["amount"] == amount


def test_wrong_kind_or_version_of_a_custom_object_is_refused(server: Server, widgets: Widgets) -> None:
    answer = server.ask("POST", widgets.path, widgets.new("a") | {"kind": "Gadget"})
    answer.invalid(f"Gadget.{widgets.group}", "a", 'kind: Invalid value: "Gadget": must be Widget')
    body = widgets.new("a") | {"apiVersion": f"{widgets.group}/v9"}
    answer = server.ask("POST", widgets.path, body).refused(400, "BadRequest")
    assert answer.message == (
        f"the API version in the data ({widgets.group}/v9) does not match the expected API version ({widgets.group}/v1)"
    )


def test_rules_in_cel_are_enforced(server: Server, define: Callable[..., str], unique: str) -> None:
    schema = {
        "type": "object",
        "properties": {
            "spec": {
                "type": "object",
                "properties": {"low": {"type": "integer"}, "high": {"type": "integer"}},
                "x-kubernetes-validations": [{"rule": "self.low <= self.high", "message": "low is above high"}],
            }
        },
    }
    path = define(schema)
    body = {"apiVersion": f"{unique}{GROUP_SUFFIX}/v1", "kind": "Widget", "metadata": {"name": "a"}}
    answer = server.ask("POST", path, body | {"spec": {"low": 2, "high": 1}})
    answer.invalid(f"Widget.{unique}{GROUP_SUFFIX}", "a", "spec: Invalid value: low is above high")
    assert server.ask("POST", path, body | {"spec": {"low": 1, "high": 2}}).status == 201


def test_metadata_of_a_custom_object_is_checked(server: Server, widgets: Widgets) -> None:
    answer = server.ask("POST", widgets.path, widgets.new("a", labels={"x": "not ok!"}))
    answer.invalid(f"Widget.{widgets.group}", "a", f'metadata.labels: Invalid value: "not ok!": {LABEL_VALUE}')
    server.ask("POST", widgets.path, widgets.new("a", labels={"x": 1})).refused(400, "BadRequest")
