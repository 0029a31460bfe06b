"""Schemas made at random: a type, its wrapper and kfed's own check agree on what fits, and on what is kept of it.

A real API server has the types and the wrappers. Values fit them, or have one or two of the mistakes that people make.
"""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from kfed.codegen.federation import Wish, federate, manifests
from kfed.core.finding import Severity
from kfed.schema.check.checker import Checker
from kfed.schema.upstream.crd import read_crd
from kfed.schema.upstream.types import structural
from tests.clusters.crds import wait_until_established
from tests.schema.random_schemas import PRESERVE, Maker

if TYPE_CHECKING:
    from kfed.core.mistake import Mistake
    from tests.clusters.fleet import Cluster

    Schemas = dict[str, dict[str, Any]]
    Spec = dict[str, Any]

pytestmark = [pytest.mark.cluster, pytest.mark.slow]

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
SCHEMAS = 50
ROUNDS = 12


def _definition(group: str, fields: Schemas) -> dict[str, Any]:
    spec = {"type": "object", "properties": fields}
    schema = {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec}}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"widgets.{group}"},
        "spec": {
            "group": group,
            "names": {"kind": "Widget", "plural": "widgets"},
            "scope": "Namespaced",
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}],
        },
    }


class Served:
    """A type that a server has, of which each field of ``spec`` has a schema of its own."""

    def __init__(self, cluster: Cluster, definition: dict[str, Any], *below: str) -> None:
        """*below* is where in an object the fields are."""
        self._cluster, self._below = cluster, below
        spec = definition["spec"]
        self._path = f"/apis/{spec['group']}/{spec['versions'][0]['name']}/namespaces/default/{spec['names']['plural']}"
        self._type = {"apiVersion": self._path.split("/namespaces")[0][6:], "kind": spec["names"]["kind"]}
        status, answer = cluster.call("POST", CRDS, definition)
        assert status == 201, answer
        wait_until_established(cluster, [definition["metadata"]["name"]])

    def send(self, spec: Spec, validation: str = "Ignore") -> tuple[int, Any]:
        """What the server says to an object."""
        body: Any = spec
        for name in reversed(self._below):
            body = {name: body}
        manifest = {**self._type, "metadata": {"name": "x"}, **body}
        return self._cluster.call("POST", f"{self._path}?dryRun=All&fieldValidation={validation}", manifest)

    def refused(self, spec: Spec) -> set[str]:
        """The fields that it refuses."""
        status, answer = self.send(spec)
        assert status in (201, 422), answer
        causes = answer["details"]["causes"] if status == 422 else []
        # What a combination asks for is told of no field, but in words.
        field = re.compile(re.escape(".".join(self._below)) + r"\.(s\d+)")
        return {found[1] for cause in causes if (found := field.search(cause["field"] + cause["message"]))}

    def unknown(self, spec: Spec) -> set[str]:
        """The fields that it does not know, when it is strict."""
        _, answer = self.send(spec, "Strict")
        prefix = ".".join((*self._below, ""))
        paths = re.findall(r'unknown field "([^"]+)"', answer.get("message", ""))
        return {path.removeprefix(prefix) for path in paths}

    def kept(self, spec: Spec) -> Spec:
        """What it keeps of an object that it takes."""
        status, answer = self.send(spec)
        assert status == 201, answer
        for name in self._below:
            answer = answer.get(name, {})
        return dict(answer)


def _refused_by_kfed(mistakes: list[Mistake]) -> dict[str, list[Mistake]]:
    refused: dict[str, list[Mistake]] = {}
    for mistake in mistakes:
        if mistake.severity is Severity.ERROR and mistake.rule != "unknown-field":
            refused.setdefault(str(mistake.at[1]), []).append(mistake)
    return refused


def _is_listed_text(mistakes: list[Mistake]) -> bool:
    """A server takes a list for a text that is to have a format (kube-openapi, validate/type.go); kfed does not."""
    return all(
        "a string, not a list" in mistake.message or mistake.rule == "schema-combination" for mistake in mistakes
    )


def _in_go(path: tuple[str | int, ...]) -> str:
    return "".join(f"[{token}]" if isinstance(token, int) else f".{token}" for token in path).removeprefix(".")


def _without_unknown(schema: dict[str, Any] | None, value: Any, *, is_kept: bool = False) -> Any:
    """As a server prunes: what a preserving list holds is preserving too, when it is not described otherwise."""
    if schema is None:
        return value
    is_kept = is_kept or bool(schema.get(PRESERVE))
    if isinstance(value, list):
        return [_without_unknown(schema.get("items"), item, is_kept=is_kept) for item in value]
    if not isinstance(value, dict):
        return value
    fields = {name: schema.get("properties", {}).get(name, schema.get("additionalProperties")) for name in value}
    return {
        name: _without_unknown(fields[name], item)
        for name, item in value.items()
        if fields[name] is not None or is_kept
    }


def _spec(maker: Maker, schemas: Schemas, slips: int) -> Spec:
    spec = {name: maker.value(schema) for name, schema in schemas.items()}
    for _ in range(slips):
        spec = {name: maker.mistake(value) for name, value in spec.items()}
    return spec


@pytest.mark.parametrize("seed", [1, 2])
def test_type_wrapper_and_check_agree(cluster_host: Cluster, unique: str, seed: int) -> None:
    maker = Maker(random.Random(seed))  # noqa: S311  the same ones each time
    schemas = {f"s{number}": maker.schema() for number in range(SCHEMAS)}
    definition = _definition(f"{unique}.example.com", schemas)
    (upstream,) = read_crd(definition, "a test")
    shaped = structural(upstream)
    assert shaped.losses == ()
    crd = yaml.load(manifests(federate(upstream, Wish(group=f"f{unique}.example.com")))["crds"], yaml.CSafeLoader)
    target, wrapper = Served(cluster_host, definition, "spec"), Served(cluster_host, crd, "spec", "template", "spec")
    checker = Checker(shaped.schema, redact=False)
    for number in range(ROUNDS):
        spec = _spec(maker, schemas, number % 3)
        refused = target.refused(spec)
        assert wrapper.refused(spec) == refused
        _assert_same_check(checker, spec, refused, target, wrapper)
        right = {name: value for name, value in spec.items() if name not in refused}
        kept = target.kept(right)
        assert wrapper.kept(right) == kept
        known = {name: _without_unknown(schemas[name], value) for name, value in right.items()}
        assert checker.settled({"spec": known})["spec"] == kept


def _assert_same_check(checker: Checker, spec: Spec, refused: set[str], target: Served, wrapper: Served) -> None:
    mistakes = checker.check({"spec": spec})
    ours = _refused_by_kfed(mistakes)
    unknown = {_in_go(mistake.at[1:]) for mistake in mistakes if mistake.rule == "unknown-field"}
    theirs = target.unknown(spec)
    assert wrapper.unknown(spec) == theirs
    # Of a map where there is to be none, a server says that it knows none of the fields.
    assert {path for path in unknown if _head(path) not in ours} == {path for path in theirs if _head(path) not in ours}
    # Where a field is unknown, a server prunes it before it looks at what is around it.
    doubtful = {_head(path) for path in unknown}
    doubtful |= {name for name in ours.keys() - refused if _is_listed_text(ours[name])}
    assert ours.keys() - doubtful == refused - doubtful


def _head(path: str) -> str:
    return path.partition(".")[0].partition("[")[0]
