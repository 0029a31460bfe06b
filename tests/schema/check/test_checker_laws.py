"""Laws of the Checker: it judges as JSON Schema does, memory changes nothing, and secrets stay secret."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
from hypothesis import given, settings
from hypothesis import strategies as st

from kfed.core.finding import Severity
from kfed.schema.check.checker import Checker
from kfed.schema.check.node import Node
from kfed.schema.check.paths import PathChecker

if TYPE_CHECKING:
    from collections.abc import Iterator

LAW = settings(max_examples=60, deadline=None)
NAMES = ("a", "b", "c")
TEXTS = ("", "x", "xy", "abc", "25%")
NUMBERS = (0, 1, 2, 3.0, 7, 2.5)


def maybe(**keywords: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Schemas with any of some keywords."""
    return st.fixed_dictionaries({}, optional=keywords)


def with_type(type_: str, keywords: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Schemas of one type, nullable or not."""
    return st.tuples(keywords, st.booleans()).map(
        lambda drawn: {"type": type_, **drawn[0], **({"nullable": True} if drawn[1] else {})}
    )


SIZES = st.integers(0, 2)
REQUIRED = st.lists(st.sampled_from(NAMES), max_size=2, unique=True)
SCALARS = st.one_of(
    with_type("string", maybe(enum=st.just(["x", "abc"]), pattern=st.just("^[a-x]+$"), minLength=SIZES)),
    with_type("integer", maybe(minimum=SIZES, maximum=SIZES, multipleOf=st.just(2), exclusiveMaximum=st.booleans())),
    with_type("number", maybe(enum=st.just([1, 2.5]))),
    with_type("boolean", maybe()),
    st.just({"x-kubernetes-int-or-string": True}),
    st.just({"x-kubernetes-preserve-unknown-fields": True}),
)
FACETS = st.recursive(
    maybe(required=REQUIRED, minProperties=SIZES, maxItems=SIZES, enum=st.just(["x", 1]), maximum=SIZES),
    lambda inner: maybe(
        properties=st.dictionaries(st.sampled_from(NAMES), inner, max_size=2),
        required=REQUIRED,
        anyOf=st.lists(inner, min_size=1, max_size=3),
        **{"not": inner},
    ),
    max_leaves=4,
)
COMBINATIONS = maybe(
    allOf=st.lists(FACETS, min_size=1, max_size=2),
    anyOf=st.lists(FACETS, min_size=1, max_size=3),
    oneOf=st.lists(FACETS, min_size=1, max_size=3),
    **{"not": FACETS},
)


def containers(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Schemas of maps and lists of *inner*."""
    fields = st.dictionaries(st.sampled_from(NAMES), inner, max_size=3)
    keep = maybe(**{"x-kubernetes-preserve-unknown-fields": st.just(value=True)})
    record = st.tuples(
        maybe(properties=fields, required=REQUIRED, minProperties=SIZES, maxProperties=SIZES), keep, COMBINATIONS
    ).map(lambda parts: {**parts[0], **parts[1], **parts[2]})
    mapping = inner.map(lambda values: {"additionalProperties": values})
    listing = st.tuples(inner, maybe(minItems=SIZES, maxItems=SIZES, uniqueItems=st.booleans())).map(
        lambda parts: {"items": parts[0], **parts[1]}
    )
    return st.one_of(with_type("object", record), with_type("object", mapping), with_type("array", listing))


SCHEMAS = st.recursive(SCALARS, containers, max_leaves=6)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.sampled_from(NUMBERS), st.sampled_from(TEXTS)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from((*NAMES, "d")), inner)),
    max_leaves=8,
)


