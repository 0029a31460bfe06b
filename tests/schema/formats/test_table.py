"""Which texts have which format; that an API server has it so, ``tests/clusters/test_formats.py`` shows."""

from __future__ import annotations

from typing import Any

import pytest

from kfed.schema.check.checker import Checker
from kfed.schema.formats.own import BYTES_PATTERN, OWN_PATTERNS, QUANTITY_PATTERN
from kfed.schema.formats.table import FORMATS, INTEGER_RANGES, has_meaning
from kfed.schema.patterns import compile_pattern
from kfed.schema.structural.schema import from_crd
from tests.schema.formats.texts import ACCEPTED, REFUSED

# Names as people write them: an API server passes over the dashes.
NAMES = sorted({*FORMATS, "date-time", "k8s-short-name", "k8s-long-name", "ip-v4"})
MEANINGLESS = [
    {"type": "string", "format": "gizmo"},
    {"type": "string", "format": "int32"},
    {"type": "string", "format": ""},
    {"type": "integer", "format": "date"},
    {"type": "integer", "format": "uint32"},
    {"type": "number", "format": "int32"},
    {"type": "boolean", "format": "date"},
]


def test_every_format_has_examples() -> None:
    assert set(FORMATS) == set(ACCEPTED) == set(REFUSED)


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in ACCEPTED.items() for text in texts])
def test_text_of_a_format_is_taken(name: str, text: str) -> None:
    assert FORMATS[name].accepts(text)


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in REFUSED.items() for text in texts])
def test_text_of_no_such_format_is_refused(name: str, text: str) -> None:
    assert not FORMATS[name].accepts(text)


@pytest.mark.parametrize("name", sorted(FORMATS))
@pytest.mark.parametrize(
    "part", ["1", "a", "1h", "1 ", "a.", ":", "1:", "@", '"', "\\", '\\"', "(", "<", "%41", "aa==", "a-"]
)
def test_long_text_is_looked_at_in_no_time(name: str, part: str) -> None:
    for text in (part * 20_000, part * 20_000 + "!", f"a@{part * 20_000}", f"http://{part * 20_000}"):
        FORMATS[name].accepts(text)


@pytest.mark.parametrize("digits", [10**5, 10**6])
def test_number_of_many_digits_is_no_duration(digits: int) -> None:
    accepts = FORMATS["duration"].accepts
    nines = "9" * digits
    assert [accepts(nines + unit) for unit in ("", "s", "ns", " days")] == [False] * 4
    assert [accepts("0" * digits + "1" + unit) for unit in ("s", " days", ".5h")] == [True] * 3
    assert accepts(f"0.{nines}h")


def one_field(field: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": {"spec": {"type": "object", "properties": {"field": field}}}}


def carried(field: dict[str, Any]) -> Any:
    shaped = from_crd(one_field(field))
    assert shaped.losses == ()
    return shaped.schema["properties"]["spec"]["properties"]["field"]


@pytest.mark.parametrize("name", NAMES)
def test_format_that_is_checked_is_carried(name: str) -> None:
    schema = {"type": "string", "format": name}
    assert carried(schema) == schema
    assert carried({"x-kubernetes-int-or-string": True, "format": name})["format"] == name
    refused = REFUSED[name.replace("-", "")]
    assert all(Checker(schema, redact=False).check(text) for text in refused)
    branch = {"type": "string", "anyOf": [{"format": name}, {"enum": ["x y"]}]}
    assert carried(branch) == branch


@pytest.mark.parametrize("schema", [{"type": "integer", "format": name} for name in INTEGER_RANGES])
def test_format_of_integers_that_is_checked_is_carried(schema: dict[str, Any]) -> None:
    assert carried(schema) == schema
    low, high = INTEGER_RANGES[schema["format"]]
    mistakes = [bool(Checker(schema, redact=False).check(value)) for value in (low - 1, low, high, high + 1)]
    assert mistakes == [True, False, False, True]


@pytest.mark.parametrize("schema", MEANINGLESS)
def test_format_that_means_nothing_is_neither_carried_nor_checked(schema: dict[str, Any]) -> None:
    assert not has_meaning(schema)
    assert carried(schema) == {"type": schema["type"]}
    values: dict[str, list[Any]] = {"string": ["", "a"], "integer": [-1, 2**40], "number": [0.5], "boolean": [True]}
    for value in values[schema["type"]]:
        assert Checker(schema, redact=False).check(value) == []


@pytest.mark.parametrize(
    ("pattern", "accepted", "refused"),
    [
        (QUANTITY_PATTERN, ["0", "500m", ".5", "1.", "-2Gi", "1e3", "1E-3"], ["", "1 Gi", "1kg", "Gi", "1.1.1"]),
        (
            BYTES_PATTERN,
            ["", "aGk=", "aGVs\nbG8=\r\n", "YQ=\n=", "\n"],
            ["aGk", "aGk=x", "a-_k", "ä", "a", "=", "===="],
        ),
    ],
)
def test_what_a_pattern_of_our_own_says_is_what_is_checked(
    pattern: str, accepted: list[str], refused: list[str]
) -> None:
    compiled = compile_pattern(pattern)
    assert compiled is not None
    for text in (*accepted, *refused):
        assert compiled.matches(text) == OWN_PATTERNS[pattern].accepts(text) == (text in accepted), text
