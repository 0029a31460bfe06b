"""Which mistakes are one thing."""

from __future__ import annotations

from dataclasses import replace

from kfed.core.finding import Severity
from kfed.core.mistake import Mistake, gather

PATCH = Mistake("bad-path", "It is no path.", ("spec", "overrides", 0, "clusterOverrides", 2, "path"), cluster="a")
RESULT = Mistake("wrong-type", "In berlin it is wrong.", ("spec", "template", "spec", 0, "x"), cluster="berlin")


def test_the_same_in_the_overrides_of_several_clusters_is_one_thing() -> None:
    others = [
        replace(PATCH, at=("spec", "overrides", 1, "clusterOverrides", 0, "path"), cluster="b"),
        replace(PATCH, at=("spec", "overrides", 9, "clusterOverrides", 2, "path"), cluster="c"),
    ]
    assert gather([PATCH, *others]) == [(PATCH, *others)]


def test_the_same_of_one_place_is_one_thing_whichever_cluster_is_named() -> None:
    other = replace(RESULT, cluster="b", message="In b it is wrong.")
    assert gather([RESULT, PATCH, other]) == [(RESULT, other), (PATCH,)]


def test_what_differs_in_anything_else_is_another() -> None:
    mistakes = [
        PATCH,
        replace(PATCH, rule="wrong-path"),
        replace(PATCH, message="It is none."),
        replace(PATCH, severity=Severity.WARNING),
        replace(PATCH, expected="a path"),
        replace(PATCH, nearest="/a"),
        replace(PATCH, at=(*PATCH.at[:-1], "value", 0)),
        replace(PATCH, at=(*PATCH.at[:-1], "value", 1)),
        replace(PATCH, at=("spec", "selectorOverrides", *PATCH.at[2:])),
        RESULT,
        replace(RESULT, at=("spec", "template", "spec", 1, "x")),
    ]
    assert gather(mistakes) == [(mistake,) for mistake in mistakes]


def test_a_name_within_a_word_is_no_name() -> None:
    berlin = Mistake("wrong-type", "In lin the berlin-a is bad.", ("spec",), cluster="lin")
    other = replace(berlin, message="In osaka the berlin-a is bad.", cluster="osaka")
    assert gather([berlin, other]) == [(berlin, other)]