def fitting(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that fit a schema, or nearly: what is drawn at random hardly ever does."""
    stated = {
        "string": st.sampled_from(TEXTS),
        "integer": st.sampled_from((0, 1, 2, 3.0)),
        "number": st.sampled_from(NUMBERS),
        "boolean": st.booleans(),
    }
    match schema.get("type"):
        case "object" if isinstance(schema.get("additionalProperties"), dict):
            exact = st.dictionaries(st.sampled_from(NAMES), fitting(schema["additionalProperties"]), max_size=2)
        case "object":
            fields = {name: fitting(field) for name, field in schema.get("properties", {}).items()}
            required = {name: fields.pop(name, VALUES) for name in schema.get("required", ())}
            exact = st.fixed_dictionaries(required, optional=fields)
        case "array":
            exact = st.lists(fitting(schema["items"]), max_size=2)
        case type_:
            exact = stated.get(type_, VALUES)
    return st.one_of(exact, exact, exact, exact, VALUES)


def to_json_schema(schema: dict[str, Any], *, loose: bool = False) -> dict[str, Any]:
    """The JSON Schema that says the same, told independently of kfed's reading of it."""
    if schema.get("x-kubernetes-int-or-string"):
        return {"type": ["integer", "string"]}
    same = ("type", "enum", "pattern", "minLength", "multipleOf", "minProperties", "maxProperties", "minItems")
    result = {key: schema[key] for key in (*same, "maxItems", "uniqueItems", "minimum") if key in schema}
    if "maximum" in schema:
        result["exclusiveMaximum" if schema.get("exclusiveMaximum") else "maximum"] = schema["maximum"]
    if "items" in schema:
        result["items"] = to_json_schema(schema["items"], loose=loose)
    required = list(schema.get("required", ()))
    fields = {name: to_json_schema(field, loose=loose) for name, field in schema.get("properties", {}).items()}
    result["properties"] = fields
    result["required"] = required
    if "additionalProperties" in schema:
        result["additionalProperties"] = to_json_schema(schema["additionalProperties"])
    elif schema.get("type") == "object" and not loose and "x-kubernetes-preserve-unknown-fields" not in schema:
        result["additionalProperties"] = False
    for key in ("allOf", "anyOf", "oneOf"):
        if key in schema:
            result[key] = [to_json_schema(part, loose=True) for part in schema[key]]
    if "not" in schema:
        result["not"] = to_json_schema(schema["not"], loose=True)
    # To an API server null is none of an enum.
    return or_null(result) if schema.get("nullable") and "enum" not in schema else result


def without_nulls(schema: dict[str, Any], value: Any) -> Any:
    """The value without the fields that may not be null and are: an API server takes them for none at all."""
    if isinstance(value, list):
        return [without_nulls(schema.get("items", {}), item) for item in value]
    if not isinstance(value, dict):
        return value
    fields = {name: schema.get("properties", {}).get(name, schema.get("additionalProperties")) for name in value}
    return {
        name: item if fields[name] is None else without_nulls(fields[name], item)
        for name, item in value.items()
        if item is not None or fields[name] is None or fields[name].get("nullable")
    }


def or_null(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema, or null."""
    return {"anyOf": [{"type": "null"}, schema]}


SCHEMAS_AND_VALUES = SCHEMAS.flatmap(lambda schema: st.tuples(st.just(schema), fitting(schema)))


@settings(max_examples=400, deadline=None)
@given(SCHEMAS_AND_VALUES)
def test_value_is_clean_if_and_only_if_json_schema_takes_it(drawn: tuple[dict[str, Any], Any]) -> None:
    schema, value = drawn
    judge = jsonschema.Draft202012Validator(to_json_schema(schema))
    mistakes = [one for one in Checker(schema, redact=False).check(value) if one.severity is Severity.ERROR]
    assert (not mistakes) == judge.is_valid(without_nulls(schema, value)), mistakes


@LAW
@given(SCHEMAS_AND_VALUES, st.data())
def test_memory_changes_nothing(drawn: tuple[dict[str, Any], Any], data: st.DataObject) -> None:
    schema, value = drawn
    checker = Checker(schema, redact=False)
    for _ in range(3):
        assert checker.check(value) == Checker(schema, redact=False).check(value)
        value = with_change(value, data)


def with_change(value: Any, data: st.DataObject) -> Any:
    """The value with one thing in it changed, sharing everything else with the one before."""
    if isinstance(value, dict | list) and value and data.draw(st.booleans()):
        key = data.draw(st.sampled_from(sorted(value) if isinstance(value, dict) else range(len(value))))
        changed = value.copy()
        changed[key] = with_change(value[key], data)
        return changed
    return data.draw(st.one_of(VALUES, st.just(value)))


@LAW
@given(SCHEMAS_AND_VALUES)
def test_mistakes_come_by_path_and_once(drawn: tuple[dict[str, Any], Any]) -> None:
    schema, value = drawn
    mistakes = Checker(schema, redact=False).check(value)
    assert len(set(mistakes)) == len(mistakes)
    paths = [[(isinstance(token, str), token) for token in mistake.at] for mistake in mistakes]
    assert paths == sorted(paths)


@LAW
@given(SCHEMAS_AND_VALUES)
def test_redacting_hides_words_and_no_mistake(drawn: tuple[dict[str, Any], Any]) -> None:
    schema, value = drawn
    shown, hidden = (Checker(schema, redact=redact).check(value) for redact in (False, True))
    assert [(mistake.at, mistake.rule) for mistake in shown] == [(mistake.at, mistake.rule) for mistake in hidden]


SECRETS = st.one_of(
    st.text("QZ", min_size=8, max_size=80).map("s3cr3t-{}".format),
    st.integers(10**9, 10**20),
    st.floats(1e9, 1e20).map(lambda number: number + 0.5),
)
SECRET_VALUES = st.recursive(
    SECRETS, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(NAMES), inner))
)
KEYED = {
    "type": "array",
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["a"],
    "items": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
}


@LAW
@given(st.one_of(SCHEMAS, st.just(KEYED)), SECRET_VALUES)
def test_redacted_mistakes_hold_no_value(schema: dict[str, Any], value: Any) -> None:
    twice = [value, value]
    mistakes = [
        *Checker(schema, redact=True).check(value),
        *Checker(KEYED, redact=True).check([{"a": value}, {"a": value}]),
        *Checker({"type": "array", "items": schema, "uniqueItems": True}, redact=True).check(twice),
        *PathChecker(Node(schema), redact=True).check_patch("replace", (), value, has_value=True),
    ]
    assert mistakes
    said = json.dumps([[mistake.message, mistake.expected, mistake.nearest] for mistake in mistakes])
    for leaf in leaves(value):
        assert json.dumps(leaf).strip('"') not in said


def leaves(value: Any) -> Iterator[Any]:
    """Every scalar in a value."""
    match value:
        case dict():
            for item in value.values():
                yield from leaves(item)
        case list():
            for item in value:
                yield from leaves(item)
        case _:
            yield value
