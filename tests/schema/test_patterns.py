"""Patterns: what RE2 makes of them, and what happens to those that it does not take."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kfed.schema.patterns import compile_pattern, is_re2


@pytest.mark.parametrize(
    ("pattern", "matching", "other"),
    [
        (r"^[a-z]+$", ["abc"], ["abc\n", "a b", ""]),
        (r"b", ["abc"], ["ac"]),
        (r"^a\z", ["a"], ["a\n", "ab"]),
        (r"^\d+$", ["12"], ["٢"]),
        (r"^\w+$", ["a_1"], ["ä"]),
        (r"^\s$", [" ", "\t"], ["\v", "a"]),
        (r"^\S+$", ["a\v"], ["a b"]),
        (r"^[\s]$", [" "], ["\v"]),
        (r"^[[:alpha:]_]+$", ["ab_"], ["a1", ":"]),
        (r"^[^[:space:]]+$", ["ab"], ["a b"]),
        (r"^\Qa.b\E$", ["a.b"], ["axb"]),
        (r"^\x{e4}$", ["ä"], ["a"]),
        (r"^a{,2}$", ["a{,2}"], ["aa"]),
        (r"^a{1,2}$", ["a", "aa"], ["aaa"]),
        (r"^a{2,}$", ["aaa"], ["a"]),
        (r"(?s)^a.b$", ["a\nb"], ["ab"]),
        (r"(?i)^a$", ["A"], ["b"]),
        (r"^(?:a|b)(?P<n>c)(?<m>d)$", ["acd"], ["ac"]),
        (r"^(?i:a)b$", ["Ab"], ["AB"]),
        (r"^[]a]+$", ["]a"], ["b"]),
        (r"^[^]a]+$", ["b"], ["]"]),
        (r"^[a[b&&c~~d||e]+$", ["[&~|abcde"], ["f"]),
        (r"^[$.]$", ["$", "."], ["a"]),
        (r"^a\$$", ["a$"], ["a"]),
        (r"^\p{Greek}+$", ["αβ"], ["ab"]),
        (r"^\pL$", ["é"], ["1"]),
        (r"^(?i)ab$", ["AB"], ["a"]),
        (r"(?m)^a$", ["b\na"], ["ba"]),
        (r"^(?U)a+", ["a"], ["b"]),
        (r"^[\S]$", ["\v"], [" "]),
        (r"^a\z", ["a"], ["a\n"]),
        (r"^é.$", ["éé", "é𝔸"], ["é"]),
        (r"^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*)?$", ["", "a.b-c"], ["-a", "A"]),
        (r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE])?$", ["100m", ".5", "1Gi"], ["1 Gi", "x"]),
    ],
)
def test_pattern_means_what_it_means_in_go(pattern: str, matching: list[str], other: list[str]) -> None:
    compiled = compile_pattern(pattern)
    assert compiled is not None
    assert [text for text in matching if not compiled.matches(text)] == []
    assert [text for text in other if compiled.matches(text)] == []


@pytest.mark.parametrize(
    "pattern",
    [
        *(
            r"a(?=b)",
            r"(?!a)b",
            r"(?<=a)b",
            r"(a)\1",
            r"(?P=n)",
            r"(?>a)",
            r"a++",
            r"a**",
            r"a\Z",
            "(",
            "[[:nothing:]]",
        ),
        *(r"a{1001}", r"(a{40}){40}", r"\x{110000}", r"[b-a]"),
    ],
)
def test_pattern_that_an_api_server_refuses_is_none(pattern: str) -> None:
    assert not is_re2(pattern)
    assert compile_pattern(pattern) is None


@pytest.mark.parametrize("pattern", [r"^\p{L}{1,1000}$", r"(.{1,30}){1,30}" * 20])
def test_pattern_that_is_too_large_is_one_and_is_not_compiled(pattern: str) -> None:
    assert is_re2(pattern)
    assert compile_pattern(pattern) is None


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"^https://(([a-z0-9-]+[.]?)+)(:[0-9]+)?$", "https://" + "shop-front." * 1000 + "/"),
        (r"^(([0-9]*(ms|s|m|h)+)+|Never)$", "1s" * 10_000 + "x"),
        (r"^(a|a)*$", "a" * 100_000 + "b"),
        (r"^(a*)*(a*)*(a*)*$", "a" * 100_000 + "b"),
        (r"(x+x+)+y", "x" * 100_000),
    ],
)
def test_pattern_over_which_python_would_despair_is_looked_for(pattern: str, text: str) -> None:
    compiled = compile_pattern(pattern)
    assert compiled is not None
    assert not compiled.matches(text)
    assert compiled.steps(text) < 100 * len(text)


def test_half_of_a_surrogate_pair_is_the_character_that_go_puts_in_its_place() -> None:
    compiled = compile_pattern("^a\N{REPLACEMENT CHARACTER}$")
    assert compiled is not None
    assert compiled.matches("a\ud800")


@given(st.text(alphabet="ab([{\\^$.*+?|)]}-,:dpPQE019", max_size=12), st.text(max_size=8))
def test_any_text_is_a_pattern_or_none(pattern: str, text: str) -> None:
    compiled = compile_pattern(pattern)
    assert (compiled is not None) == is_re2(pattern)
    if compiled is not None:
        assert compiled.matches(text) == bool(list(compiled.find_all(text)))


@given(st.characters(exclude_categories=["Cs"]), st.text(max_size=8))
def test_every_part_that_a_pattern_is_is_found(character: str, text: str) -> None:
    compiled = compile_pattern("[" + ("\\" + character if character in "]\\^-[" else character) + "]")
    assert compiled is not None
    assert list(compiled.find_all(text + character)) == [character] * (text + character).count(character)
