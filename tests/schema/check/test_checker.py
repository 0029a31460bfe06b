"""What a Checker finds, told by schema, value and mistakes."""

from __future__ import annotations

from typing import Any

import pytest

from kfed.core.finding import Severity
from kfed.core.rules import RULES
from kfed.schema.check.checker import Checker
from kfed.schema.formats.own import QUANTITY_PATTERN
from kfed.schema.structural.jsontypes import NUMBER_OR_STRING_SCHEMA

STRING: dict[str, Any] = {"type": "string"}
INTEGER: dict[str, Any] = {"type": "integer"}


def obj(required: list[str] | None = None, **properties: Any) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    return {**schema, "required": required} if required else schema


def listing(items: Any, **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": items, **more}


PORTS = listing(
    obj(["port"], port=INTEGER, protocol={"type": "string", "default": "TCP"}),
    **{"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["port", "protocol"]},
)
NAMED = listing(
    obj(["name"], name=STRING, image=STRING),
    **{"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"]},
)
INT_OR_STRING = {"x-kubernetes-int-or-string": True, "anyOf": [{"type": "integer"}, {"type": "string"}]}
FREE = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
ONE_OF = {**obj(a=STRING, b=STRING), "oneOf": [{"required": ["a"]}, {"required": ["b"]}]}
ANY_OF = {**obj(a=STRING, b=INTEGER), "anyOf": [{"required": ["a"]}, {"properties": {"b": {"minimum": 5}}}]}
NOT = {**obj(a=STRING, b=STRING), "not": {"required": ["a", "b"]}}
EMBEDDED = {**obj(spec=obj()), "x-kubernetes-embedded-resource": True}

CLEAN = {
    "empty map": (obj(a=STRING), {}),
    "known fields": (obj(["a"], a=STRING, b=INTEGER), {"a": "x", "b": 1}),
    "integral float": (obj(a=INTEGER), {"a": 3.0}),
    "integer as number": (obj(a={"type": "number"}), {"a": 3}),
    "null where nullable and required": (obj(["a"], a={"type": "string", "nullable": True}), {"a": None}),
    "null element where nullable": (listing({**STRING, "nullable": True}), [None]),
    "map of strings": ({"type": "object", "additionalProperties": STRING}, {"a/b": "x"}),
    "map of anything": ({"type": "object", "additionalProperties": True}, {"a": [1, {}]}),
    "unknown field where they are kept": ({**obj(a=STRING), **FREE}, {"a": "x", "b": {"c": 1}}),
    "anything at all": ({"x-kubernetes-preserve-unknown-fields": True}, [1, "a", {"b": None}]),
    "anything, unstated": (obj(a={}), {"a": {"b": [None, 1.5]}}),
    "required field with a default": (obj(["a"], a={**STRING, "default": "x"}), {}),
    "null for an element with a default": (listing({**STRING, "default": "x"}), [None]),
    "null where nothing is described": (FREE, {"a": None, "b": [None]}),
    "combination that a default fits": (
        obj(a={**STRING, "default": "x"}, b=STRING) | {"oneOf": [{"required": ["a"]}, {"required": ["b"]}]},
        {},
    ),
    "combination that a default below fits": (
        obj(a={**obj(b={**STRING, "default": "x"}), "default": {}})
        | {
            "anyOf": [
                {"properties": {"a": {"properties": {"b": {"enum": ["x"]}}, "required": ["b"]}}, "required": ["a"]}
            ]
        },
        {},
    ),
    "fewest fields, one of which has a default": (obj(a={**STRING, "default": "x"}) | {"minProperties": 1}, {}),
    "int-or-string as integer": (INT_OR_STRING, 1),
    "int-or-string as string": (INT_OR_STRING, "25%"),
    "same port, other protocol": (PORTS, [{"port": 1}, {"port": 1, "protocol": "UDP"}]),
    "set": (listing(STRING, **{"x-kubernetes-list-type": "set"}), ["a", "b"]),
    "atomic list with equal elements": (listing(STRING), ["a", "a"]),
    "pattern anywhere in the text": ({**STRING, "pattern": "b+"}, "abc"),
    "pattern with a flag half-way": ({**STRING, "pattern": "^(?i)abc$"}, "ABC"),
    "unknown format": ({**STRING, "format": "gizmo"}, "abc"),
    "one of": (ONE_OF, {"a": "x"}),
    "any of": (ANY_OF, {"b": 5}),
    "not": (NOT, {"b": "x"}),
    "embedded resource": (EMBEDDED, {"apiVersion": "v1", "kind": "A", "metadata": {"labels": {}}, "spec": {}}),
    "true and 1 in a set": (listing({}, uniqueItems=True), [True, 1]),
}


@pytest.mark.parametrize("name", CLEAN)
def test_value_that_fits_has_no_mistakes(name: str) -> None:
    schema, value = CLEAN[name]
    assert Checker(schema, redact=False).check(value) == []


WRONG: dict[str, tuple[dict[str, Any], Any, list[tuple[tuple[str | int, ...], str]]]] = {
    "unknown field": (obj(a=STRING), {"b": 1}, [(("b",), "unknown-field")]),
    "unknown field that is null": (obj(a=STRING), {"b": None}, [(("b",), "unknown-field")]),
    "field of a map that has none": (obj(a={"type": "object"}), {"a": {"b": 1}}, [(("a", "b"), "unknown-field")]),
    "additional properties refused": (
        {**obj(a=STRING), "additionalProperties": False},
        {"b": 1},
        [(("b",), "unknown-field")],
    ),
    "true for an integer": (obj(a=INTEGER), {"a": True}, [(("a",), "wrong-type")]),
    "half for an integer": (obj(a=INTEGER), {"a": 0.5}, [(("a",), "wrong-type")]),
    "1 for true": (obj(a={"type": "boolean"}), {"a": 1}, [(("a",), "wrong-type")]),
    "half for int-or-string": (INT_OR_STRING, 0.5, [((), "wrong-type")]),
    "null for an optional field": (obj(a=STRING), {"a": None}, [(("a",), "ignored-null")]),
    "null for a free-form field": (obj(a=FREE), {"a": None}, [(("a",), "ignored-null")]),
    "null in a map": (
        {"type": "object", "additionalProperties": STRING},
        {"a": None},
        [(("a",), "ignored-null")],
    ),
    "null for a required field with a default": (
        obj(["a"], a={**STRING, "default": "x"}),
        {"a": None},
        [(("a",), "ignored-null")],
    ),
    "null where nullable, which the enum does not have": (
        obj(["a"], a={**STRING, "nullable": True, "enum": ["x", None]}),
        {"a": None},
        [(("a",), "not-in-enum")],
    ),
    "fewest fields, one of which is null": (
        {"type": "object", "additionalProperties": STRING, "minProperties": 1},
        {"a": None},
        [((), "out-of-range"), (("a",), "ignored-null")],
    ),
    "combination that a default does not fit": (
        obj(a={**STRING, "default": "x"}, b=STRING) | {"oneOf": [{"required": ["a"]}, {"required": ["b"]}]},
        {"b": "y"},
        [((), "schema-combination")],
    ),
    "integer beyond 64 bits": (obj(a=INTEGER), {"a": 2**63}, [(("a",), "out-of-range")]),
    "integer or string beyond 64 bits": (obj(a=INT_OR_STRING), {"a": -(2**63) - 1}, [(("a",), "out-of-range")]),
    "integer that a float does not tell from the next": (obj(a=INTEGER), {"a": 1e17}, [(("a",), "wrong-type")]),
    "multiple that a float does not tell from the next": (
        obj(a={"type": "number", "multipleOf": 2}),
        {"a": 10**20},
        [(("a",), "out-of-range")],
    ),
    "null in a list": (listing(STRING), ["a", None], [((1,), "wrong-type")]),
    "list for a map": (obj(), [], [((), "wrong-type")]),
    "map for a list": (obj(a=NAMED), {"a": {"name": "x"}}, [(("a",), "wrong-type")]),
    "nothing is looked for in a wrong type": (obj(a=obj(["b"], b=STRING)), {"a": "x"}, [(("a",), "wrong-type")]),
    "missing field": (obj(a=obj(["b"], b=STRING)), {"a": {}}, [(("a", "b"), "missing-required")]),
    "required field that is null": (obj(["a"], a=STRING), {"a": None}, [(("a",), "missing-required")]),
    "required free-form field that is null": (obj(["a"], a=FREE), {"a": None}, [(("a",), "missing-required")]),
    "required in a map of values": (
        {"type": "object", "additionalProperties": STRING, "required": ["a"]},
        {"b": "x"},
        [(("a",), "missing-required")],
    ),
    "known field where unknown ones are kept": (
        {**obj(a=STRING), **FREE},
        {"a": 1, "b": 1},
        [(("a",), "wrong-type")],
    ),
    "enum": (obj(a={**STRING, "enum": ["A", "B"]}), {"a": "a"}, [(("a",), "not-in-enum")]),
    "true is no 1": ({"enum": [1]}, True, [((), "not-in-enum")]),
    "too small": ({**INTEGER, "minimum": 1}, 0, [((), "out-of-range")]),
    "too small by nothing": ({**INTEGER, "minimum": 1, "exclusiveMinimum": True}, 1, [((), "out-of-range")]),
    "too large": ({**INTEGER, "maximum": 1}, 2, [((), "out-of-range")]),
    "too large by nothing": ({**INTEGER, "maximum": 1, "exclusiveMaximum": True}, 1, [((), "out-of-range")]),
    "no multiple": ({**INTEGER, "multipleOf": 2}, 3, [((), "out-of-range")]),
    "too large for int32": ({**INTEGER, "format": "int32"}, 2**31, [((), "out-of-range")]),
    "too large for int64": ({**INTEGER, "format": "int64"}, 2**63, [((), "out-of-range")]),
    "too short": ({**STRING, "minLength": 2}, "a", [((), "out-of-range")]),
    "too long": ({**STRING, "maxLength": 2}, "abc", [((), "out-of-range")]),
    "too few": (listing(STRING, minItems=1), [], [((), "out-of-range")]),
    "too many": (listing(STRING, maxItems=1), ["a", "b"], [((), "out-of-range")]),
    "too few fields": ({**FREE, "minProperties": 1}, {}, [((), "out-of-range")]),
    "too many fields": ({**FREE, "maxProperties": 0}, {"a": 1}, [((), "out-of-range")]),
    "too long and of a wrong form": (
        {**STRING, "maxLength": 2, "pattern": "^[a-z]+$"},
        "ABC",
        [((), "out-of-range"), ((), "wrong-format")],
    ),
    "line break after the end": ({**STRING, "pattern": "^a$"}, "a\n", [((), "wrong-format")]),
    "no date-time": ({**STRING, "format": "date-time"}, "2026-01-31", [((), "wrong-format")]),
    "two of one name": (NAMED, [{"name": "a"}, {"name": "b"}, {"name": "a"}], [((2,), "duplicate-list-item")]),
    "two of one port by default": (
        PORTS,
        [{"port": 1}, {"port": 1, "protocol": "TCP"}],
        [((1,), "duplicate-list-item")],
    ),
    "two in a set": (listing(STRING, **{"x-kubernetes-list-type": "set"}), ["a", "a"], [((1,), "duplicate-list-item")]),
    "two maps in a set": (
        listing(FREE, uniqueItems=True),
        [{"a": 1, "b": [2]}, {"b": [2.0], "a": 1}],
        [((1,), "duplicate-list-item")],
    ),
    "neither of one of": (ONE_OF, {}, [((), "schema-combination")]),
    "both of one of": (ONE_OF, {"a": "x", "b": "y"}, [((), "schema-combination")]),
    "null is no field for one of": (ONE_OF, {"a": None}, [((), "schema-combination"), (("a",), "ignored-null")]),
    "none of any of": (ANY_OF, {"b": 1}, [((), "schema-combination")]),
    "both of not": (NOT, {"a": "x", "b": "y"}, [((), "schema-combination")]),
    "all of, each for itself": (
        {**obj(a=STRING), "allOf": [{"required": ["a"]}, {"maxProperties": 0}]},
        {"b": 1},
        [((), "out-of-range"), (("a",), "missing-required"), (("b",), "unknown-field")],
    ),
    "the only one of any of": (
        {**obj(a=STRING), "anyOf": [{"properties": {"a": {"maxLength": 1}}}]},
        {"a": "xy"},
        [(("a",), "out-of-range")],
    ),
    "embedded resource without a kind": (EMBEDDED, {"apiVersion": "v1"}, [(("kind",), "missing-required")]),
    "embedded resource with a typo": (
        EMBEDDED,
        {"apiVersion": "v1", "kind": "A", "spek": {}},
        [(("spek",), "unknown-field")],
    ),
    "everything at once, by path": (
        obj(["z"], a=listing(INTEGER), z=STRING),
        {"y": 1, "a": [*range(10), "x", "y"]},
        [
            (("a", 10), "wrong-type"),
            (("a", 11), "wrong-type"),
            (("y",), "unknown-field"),
            (("z",), "missing-required"),
        ],
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_value_that_does_not_fit_has_these_mistakes(name: str) -> None:
    schema, value, expected = WRONG[name]
    mistakes = Checker(schema, redact=False).check(value)
    assert [(mistake.at, mistake.rule) for mistake in mistakes] == expected


@pytest.mark.parametrize("name", WRONG)
def test_message_is_a_sentence_and_says_what_was_expected(name: str) -> None:
    schema, value, _ = WRONG[name]
    for mistake in Checker(schema, redact=False).check(value):
        assert mistake.rule in RULES
        assert mistake.message.endswith((".", "?"))
        assert mistake.expected


MESSAGES: dict[str, tuple[dict[str, Any], Any, str]] = {
    "unknown with a near name": (
        obj(spec=obj(replicas=INTEGER)),
        {"spec": {"replica": 1}},
        "spec.replica is not a known field; did you mean replicas?",
    ),
    "unknown with none near": (
        obj(a=STRING, b=STRING),
        {"xyz": 1},
        "xyz is not a known field; there are a and b.",
    ),
    "number for text": (
        obj(data={"type": "object", "additionalProperties": STRING}),
        {"data": {"a.b/c": 8080}},
        'data["a.b/c"] must be a string, not the number 8080; put quotes around what is written.',
    ),
    "truth for text": (obj(a=STRING), {"a": True}, "a must be a string, not true; put quotes around what is written."),
    "text for a number": (obj(a=INTEGER), {"a": "3"}, 'a must be an integer, not the string "3"; remove the quotes.'),
    "word for a number": (obj(a=INTEGER), {"a": "three"}, 'a must be an integer, not the string "three".'),
    "text for truth": (
        obj(a={"type": "boolean"}),
        {"a": "true"},
        'a must be true or false, not the string "true"; remove the quotes.',
    ),
    "map for a list": (
        obj(a=NAMED),
        {"a": {"name": "x"}},
        "a must be a list of maps, not a map; write a dash before each element.",
    ),
    "text for a list": (
        obj(a=listing(STRING)),
        {"a": "x"},
        'a must be a list of strings, not the string "x"; give each element a line of its own, with a dash before it.',
    ),
    "list for a map": (obj(a=obj()), {"a": [{}]}, "a must be a map, not a list; remove the dash."),
    "enum with another case": (
        obj(a={**STRING, "enum": ["Always", "Never"]}),
        {"a": "always"},
        'a must be one of Always or Never, not "always"; did you mean Always?',
    ),
    "duplicate": (
        obj(containers=NAMED),
        {"containers": [{"name": "a"}, {"name": "a"}]},
        'containers[1] has the name of the element at 0, "a"; give each its own, or remove one.',
    ),
    "missing in a list": (
        obj(spec=obj(containers=NAMED)),
        {"spec": {"containers": [{}]}},
        "containers[0].name is required and not there; add it.",
    ),
    "the whole": (obj(), 1, "the object must be a map, not the number 1."),
    "neither": (
        ONE_OF,
        {},
        "the object fits none of these, and must fit exactly one: a is set; b is set.",
    ),
    "both": (
        ONE_OF,
        {"a": "", "b": ""},
        "the object fits 2 of these, and must fit exactly one: a is set; b is set.",
    ),
    "none": (
        ANY_OF,
        {"b": 1},
        "the object fits none of these, and must fit at least one: a is set; b is at least 5.",
    ),
    "list for a quantity": (
        NUMBER_OR_STRING_SCHEMA | {"pattern": QUANTITY_PATTERN},
        ["1"],
        "the object must be a quantity such as 500m or 2Gi, not a list.",
    ),
    "not": (NOT, {"a": "", "b": ""}, "the object must not be so: a and b are set."),
    "quantity": (
        {**INT_OR_STRING, "pattern": QUANTITY_PATTERN},
        "1 Gi",
        'the object must be a quantity such as 500m or 2Gi, not "1 Gi".',
    ),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_message_says_what_to_do(name: str) -> None:
    schema, value, message = MESSAGES[name]
    assert [mistake.message for mistake in Checker(schema, redact=False).check(value)] == [message]


def test_nearest_right_name_is_told() -> None:
    checker = Checker(obj(spec=obj(replicas=INTEGER)), redact=False)
    assert [mistake.nearest for mistake in checker.check({"spec": {"Replicas": 1}})] == ["replicas"]


def test_one_value_in_two_places_is_checked_against_both() -> None:
    shared = {"x": 1}
    checker = Checker(obj(a=FREE, b=obj(y=STRING)), redact=False)
    for _ in range(2):
        assert [mistake.at for mistake in checker.check({"a": shared, "b": shared})] == [("b", "x")]


def test_value_that_was_wrong_is_looked_at_again() -> None:
    checker = Checker(obj(a=STRING), redact=False)
    value: dict[str, Any] = {"a": 1}
    assert checker.check(value)
    value["a"] = "x"
    assert not checker.check(value)


def test_clean_value_is_not_walked_again_until_the_checking_ends() -> None:
    checker = Checker(obj(a=obj(b=STRING)), redact=False)
    part: dict[str, Any] = {"b": "x"}
    with checker.checking() as check:
        assert check({"a": part}) == []
        part["b"] = 1  # what the contract forbids shows that it is remembered
        assert check({"a": part}) == []
    assert [mistake.at for mistake in checker.check({"a": part})] == [("a", "b")]


def test_nothing_is_remembered_from_one_check_to_the_next() -> None:
    checker = Checker(obj(a=obj(b=STRING)), redact=False)
    part: dict[str, Any] = {"b": "x"}
    assert checker.check({"a": part}) == []
    part["b"] = 1
    assert [mistake.at for mistake in checker.check({"a": part})] == [("a", "b")]


def test_mistake_of_what_is_not_there_is_on_the_key() -> None:
    checker = Checker(obj(a=STRING) | {"required": ["a"]}, redact=False)
    mistakes = checker.check({"b": 1}) + checker.check({"a": 1})
    assert [(mistake.at, mistake.on_key) for mistake in mistakes] == [(("a",), True), (("b",), True), (("a",), False)]


def test_new_values_are_never_taken_for_ones_that_are_gone() -> None:
    checker = Checker(obj(a=obj(b=STRING)), redact=False)
    for number in range(100):
        assert checker.check({"a": {"b": str(number)}}) == []
        # Made from the outside in, each map gets the place in memory that its like has left.
        value: dict[str, Any] = {}
        value["a"] = {"b": number}
        assert len(checker.check(value)) == 1


def test_sub_schema_in_two_places_is_one_node() -> None:
    shared = obj(a=STRING)
    checker = Checker(obj(x=shared, y=listing(shared)), redact=False)
    mistakes = checker.check({"x": {"a": 1}, "y": [{"b": 1}]})
    assert [mistake.at for mistake in mistakes] == [("x", "a"), ("y", 0, "b")]


LARGE = {"pattern": r"^\p{L}{1,1000}$"}


@pytest.mark.parametrize(
    ("schema", "value", "rules"),
    [
        (STRING | LARGE, "a", ["unchecked-pattern"]),
        (STRING | LARGE | {"maxLength": 1}, "ab", ["out-of-range", "unchecked-pattern"]),
        (STRING | {"anyOf": [LARGE, {"enum": ["a"]}]}, "a", []),
        (STRING | {"anyOf": [LARGE, {"enum": ["a"]}]}, "b", ["unchecked-pattern"]),
        (STRING | {"anyOf": [LARGE | {"maxLength": 0}, {"enum": ["a"]}]}, "b", ["schema-combination"]),
        (STRING | {"oneOf": [LARGE, {"enum": ["a"]}]}, "a", ["unchecked-pattern"]),
        (STRING | {"oneOf": [LARGE, {"enum": ["a"]}, {"maxLength": 1}]}, "a", ["schema-combination"]),
        (STRING | {"allOf": [LARGE, {"enum": ["a"]}]}, "b", ["not-in-enum", "unchecked-pattern"]),
        (STRING | {"not": LARGE}, "a", ["unchecked-pattern"]),
    ],
)
def test_text_that_no_pattern_was_looked_for_in_is_a_doubt(schema: Any, value: str, rules: list[str]) -> None:
    mistakes = Checker(schema, redact=False).check(value)
    assert [mistake.rule for mistake in mistakes] == rules
    assert {mistake.severity for mistake in mistakes if mistake.rule == "unchecked-pattern"} <= {Severity.WARNING}


def test_patterns_are_looked_for_until_they_would_take_too_long() -> None:
    text = "ab" * 100_000
    checker = Checker(listing({**STRING, "pattern": r"^[ab]*a[ab]{999}c$"}), redact=False)
    rules = [mistake.rule for mistake in checker.check(["ab", text, text, "ab"])]
    assert rules == ["wrong-format", "unchecked-pattern", "unchecked-pattern", "wrong-format"]
    assert [mistake.rule for mistake in checker.check(["ab"])] == ["wrong-format"]


def test_long_pattern_is_shown_by_its_beginning() -> None:
    checker = Checker({**STRING, "pattern": "^" + "ab?" * 1000 + "$"}, redact=False)
    (mistake,) = checker.check("x")
    assert len(mistake.message) + len(mistake.expected) < 600


LONG = "long" * 100_000


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (STRING | {"enum": [LONG, f"{LONG}r"]}, "x"),
        (STRING | {"enum": [f"name{number}" for number in range(10_000)]}, "x"),
        (STRING, {LONG: 1}),
        (STRING | {"maxLength": 1}, LONG),
        (INTEGER, LONG),
        (INTEGER | {"maximum": 1}, 10**4000),
        (obj(a=STRING), {"a": 10**5000}),
        (STRING | {"pattern": "^" + "ab?" * 5000 + "$"}, "x"),
        (obj(a=obj(b=STRING)), {"a": {LONG: 1}}),
        (FREE | {"additionalProperties": STRING, "type": "object"}, {LONG: 1}),
        (obj(**{LONG: STRING}), {"x": 1}),
        (obj(**{f"field{number}": STRING for number in range(10_000)}), {"x": 1}),
        (STRING | {"anyOf": [{"enum": [LONG]}, {"pattern": LONG}] * 1000}, "x"),
        (STRING | {"not": {"maxLength": 1, "enum": ["x", LONG]}}, "x"),
        (listing(STRING), [1, LONG]),
        (NAMED, [{"name": LONG}, {"name": LONG}]),
    ],
)
def test_what_is_long_is_told_in_few_words(schema: dict[str, Any], value: Any) -> None:
    mistakes = Checker(schema, redact=False).check(value)
    assert mistakes
    for mistake in mistakes:
        assert len(mistake.message) + len(mistake.expected) < 3000
