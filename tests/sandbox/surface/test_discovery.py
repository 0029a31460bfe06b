"""Discovery is what a real kube-apiserver says, less what the sandbox knowingly leaves out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from kfed.sandbox.surface import discovery
from kfed.sandbox.surface.registry import Registry

SURFACE = Path(__file__).parents[2] / "cases" / "sandbox" / "surface"
MISSING_GROUPS = {"apiregistration.k8s.io"}
MISSING = {"bindings", "componentstatuses"}
MISSING_BELOW = {
    "nodes": {"proxy"},
    "services": {"proxy"},
    "certificatesigningrequests": {"approval"},
    "pods": {*("attach", "ephemeralcontainers", "exec", "log", "portforward", "proxy", "resize")},
}


def kept(name: str) -> Any:
    """What the real server answered."""
    answer = orjson.loads((SURFACE / f"{name}.json").read_bytes())
    for resource in answer.get("resources", ()):
        resource.pop("storageVersionHash", None)
    return answer


@pytest.fixture
def registry() -> Registry:
    made = Registry()
    for manifest in yaml.safe_load_all((SURFACE / "definitions.yaml").read_text()):
        made.add_crd(manifest)
    return made


@pytest.mark.parametrize("root", ["api", "apis"])
def test_aggregated_discovery_is_the_real_servers(registry: Registry, root: str) -> None:
    expected = kept(f"aggregated-{root}")
    expected["items"] = [group for group in expected["items"] if group["metadata"].get("name") not in MISSING_GROUPS]
    for group in expected["items"]:
        for version in group["versions"]:
            version["resources"] = [
                _less_subresources(resource) for resource in version["resources"] if resource["resource"] not in MISSING
            ]
        group["versions"] = [version for version in group["versions"] if version["resources"]]
    assert discovery.aggregated(registry, core=root == "api") == expected


def _less_subresources(resource: dict[str, Any]) -> dict[str, Any]:
    missing = MISSING_BELOW.get(resource["resource"], set())
    below = [entry for entry in resource.pop("subresources", ()) if entry["subresource"] not in missing]
    return resource | ({"subresources": below} if below else {})


@pytest.mark.parametrize(("name", "group"), [("apps-v1", "apps"), ("multi-v1", "multi.example.com")])
def test_a_versions_resources_are_the_real_servers(registry: Registry, name: str, group: str) -> None:
    found, expected = discovery.resource_list(registry, group, "v1"), kept(name)
    assert found is not None
    for answer in (found, expected):
        answer["resources"].sort(key=lambda entry: entry["name"])
    assert found == expected


def test_groups_are_the_real_servers(registry: Registry) -> None:
    expected = kept("groups")
    expected["groups"] = [entry for entry in expected["groups"] if entry["name"] not in MISSING_GROUPS]
    found = discovery.group_list(registry)
    assert found == expected


def test_a_group_names_its_preferred_version(registry: Registry) -> None:
    found = discovery.group(registry, "multi.example.com")
    assert found is not None
    assert [entry["version"] for entry in found["versions"]] == ["v1", "v1alpha1"]
    assert found["preferredVersion"] == {"groupVersion": "multi.example.com/v1", "version": "v1"}


def test_what_is_not_served_is_not_found(registry: Registry) -> None:
    assert discovery.group(registry, "nothing.example.com") is None
    assert discovery.group(registry, "") is None
    assert discovery.resource_list(registry, "apps", "v9") is None


def test_types_come_and_go_with_their_definition(registry: Registry) -> None:
    registry.remove_crd("widgets.multi.example.com")
    found = discovery.resource_list(registry, "multi.example.com", "v1")
    assert found is not None
    assert "widgets" not in {entry["name"] for entry in found["resources"]}
    registry.remove_crd("gadgets.multi.example.com")
    assert discovery.resource_list(registry, "multi.example.com", "v1") is None
    assert discovery.group(registry, "multi.example.com") is None


def test_every_path_at_the_root_leads_somewhere(registry: Registry) -> None:
    for path in discovery.root_paths(registry)["paths"]:
        match path.strip("/").split("/"):
            case ["api", version]:
                assert discovery.resource_list(registry, "", version), path
            case ["apis", group]:
                assert discovery.group(registry, group), path
            case ["apis", group, version]:
                assert discovery.resource_list(registry, group, version), path


def test_the_version_says_that_this_is_not_the_real_one() -> None:
    assert discovery.version()["gitVersion"].endswith("+kfed.sandbox")


def test_core_versions_name_the_servers_address() -> None:
    clients = discovery.core_versions("127.0.0.1:6443")["serverAddressByClientCIDRs"]
    assert clients == [{"clientCIDR": "0.0.0.0/0", "serverAddress": "127.0.0.1:6443"}]
