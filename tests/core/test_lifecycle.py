"""What a federated object says of its end is read as KubeFed reads it, and what cannot be read is told."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kfed.core.lifecycle import DeleteOptions, Lifecycle, Phase, parse_lifecycle
from kfed.core.rules import RULES

GOING = {"deletionTimestamp": "2026-01-31T12:00:00Z"}
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


def annotated(**annotations: str) -> dict[str, Any]:
    return {"annotations": {f"kubefed.io/{name}": value for name, value in annotations.items()}}


@pytest.mark.parametrize(
    ("metadata", "lifecycle"),
    [
        ({}, Lifecycle()),
        ({"deletionTimestamp": None, "finalizers": None, "annotations": None}, Lifecycle()),
        ({"finalizers": ["a/b", "kubefed.io/sync-controller"]}, Lifecycle(Phase.LIVE, finalized=True)),
        (annotated(orphan="true"), Lifecycle()),
        (GOING, Lifecycle(Phase.DELETING)),
        ({**GOING, **annotated(orphan="true")}, Lifecycle(Phase.ORPHANING)),
        ({**GOING, **annotated(orphan="yes")}, Lifecycle(Phase.DELETING)),
        (
            {**GOING, **annotated(deleteoption='{"gracePeriodSeconds": 0, "propagationPolicy": "Foreground"}')},
            Lifecycle(Phase.DELETING, delete_options=DeleteOptions(0, "Foreground")),
        ),
        (annotated(deleteoption='{"preconditions": {"uid": "1"}, "kind": "DeleteOptions"}'), Lifecycle()),
        (annotated(deleteoption="{}"), Lifecycle()),
    ],
)
def test_what_a_federated_object_says_of_its_end(metadata: dict[str, Any], lifecycle: Lifecycle) -> None:
    assert parse_lifecycle({"metadata": metadata}) == (lifecycle, [])


@pytest.mark.parametrize(
    ("option", "rule"),
    [
        ("Foreground", "wrong-format"),
        ('{"propagationPolicy": "Foreground"', "wrong-format"),
        ("[" * 100_000, "wrong-format"),
        ("[]", "wrong-type"),
        ('{"gracePeriodSeconds": "5"}', "wrong-type"),
        ('{"gracePeriodSeconds": true}', "wrong-type"),
        ('{"gracePeriodSeconds": -1}', "wrong-type"),
        ('{"propagationPolicy": "foreground"}', "not-in-enum"),
    ],
)
def test_options_that_cannot_be_read_are_a_mistake_and_none(option: str, rule: str) -> None:
    lifecycle, mistakes = parse_lifecycle({"metadata": {**GOING, **annotated(deleteoption=option)}})
    assert lifecycle.delete_options is None
    assert [(mistake.rule, mistake.at) for mistake in mistakes] == [
        (rule, ("metadata", "annotations", "kubefed.io/deleteoption"))
    ]


@given(
    JUNK
    | st.fixed_dictionaries({"metadata": JUNK | st.dictionaries(st.sampled_from(["annotations", "finalizers"]), JUNK)})
    | JUNK.map(lambda junk: {"metadata": {"annotations": {"kubefed.io/deleteoption": junk}}})
)
def test_any_json_has_a_life_or_a_mistake_in_it(manifest: Any) -> None:
    _, mistakes = parse_lifecycle(manifest)
    assert {mistake.rule for mistake in mistakes} <= set(RULES)
