"""What is made of whole types: all built-in ones of the newest release, and a CRD that hardly fits."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import orjson
import pytest
import yaml

from kfed.codegen.crd import FRAME, crd_size
from kfed.codegen.descriptions import BUDGET, Descriptions
from kfed.codegen.federation import HEADER, Federation, Wish, federate, files, manifests
from kfed.core.resource import Gvk
from kfed.schema.upstream.catalog import Catalog
from kfed.schema.upstream.documents import read_document
from kfed.schema.upstream.release import read_release
from kfed.schema.upstream.types import structural

if TYPE_CHECKING:
    from collections.abc import Iterator


@cache
def catalog() -> Catalog:
    return Catalog(read_release())


@cache
def federation(name: str, wish: Wish = Wish()) -> Federation:  # noqa: B008  (frozen)
    return federate(catalog().find(name), wish)


@cache
def all_names() -> tuple[str, ...]:
    found = {}
    for upstream in catalog().persisted():
        found.setdefault(upstream.resource.plural, upstream.resource.full_name)
    return tuple(found.values())


def parsed(name: str) -> dict[str, list[Any]]:
    """The manifests of a type, by folder, as a YAML reader that is not ours reads them."""
    texts = manifests(federation(name))
    return {folder: list(yaml.load_all(text, Loader=yaml.CSafeLoader)) for folder, text in texts.items()}


def field(schema: dict[str, Any], json_path: str) -> Any:
    """The schema at a JSONPath of a printer column; a filter selects the elements of a list."""
    for part in json_path.replace('[?(@.type=="Propagation")]', ".*").removeprefix(".").split("."):
        schema = schema["items"] if part == "*" else schema["properties"][part]
    return schema


@pytest.mark.parametrize("name", ["deployments", "clusterroles", "namespaces", "configmaps"])
def test_every_column_shows_a_field_that_there_is_and_is_of_its_type(name: str) -> None:
    [crd] = parsed(name)["crds"]
    [version] = crd["spec"]["versions"]
    schema = version["schema"]["openAPIV3Schema"]
    columns = {one["name"]: one for one in version["additionalPrinterColumns"]}
    assert {"Clusters", "Propagated", "Age"} <= columns.keys()
    for column in columns.values():
        if column["jsonPath"].startswith(".metadata"):
            continue  # the API server's own
        shown = field(schema, column["jsonPath"])
        assert shown["type"] == column["type"]
    assert "status" in version["subresources"]
    paths = {one: path for one, path in version["subresources"].get("scale", {}).items() if one.endswith("Path")}
    assert {one: field(schema, path)["type"] for one, path in paths.items()} == (
        {"specReplicasPath": "integer", "statusReplicasPath": "integer", "labelSelectorPath": "string"} if paths else {}
    )


@pytest.mark.parametrize(
    ("name", "scales"),
    [("deployments", True), ("statefulsets", True), ("replicationcontrollers", True), ("daemonsets", False)],
)
def test_what_scales_is_a_federated_type_that_scales(name: str, scales: bool) -> None:  # noqa: FBT001  (a table)
    [crd] = parsed(name)["crds"]
    [version] = crd["spec"]["versions"]
    assert ("scale" in version["subresources"]) is scales
    status = version["schema"]["openAPIV3Schema"]["properties"]["status"]["properties"]
    assert ({"replicasPerCluster", "selector"} <= set(status)) is scales
    may = {resource: verbs for granted in rights(name).values() for resource, verbs in granted.items()}
    assert may.get(f"federated{name}/scale", set()) == ({"get", "update", "patch"} if scales else set())


def test_a_custom_type_scales_where_it_says() -> None:
    crd = large_crd()
    [version] = crd["spec"]["versions"]
    spec = version["schema"]["openAPIV3Schema"]["properties"]["spec"]
    spec["properties"] = {"workers": {"type": "object", "properties": {"size": {"type": "integer"}}}}
    scale = {"specReplicasPath": ".spec.workers.size", "statusReplicasPath": ".status.size"}
    version["subresources"] = {"scale": scale}
    [upstream] = read_document(crd, "databases.yaml")
    [made] = yaml.load_all(manifests(federate(upstream, Wish()))["crds"], Loader=yaml.CSafeLoader)
    [wrapper] = made["spec"]["versions"]
    path = wrapper["subresources"]["scale"]["specReplicasPath"]
    assert path == ".spec.template.spec.workers.size"
    assert field(wrapper["schema"]["openAPIV3Schema"], path) == {
        "type": "integer",
        "minimum": 0,
        "maximum": 2**31 - 1,
    }


def test_every_crd_fits_an_annotation_and_its_size_is_as_reckoned() -> None:
    for name in all_names():
        one = federation(name)
        [crd] = parsed(name)["crds"]
        compact = len(orjson.dumps({**crd, "metadata": {**crd["metadata"], "annotations": {}}})) + 1
        assert compact <= BUDGET
        assert compact <= crd_size(dict(one.schema)) <= compact + FRAME


def test_every_file_says_that_kfed_made_it_and_of_what() -> None:
    made = files(federation("pods"))
    assert sorted(path.split("/")[0] for path in made) == ["crds", "rbac", "schemas", "typeconfigs"]
    for data in made.values():
        assert f"{HEADER}Kubernetes 1.".encode() in data[:200]


def test_type_configs_are_read_back_as_what_was_federated() -> None:
    from kfed.core.typeconfig import parse_type_config  # noqa: PLC0415  (only here)

    for name in all_names():
        config = federation(name).config
        [manifest] = parsed(name)["typeconfigs"]
        read = parse_type_config(manifest)
        assert not isinstance(read, list), read
        assert (read.target.gvk, read.target.plural, read.target.scope) == (
            config.target.gvk,
            config.target.plural,
            config.target.scope,
        )
        assert (read.federated.gvk, read.federated.plural) == (config.federated.gvk, config.federated.plural)
        assert read.propagating


def test_a_federated_namespace_lives_in_the_namespace() -> None:
    [crd] = parsed("namespaces")["crds"]
    assert crd["spec"]["scope"] == "Namespaced"


@pytest.mark.parametrize(
    ("name", "expected"),
    [("deployments", True), ("statefulsets", True), ("replicasets", True), ("daemonsets", False), ("jobs", False)],
)
def test_replicas_can_be_left_to_clusters_where_there_are_any(name: str, expected: bool) -> None:  # noqa: FBT001  (a table)
    assert ("retainReplicas" in federation(name).schema["properties"]["spec"]["properties"]) is expected


def large_crd() -> dict[str, Any]:
    """A CRD with a pod template and all its descriptions, as operators of databases have them, at 700 KB."""
    template = structural(catalog().find("podtemplates")).schema["properties"]["template"]
    versions = [
        {
            "name": "v1",
            "served": True,
            "storage": True,
            "schema": {
                "openAPIV3Schema": {
                    "type": "object",
                    "properties": {"spec": {"type": "object", "properties": {"podTemplate": template}}},
                }
            },
        }
    ]
    padding = 700_000 - len(orjson.dumps(versions))
    assert padding > 0
    notes = {f"note{number}": {"type": "string", "description": "x" * 1_000} for number in range(padding // 1_050)}
    versions[0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"] |= notes  # type: ignore[index]
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "databases.example.com"},
        "spec": {
            "group": "example.com",
            "scope": "Namespaced",
            "names": {"kind": "Database", "plural": "databases"},
            "versions": versions,
        },
    }


def fields(schema: Any) -> int:
    """How many properties a schema has, at all levels."""
    match schema:
        case dict():
            own = len(schema["properties"]) if isinstance(schema.get("properties"), dict) else 0
            return own + sum(map(fields, schema.values()))
        case list():
            return sum(map(fields, schema))
    return 0


def test_a_crd_of_700_kb_fits_without_losing_a_field() -> None:
    crd = large_crd()
    assert len(orjson.dumps(crd)) > 690_000
    [upstream] = read_document(crd, "large.yaml")
    fitted, full = (federate(upstream, Wish(descriptions=choice)) for choice in (Descriptions.FIT, Descriptions.FULL))
    assert crd_size(dict(full.schema)) > 690_000
    assert any("kubectl apply --server-side" in loss.why for loss in full.losses)
    assert crd_size(dict(fitted.schema)) <= BUDGET
    assert fitted.losses == ()
    assert fields(fitted.schema) == fields(full.schema)


@pytest.mark.parametrize(
    ("size", "says"),
    [
        (300_000, "so use kubectl apply --server-side."),
        (1_700_000, "An etcd takes 1.5 MiB, unless its --max-request-bytes allows more."),
        (3_200_000, "No API server takes more than 3 MiB."),
    ],
)
def test_what_is_too_large_is_told_with_what_it_is_too_large_for(size: int, says: str) -> None:
    crd = large_crd()
    spec = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    spec["properties"] = {f"f{number}": {"type": "string", "enum": ["x" * 1000]} for number in range(size // 1000)}
    [upstream] = read_document(crd, "large.yaml")
    [loss] = federate(upstream, Wish()).losses
    assert loss.why.endswith(says)
    [loss] = federate(upstream, Wish(descriptions=Descriptions.FULL)).losses
    assert loss.why.endswith(f"{says} Fewer descriptions make it smaller: see --descriptions.")


def test_descriptions_fill_the_room_that_there_is() -> None:
    """Of those that are left out none would fit, and those of the wrapper's own fields are all there."""
    [upstream] = read_document(large_crd(), "large.yaml")
    fitted, full = (
        dict(federate(upstream, Wish(descriptions=choice)).schema) for choice in (Descriptions.FIT, Descriptions.FULL)
    )
    room = BUDGET - crd_size(fitted)
    kept, every = dict(described(fitted)), dict(described(full))
    assert kept.items() <= every.items()
    assert room < min(len(text) for path, text in every.items() if path not in kept) + len('"description":"",')
    assert {path for path in every if "/template/" not in path} <= set(kept)


