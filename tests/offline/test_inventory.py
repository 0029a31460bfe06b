"""Inventory: clusters, namespaces and type configs are found wherever they stand, and everything is parsed once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from kfed.offline import objects
from kfed.offline.files import open_inputs
from kfed.offline.intake import take_inventory

from .whole import cluster, federated, rendered, write

if TYPE_CHECKING:
    from pathlib import Path

    from kfed.offline.inventory import Inventory


def inventory(paths: list[str], clusters: list[str] | None = None) -> Inventory:
    with open_inputs(paths) as inputs, open_inputs(clusters or []) as more:
        return take_inventory(inputs.files, clusters_only=more.files)


def of_list(*found: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "List", "items": list(found)}


def test_clusters_are_found_anywhere_and_in_lists_of_lists(tmp_path: Path) -> None:
    paths = write(tmp_path, {"a.json": [of_list(cluster("a"), of_list(cluster("b"))), cluster("c", tier="prod")]})
    found = inventory(paths)
    assert sorted(found.clusters) == ["a", "b", "c"]
    assert found.clusters["c"].labels == {"tier": "prod"}
    assert found.findings == []


def test_of_cluster_files_the_clusters_alone_are_read(tmp_path: Path) -> None:
    [path] = write(tmp_path, {"a.json": [cluster("a"), federated("Namespace", "shop", placement={})]})
    found = inventory([], [path])
    assert list(found.clusters) == ["a"]
    assert found.namespaces == {}
    assert [one.rule for one in found.findings] == ["ignored-object"]


def test_a_file_given_as_both_is_read_as_objects(tmp_path: Path) -> None:
    [path] = write(tmp_path, {"a.json": [cluster("a"), federated("Namespace", "shop", placement={})]})
    found = inventory([path], [path])
    assert (list(found.clusters), list(found.namespaces), found.findings) == (["a"], ["shop"], [])


def test_the_namespace_of_a_federated_namespace_is_the_one_it_is_in(tmp_path: Path) -> None:
    found = inventory(write(tmp_path, {"a.json": [federated("Namespace", "shop", placement={"clusters": []})]}))
    assert found.world(strict=True).namespace_rule("shop").placement is not None
    assert found.world(strict=True).namespace_rule("other").placement is None


@pytest.mark.parametrize("form", ["yaml", "json", "list", "quoted", "flow"])
def test_a_federated_object_is_rendered_however_it_is_written(form: str, tmp_path: Path) -> None:
    [path] = write(tmp_path, {"clusters.json": [cluster("a")]})
    spec = "metadata: {name: web, namespace: shop}\nspec: {placement: {clusterSelector: {}}}\n"
    one = json.dumps(federated("ConfigMap", placement={"clusterSelector": {}}))
    texts = {
        "json": one,
        "list": f'{{"apiVersion": "v1", "kind": "FederatedConfigMapList", "items": [{one}]}}',
        "flow": one.replace('"', ""),
        "quoted": f"apiVersion: 'types.kubefed.io/v1beta1'\n\"kind\": 'FederatedConfigMap'\n{spec}",
        "yaml": f"apiVersion: types.kubefed.io/v1beta1\nkind: FederatedConfigMap # a comment\n{spec}",
    }
    (tmp_path / "in.yaml").write_text(texts[form])
    found, report = rendered([path, str(tmp_path / "in.yaml")])
    assert list(found) == ["a ConfigMap web"]
    assert report.findings == []


def test_plain_federated_objects_are_parsed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []
    real = objects.parse
    monkeypatch.setattr(objects, "parse", lambda document: (parsed.append(document.text), real(document))[1])
    (tmp_path / "in.yaml").write_text(
        "kind: FederatedConfigMap\napiVersion: types.kubefed.io/v1beta1\nmetadata: {name: a, namespace: b}\n"
    )
    rendered([str(tmp_path / "in.yaml")])
    assert len(parsed) == 1
