"""Types: which type is behind a federated kind, and what its files are called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .whole import cluster, federated, rendered, run, write

if TYPE_CHECKING:
    from pathlib import Path

    from kfed.offline.run import Output


def crd(group: str, kind: str = "Widget", scope: str = "Namespaced", **names: Any) -> dict[str, Any]:
    plural = names.get("plural", f"{kind.lower()}s")
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": scope,
            "names": {"kind": kind, "plural": plural, **names},
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": {"type": "object"}}}},
                }
            ],
        },
    }


def config(group: str, plural: str, target: str, **federated_type: str) -> dict[str, Any]:
    wrapper = {"group": "types.kubefed.io", "version": "v1beta1", "kind": f"Federated{target}", "scope": "Namespaced"}
    return {
        "apiVersion": "core.kubefed.io/v1beta1",
        "kind": "FederatedTypeConfig",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "targetType": {"version": "v1", "kind": target, "scope": "Namespaced"},
            "federatedType": wrapper | federated_type,
            "propagation": "Enabled",
        },
    }


def outcome(folder: Path, *found: dict[str, Any]) -> tuple[list[str], list[str]]:
    """The kind of file and the version of each result, and the rules of the findings."""
    seen: list[str] = []

    def visit(output: Output) -> None:
        seen.append(f"{output.kind.file_kind} {output.rendered.manifest['apiVersion']}")

    report = run(write(folder, {"in.json": [cluster("a"), *found]}), visit)
    return seen, [one.rule for one in report.findings]


EVERYWHERE = {"placement": {"clusterSelector": {}}}


def test_a_built_in_type_needs_no_config(tmp_path: Path) -> None:
    assert outcome(tmp_path, federated("ConfigMap", **EVERYWHERE)) == (["configmap v1"], [])


def test_the_older_of_two_built_in_kinds_is_meant(tmp_path: Path) -> None:
    spec = {"template": {"involvedObject": {}}, **EVERYWHERE}
    assert outcome(tmp_path, federated("Event", **spec)) == (["event v1"], [])


def test_a_crd_in_the_input_is_a_type(tmp_path: Path) -> None:
    assert outcome(tmp_path, crd("a.io"), federated("Widget", **EVERYWHERE)) == (["widget a.io/v1"], [])


def test_a_config_decides_between_two_crds_and_the_later_group_shows_in_file_names(tmp_path: Path) -> None:
    crds = (crd("a.io"), crd("b.io"))
    widget = federated("Widget", **EVERYWHERE)
    assert outcome(tmp_path, *crds, widget) == ([], ["ambiguous-type"])
    assert outcome(tmp_path, *crds, config("a.io", "widgets", "Widget"), widget) == (["widget a.io/v1"], [])
    assert outcome(tmp_path, *crds, config("b.io", "widgets", "Widget"), widget) == (["widget.b.io b.io/v1"], [])


def test_a_custom_kind_of_a_built_in_ones_name_shows_its_group_in_file_names(tmp_path: Path) -> None:
    knative = crd("serving.knative.dev", "Service")
    ftc = config("serving.knative.dev", "services", "Service", kind="FederatedKnativeService")
    found = [federated("KnativeService", **EVERYWHERE), federated("ConfigMap", **EVERYWHERE)]
    files, rules = outcome(tmp_path, knative, ftc, *found)
    assert files == ["service.serving.knative.dev serving.knative.dev/v1", "configmap v1"]
    assert rules == []


def test_kinds_that_differ_in_capital_letters_alone_have_files_of_their_own(tmp_path: Path) -> None:
    crds = (crd("a.io", "Foo", plural="foos"), crd("a.io", "FOO", plural="bigfoos"))
    found, report = rendered(
        write(tmp_path, {"in.json": [cluster("a"), *crds, *(federated(kind, **EVERYWHERE) for kind in ("Foo", "FOO"))]})
    )
    assert sorted(found) == ["a FOO web", "a Foo web"]
    assert report.findings == []
    files, _ = outcome(tmp_path, *crds, *(federated(kind, **EVERYWHERE) for kind in ("Foo", "FOO")))
    assert files == ["Foo a.io/v1", "foo a.io/v1"]


def test_a_namespace_scoped_by_its_federated_type_alone_is_placed_in_no_namespace(tmp_path: Path) -> None:
    paths = write(tmp_path, {"in.json": [cluster("a"), federated("Namespace", "shop", **EVERYWHERE)]})
    found, report = rendered(paths)
    assert "namespace" not in found["a Namespace shop"]["metadata"]
    assert report.findings == []


def test_a_cluster_scoped_crd_makes_objects_without_a_namespace(tmp_path: Path) -> None:
    one = federated("Widget", **EVERYWHERE)
    del one["metadata"]["namespace"]
    found, report = rendered(write(tmp_path, {"in.json": [cluster("a"), crd("a.io", scope="Cluster"), one]}))
    assert found["a Widget web"]["metadata"] == {"name": "web", "labels": {"kubefed.io/managed": "true"}}
    assert report.findings == []


@pytest.mark.parametrize("release", ["1.25", "1.30", "1.37"])
def test_types_are_those_of_the_release(release: str, tmp_path: Path) -> None:
    paths = write(tmp_path, {"in.json": [cluster("a"), federated("ValidatingAdmissionPolicy", **EVERYWHERE)]})
    del_namespace = (tmp_path / "in.json").read_text().replace('"name": "web",\n  "namespace": "shop"', '"name": "web"')
    (tmp_path / "in.json").write_text(del_namespace)
    found, report = rendered(paths, release=release)
    rules = [one.rule for one in report.findings]
    assert (bool(found), rules) == ((False, ["unknown-type"]) if release == "1.25" else (True, []))


def test_a_schema_that_cannot_be_used_is_told_once_and_stops_its_objects_only(tmp_path: Path) -> None:
    broken = crd("a.io")
    broken["spec"]["versions"] = "v1"
    files, rules = outcome(tmp_path, broken, federated("ConfigMap", **EVERYWHERE), federated("Widget", **EVERYWHERE))
    assert files == ["configmap v1"]
    assert sorted(rules) == ["unknown-type", "unreadable-schema"]
