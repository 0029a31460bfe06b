"""What scalars mean: the answers of sigs.k8s.io/yaml v1.4.0, kept in tests/cases/text/scalars."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import orjson
import pytest

from kfed.errors import TextError
from kfed.text.documents import Document
from kfed.text.parse import parse

CASES = pathlib.Path(__file__).parents[1] / "cases" / "text" / "scalars"
VALUES = json.loads((CASES / "values.json").read_text())
KEYS = json.loads((CASES / "keys.json").read_text())


@pytest.mark.parametrize("case", VALUES, ids=lambda case: case["yaml"] or "empty")
def test_a_scalar_is_what_kubectl_makes_of_it(case: dict[str, Any]) -> None:
    document = Document("f", 0, f"v: {case['yaml']}")
    if case["json"] is None:
        with pytest.raises(TextError) as caught:
            parse(document)
        assert caught.value.rule in ("not-json-value", "yaml-tag")
    else:
        value, expected = parse(document)["v"], orjson.loads(case["json"])
        assert value == expected
        assert isinstance(value, type(expected)) or case["json"] == "-0"


@pytest.mark.parametrize("case", KEYS, ids=lambda case: case["yaml"])
def test_a_key_is_what_kubectl_makes_of_it(case: dict[str, Any]) -> None:
    document = Document("f", 0, f"{case['yaml']}: v")
    if case["key"] is None:
        with pytest.raises(TextError):
            parse(document)
    else:
        assert parse(document) == {case["key"]: "v"}


@pytest.mark.parametrize("text", ["9" * 5000, "1" + "0" * 400, "-" + "9" * 5000, "1e" + "9" * 50])
def test_a_number_too_large_for_any_type_stays_a_text(text: str) -> None:
    assert parse(Document("f", 0, f"v: {text}")) == {"v": text}


def test_an_integer_beyond_64_bits_is_a_float() -> None:
    assert parse(Document("f", 0, "v: 1" + "0" * 100)) == {"v": 1e100}


@pytest.mark.parametrize("text", ["v: !foo x", "v: !!foo x", "v: !foo {}", "v: !!set {a}", "v: !!str {}", "v: !!map x"])
def test_a_tag_without_meaning_is_refused(text: str) -> None:
    with pytest.raises(TextError) as caught:
        parse(Document("f", 4, text))
    assert (caught.value.rule, caught.value.line, caught.value.column) == ("yaml-tag", 5, 4)


@pytest.mark.parametrize("text", [".inf", "-.INF", ".nan", "!!float .inf", "!!binary /w=="])
def test_what_json_cannot_hold_is_refused(text: str) -> None:
    with pytest.raises(TextError) as caught:
        parse(Document("f", 0, f"v: {text}"))
    assert caught.value.rule == "not-json-value"
