"""The grammar of override paths."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kfed.core.overridepath import Match, Tokens, parse_override_path, to_text

CHARACTERS = st.characters(exclude_categories=["Cs"])
NAMES = st.text(CHARACTERS, max_size=8).filter(lambda name: not (name.startswith("[") and "=" in name))
KEYS = st.text(st.sampled_from("abcXYZ.-_$"), min_size=1, max_size=6)
VALUES = st.one_of(st.text(CHARACTERS, max_size=8), st.text(st.sampled_from(',[]"\\=/~ '), max_size=5))
MATCHES = st.dictionaries(KEYS, VALUES, min_size=1, max_size=3).map(lambda fields: Match(tuple(fields.items())))
TOKENS = st.lists(NAMES | MATCHES, max_size=5).map(tuple)
ROUGH = st.text(st.sampled_from('/[]=,"\\~01-ab\n '), max_size=16).map(lambda text: f"/{text}")


@given(TOKENS)
def test_every_path_survives_being_written_and_read(tokens: Tokens) -> None:
    assert parse_override_path(to_text(tokens)) == tokens


@given(ROUGH)
def test_every_text_is_refused_or_has_one_spelling(text: str) -> None:
    try:
        tokens = parse_override_path(text)
    except ValueError as error:
        assert str(error)  # noqa: PT017  either outcome is right, silence is not
        return
    assert parse_override_path(to_text(tokens)) == tokens
    if '"' not in text:
        assert to_text(tokens) == text


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", ()),
        ("/spec/replicas", ("spec", "replicas")),
        ("/metadata/labels/example.com~1team", ("metadata", "labels", "example.com/team")),
        ("/spec/containers/[name=web]/image", ("spec", "containers", Match((("name", "web"),)), "image")),
        ("/ports/[containerPort=80,protocol=TCP]", ("ports", Match((("containerPort", "80"), ("protocol", "TCP"))))),
        ("/mounts/[mountPath=/var/run]/name", ("mounts", Match((("mountPath", "/var/run"),)), "name")),
        ("/env/[name=a=b]", ("env", Match((("name", "a=b"),)))),
        ('/env/[name="a,b"]', ("env", Match((("name", "a,b"),)))),
        (r'/env/[name="a]\"b"]', ("env", Match((("name", 'a]"b'),)))),
        ("/env/[name=]", ("env", Match((("name", ""),)))),
        ("/env/[name=a~1b]", ("env", Match((("name", "a~1b"),)))),
        ("/[plain]", ("[plain]",)),
        ("/a//b", ("a", "", "b")),
        ("/args/-", ("args", "-")),
        ("/args/-1", ("args", "-1")),
    ],
)
def test_examples(text: str, tokens: Tokens) -> None:
    assert parse_override_path(text) == tokens


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("spec/replicas", "starts with a slash"),
        ("/a~", "~0"),
        ("/env/[name=web", "not closed"),
        ("/env/[name=web/value", "not closed"),
        ("/env/[name=a,b]", "double quotes"),
        ("/env/[=web]", "not written as"),
        ("/env/[name=web]x", "not written as"),
        ("/env/[name=web]\n", "not written as"),
        ("/env/[name=a,name=b]", "twice"),
        (r'/env/[name="\x"]', "no JSON string"),
        (r'/env/[name="\ud800"]', "no JSON string"),
    ],
)
def test_what_is_no_path_is_refused_with_advice(text: str, advice: str) -> None:
    with pytest.raises(ValueError, match=advice):
        parse_override_path(text)


def test_a_match_is_written_as_it_would_be_typed() -> None:
    assert str(Match((("name", "web"), ("protocol", "TCP")))) == "[name=web,protocol=TCP]"
    assert str(Match((("name", "a,b"),))) == '[name="a,b"]'
