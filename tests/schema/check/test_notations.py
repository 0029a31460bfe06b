"""Paths as other tools write them, and the path of an override that is meant."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kfed.core.overridepath import Match, Tokens, parse_override_path, to_text
from kfed.schema.check.node import Node
from kfed.schema.check.notations import translated

STRING = {"type": "string"}
TEXTS = {"type": "object", "additionalProperties": STRING}
PORT = {"type": "object", "properties": {"port": {"type": "integer"}, "protocol": STRING, "name": STRING}}
KEYED = {"type": "array", "x-kubernetes-list-type": "map"}
CONTAINER = {
    "type": "object",
    "properties": {
        "name": STRING,
        "image": STRING,
        "args": {"type": "array", "items": STRING},
        "limits": TEXTS,
        "ports": {**KEYED, "x-kubernetes-list-map-keys": ["port", "protocol"], "items": PORT},
        "hooks": {"type": "array", "items": PORT},
    },
}
SPEC = {
    "type": "object",
    "properties": {
        "replicas": {"type": "integer"},
        "nodeSelector": TEXTS,
        "containers": {**KEYED, "x-kubernetes-list-map-keys": ["name"], "items": CONTAINER},
        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
    },
}
METADATA = {"type": "object", "properties": {"annotations": TEXTS, "labels": TEXTS}}
ROOT = Node({"type": "object", "properties": {"metadata": METADATA, "spec": SPEC}})


@pytest.mark.parametrize(
    "text",
    [
        *("spec.replicas", ".spec.replicas", "$.spec.replicas", "{.spec.replicas}", "{$.spec.replicas}"),
        *("$['spec']['replicas']", '.spec["replicas"]', '."spec"."replicas"', "spec/replicas", "#/spec/replicas"),
        *("/spec.replicas", " spec.replicas ", "@.spec.replicas"),
    ],
)
def test_field_in_another_notation_is_the_field(text: str) -> None:
    assert translated(ROOT, text) == ("spec", "replicas")


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("spec.containers[0].image", "/spec/containers/0/image"),
        ("/spec/containers[0]/image", "/spec/containers/0/image"),
        ("/spec/containers/[0]/image", "/spec/containers/0/image"),
        ("spec.containers.0.image", "/spec/containers/0/image"),
        ("spec.containers[-1].args[2]", "/spec/containers/-1/args/2"),
        ("/spec/containers[name=web]/image", "/spec/containers/[name=web]/image"),
        ("/spec/containers/web/image", "/spec/containers/[name=web]/image"),
        ("/spec/containers/name=web/image", "/spec/containers/[name=web]/image"),
        ("/spec/containers/{name=web}/image", "/spec/containers/[name=web]/image"),
        ("spec.containers.[name=web].image", "/spec/containers/[name=web]/image"),
        ("spec.containers.(name==web).image", "/spec/containers/[name=web]/image"),
        ('.spec.containers[?(@.name=="web")].image', "/spec/containers/[name=web]/image"),
        ("{.spec.containers[?(@.name=='web')].image}", "/spec/containers/[name=web]/image"),
        ('.spec.containers[] | select(.name == "web") | .image', "/spec/containers/[name=web]/image"),
        ('.spec.containers[]|select(.name=="web").image', "/spec/containers/[name=web]/image"),
        ("spec.containers[0].ports[port=80,protocol=TCP].name", "/spec/containers/0/ports/[port=80,protocol=TCP]/name"),
        ("spec.containers.web.hooks[name=a].port", "/spec/containers/[name=web]/hooks/[name=a]/port"),
        ("/metadata/annotations/example.com/team", "/metadata/annotations/example.com~1team"),
        ("metadata.annotations.example.com/team", "/metadata/annotations/example.com~1team"),
        (r"metadata.annotations.example\.com/team", "/metadata/annotations/example.com~1team"),
        ('metadata.annotations."example.com/team"', "/metadata/annotations/example.com~1team"),
        ("metadata.annotations['example.com/team']", "/metadata/annotations/example.com~1team"),
        ("metadata.annotations[example]", None),
        ("/spec/nodeSelector/kubernetes.io/os", "/spec/nodeSelector/kubernetes.io~1os"),
        ("spec.containers[0].limits.example.com/gpu", "/spec/containers/0/limits/example.com~1gpu"),
        ("/metadata/labels/a~b", "/metadata/labels/a~0b"),
        ("spec.free.a.b", "/spec/free/a/b"),
    ],
)
def test_path_in_another_notation_is_that_of_an_override(text: str, path: str | None) -> None:
    tokens = translated(ROOT, text)
    assert (tokens and to_text(tokens)) == path


@pytest.mark.parametrize(
    "text",
    [
        *("", "/", ".", "..", "$", "[", "[]", "{}", "spec..replicas", "spec.replica", "spec.replicas.count"),
        *("spec.containers[*].image", "/spec/containers/*/image", "spec.containers[].image", "spec.containers[1:2]"),
        *("spec.containers[image=x].name", "spec.containers[0].ports[port=80].name", "spec.containers[0].ports.web"),
        *("spec[0]", "spec.nodeSelector['a'].b", ".spec.replicas = 3", "spec.containers[name=web", "x" * 2000),
    ],
)
def test_text_that_means_no_path_of_the_type_is_none(text: str) -> None:
    assert translated(ROOT, text) is None


NAMES = st.text(st.sampled_from("abc.-/~_"), min_size=1, max_size=6)
ELEMENTS = st.integers(0, 9).map(str) | st.text("abc-", min_size=1, max_size=5).map(
    lambda name: Match((("name", name),))
)
PATHS = st.one_of(
    st.just(("spec", "replicas")),
    st.tuples(st.just("metadata"), st.sampled_from(["labels", "annotations"]), NAMES),
    st.tuples(st.just("spec"), st.just("containers"), ELEMENTS, st.just("image")),
    st.tuples(st.just("spec"), st.just("containers"), ELEMENTS, st.just("limits"), NAMES),
)


def jsonpath(tokens: Tokens) -> str:
    parts: list[Any] = []
    for token in tokens:
        if isinstance(token, Match):
            parts.append("".join(f'[?(@.{key}=="{value}")]' for key, value in token.fields))
        else:
            parts.append(f"[{token}]" if token.isdigit() else f"['{token}']")
    return "$" + "".join(parts)


@given(PATHS)
def test_every_path_survives_being_written_as_jsonpath(tokens: Tokens) -> None:
    assert translated(ROOT, jsonpath(tokens)) == tokens


@given(PATHS)
def test_path_as_overrides_have_it_stays_what_it_is(tokens: Tokens) -> None:
    assert translated(ROOT, to_text(tokens)) == tokens == parse_override_path(to_text(tokens))


@pytest.mark.parametrize(
    "part", ["a.", "[a=", '["', "{", "\\", " ", ".[] | select(", "\"a'", "(a==b)", "[0]", "a/", "~"]
)
def test_long_text_is_soon_read(part: str) -> None:
    translated(ROOT, part * (1000 // len(part)))
    translated(ROOT, part * 100_000)
