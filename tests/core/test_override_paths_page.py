"""The page on override paths: each example in it is true."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from kfed.core.cluster import Cluster
from kfed.core.federated import parse_federated
from kfed.core.render import Refused, Rendered, render
from kfed.core.resource import Gvk, Resource, Scope, TypeConfig, federated_resource
from kfed.core.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kfed.core.overridepath import Tokens

PAGE = Path(__file__).parents[2] / "docs" / "override-paths.md"
EXAMPLES = [
    yaml.safe_load(block) for block in re.findall(r"^```yaml\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
]
WIDGET = Resource(Gvk("example.com", "v1", "Widget"), "widgets", Scope.NAMESPACED)


@dataclass(frozen=True)
class Ports:
    """What a Deployment's schema says of a container's ports."""

    defaults: Mapping[str, Any] = field(default_factory=lambda: {"protocol": "TCP"})


def lists(path: Tokens) -> Ports | None:
    return Ports() if path == ("ports",) else None


def outcome(example: dict[str, Any], place: str) -> Rendered | Refused:
    """What a cluster gets when the patches stand in *place*: its own overrides, or those of a selector."""
    patches = {"clusterOverrides": example["clusterOverrides"]}
    entry = {"overrides": {"clusterName": "a", **patches}, "selectorOverrides": {"clusterSelector": {}, **patches}}
    spec = {"template": example["template"], "placement": {"clusters": [{"name": "a"}]}, place: [entry[place]]}
    manifest = {"metadata": {"namespace": "ns", "name": "web"}, "spec": spec}
    federated = parse_federated(manifest, TypeConfig(WIDGET, federated_resource(WIDGET)))
    return render(federated, {"a": Cluster("a")}, lists=lists).clusters["a"]


def with_identity(result: dict[str, Any]) -> dict[str, Any]:
    """The result as the page shows it, with what the page leaves out."""
    metadata = result.get("metadata", {})
    labels = {**metadata.get("labels", {}), "kubefed.io/managed": "true"}
    named = {**metadata, "name": "web", "namespace": "ns", "labels": labels}
    return {"apiVersion": "example.com/v1", "kind": "Widget", **result, "metadata": named}


@pytest.mark.parametrize("place", ["overrides", "selectorOverrides"])
@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_each_example_is_true(example: dict[str, Any], place: str) -> None:
    assert example.keys() in ({"template", "clusterOverrides", "result"}, {"template", "clusterOverrides", "refused"})
    match outcome(example, place):
        case Rendered(manifest):
            assert manifest == with_identity(example["result"])
        case Refused(mistakes):
            assert [mistake.rule for mistake in mistakes] == [example["refused"]]


def test_the_page_has_examples_of_both_kinds() -> None:
    assert sum("result" in example for example in EXAMPLES) >= 10
    assert len({example["refused"] for example in EXAMPLES if "refused" in example} & set(RULES)) >= 5