def described(schema: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every description, by the path of its field."""
    if "description" in schema:
        yield path, schema["description"]
    for name, child in schema.get("properties", {}).items():
        yield from described(child, f"{path}/{name}")
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield from described(schema[key], f"{path}/{key}")


def test_descriptions_that_are_kept_are_those_of_the_outer_fields() -> None:
    schema = federation("pods").schema["properties"]["spec"]["properties"]["template"]
    assert "description" in schema["properties"]["spec"]
    full = federation("pods", Wish(descriptions=Descriptions.FULL)).schema
    assert str(full).count("'description'") > str(federation("pods").schema).count("'description'")


def rights(name: str) -> dict[str, dict[str, set[str]]]:
    """Verbs by default role ("" for none) and resource, that the roles of a type grant."""
    found: dict[str, dict[str, set[str]]] = {}
    for role in parsed(name)["rbac"]:
        labels = role["metadata"].get("labels", {})
        takers = [label.rpartition("aggregate-to-")[2] for label, value in labels.items() if value == "true"] or [""]
        for rule in role["rules"]:
            for taker in takers:
                for resource in rule["resources"]:
                    found.setdefault(taker, {}).setdefault(resource, set()).update(rule["verbs"])
    return found


READ = {"get", "list", "watch"}
WRITE = READ | {"create", "update", "patch", "delete", "deletecollection"}


def test_who_may_do_what_with_deployments_may_do_it_with_federated_ones() -> None:
    found = rights("deployments")
    assert found["view"]["federateddeployments"] == READ
    assert found["edit"]["federateddeployments"] == WRITE


def test_federated_secrets_are_not_for_those_who_only_view() -> None:
    found = rights("secrets")
    assert "view" not in found
    assert found["edit"]["federatedsecrets"] == WRITE


@pytest.mark.parametrize("name", ["roles", "rolebindings"])
def test_nobody_gets_to_write_federated_roles_by_aggregation(name: str) -> None:
    found = rights(name)
    aggregated = [verbs for taker in ("view", "edit", "admin") for verbs in found.get(taker, {}).values()]
    assert all(verbs <= READ for verbs in aggregated)
    assert "view" not in found
    assert found[""][f"federated{name}"] == WRITE


def test_what_no_namespace_holds_is_for_an_administrator_to_give() -> None:
    for name in all_names():
        one = federation(name)
        if one.config.target.scope == "Cluster" and one.config.target.gvk != Gvk("", "v1", "Namespace"):
            assert set(rights(name)) == {""}, name


def test_nobody_gets_to_write_a_status() -> None:
    for name in all_names():
        for granted in rights(name).values():
            status = [verbs for resource, verbs in granted.items() if resource.endswith("/status")]
            assert status
            assert all(verbs <= READ for verbs in status)
