"""The words that fields of built-in types take."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from kfed.core.resource import Gvk
from kfed.schema.structural.builtin import PLAIN_WORDS
from kfed.schema.structural.schema import Document, inline
from kfed.schema.upstream.enums import DATA, add_enums
from kfed.schema.upstream.release import read_release, releases
from kfed.schema.upstream.types import structural


def _schema(gvk: Gvk, release: str | None = None) -> dict[str, Any]:
    return structural(next(one for one in read_release(release) if one.resource.gvk == gvk)).schema


def _at(schema: dict[str, Any], path: str) -> dict[str, Any]:
    for name in path.split("."):
        schema = schema["items"] if name == "[]" else schema["properties"][name]
    return schema


@pytest.mark.parametrize(
    ("gvk", "path", "words"),
    [
        (Gvk("apps", "v1", "Deployment"), "spec.template.spec.dnsPolicy", "ClusterFirst ClusterFirstWithHostNet"),
        (Gvk("apps", "v1", "Deployment"), "spec.template.spec.containers.[].imagePullPolicy", "Always IfNotPresent"),
        (Gvk("apps", "v1", "Deployment"), "spec.strategy.type", "Recreate RollingUpdate"),
        (Gvk("", "v1", "Service"), "spec.type", "ClusterIP ExternalName LoadBalancer NodePort"),
        (Gvk("", "v1", "PersistentVolumeClaim"), "spec.accessModes.[]", "ReadOnlyMany ReadWriteMany ReadWriteOnce"),
    ],
)
def test_a_field_takes_the_words_that_a_server_publishes(gvk: Gvk, path: str, words: str) -> None:
    assert set(words.split()) <= set(_at(_schema(gvk), path)["enum"])


@pytest.mark.parametrize("path", ["type", "sessionAffinity", "externalTrafficPolicy", "ports.[].protocol"])
def test_a_word_may_be_empty_where_go_has_a_plain_string(path: str) -> None:
    assert "" in _at(_schema(Gvk("", "v1", "Service")), f"spec.{path}")["enum"]


@pytest.mark.parametrize(
    ("gvk", "path"),
    [
        (Gvk("", "v1", "Service"), "spec.internalTrafficPolicy"),
        (Gvk("networking.k8s.io", "v1", "NetworkPolicy"), "spec.ingress.[].ports.[].protocol"),
        (Gvk("apps", "v1", "Deployment"), "spec.template.spec.topologySpreadConstraints.[].whenUnsatisfiable"),
    ],
)
def test_a_word_may_not_be_empty_where_go_has_a_pointer_or_wants_one(gvk: Gvk, path: str) -> None:
    assert "" not in _at(_schema(gvk), path)["enum"]


def test_a_servers_own_document_is_read_alike() -> None:
    """It publishes the words, and as little as a release does it say which may be empty."""
    name = "io.k8s.api.apps.v1.DeploymentStrategy"
    strategy = {"properties": {"type": {"type": "string", "enum": ["Recreate", "RollingUpdate"]}}, "type": "object"}
    assert inline(Document({name: strategy}), name).schema["properties"]["type"]["enum"] == [
        "Recreate",
        "RollingUpdate",
        "",
    ]


def test_every_plain_word_is_a_field_with_words() -> None:
    fields = orjson.loads(DATA.read_bytes())["enums"]
    assert set(orjson.loads(PLAIN_WORDS.read_bytes())) <= set(fields)


def test_a_release_has_the_words_of_its_own_time() -> None:
    """Kubernetes 1.25 published none for the type of a Service, and takes what later ones take."""
    service = Gvk("", "v1", "Service")
    assert "LoadBalancer" in _at(_schema(service, releases()[-1]), "spec.type")["enum"]
    assert "enum" in _at(_schema(service, "1.30"), "spec.type")


def test_every_field_with_words_is_a_field_of_the_newest_release() -> None:
    """A path that leads nowhere would be a fact that nobody uses."""
    definitions: dict[str, Any] = {}
    add_enums(definitions, "1.37")
    assert definitions == {}
    raw = read_release()[0].raw
    found = sum(_enums(node) for node in raw.document.definitions.values())  # type: ignore[union-attr]
    assert found > 90


def _enums(definition: dict[str, Any]) -> int:
    nodes = [node for node in definition.get("properties", {}).values() if isinstance(node, dict)]
    nodes += [
        node[key] for node in nodes for key in ("items", "additionalProperties") if isinstance(node.get(key), dict)
    ]
    return sum("enum" in node for node in nodes)
