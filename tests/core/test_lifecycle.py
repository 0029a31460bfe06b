"""The life of federated objects and of those of members: KubeFed's table, and what must never happen."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kfed.core.lifecycle import (
    Fate,
    Finalizing,
    Lifecycle,
    Observed,
    Owner,
    Phase,
    fate,
    finalizing,
    parse_lifecycle,
    parse_observed,
)
from kfed.core.rules import RULES

GOING = {"deletionTimestamp": "2026-01-31T12:00:00Z"}
OURS, OTHERS, UNTOUCHABLE = Observed(Owner.KFED), Observed(Owner.OTHER), Observed(Owner.NOT_KFED)
OURS_GOING, OTHERS_GOING = Observed(Owner.KFED, going=True), Observed(Owner.OTHER, going=True)
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
            Lifecycle(Phase.DELETING, delete_options={"gracePeriodSeconds": 0, "propagationPolicy": "Foreground"}),
        ),
        (
            annotated(deleteoption='{"preconditions": {"uid": "1"}, "dryRun": ["All"], "kind": "DeleteOptions"}'),
            Lifecycle(delete_options={"preconditions": {"uid": "1"}}),
        ),
        (annotated(deleteoption="{}"), Lifecycle(delete_options={})),
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
        ('{"preconditions": "x"}', "wrong-type"),
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
    assert parse_observed(manifest).owner is Owner.OTHER


@pytest.mark.parametrize(
    ("metadata", "observed"),
    [
        ({}, OTHERS),
        ({"labels": {"kubefed.io/managed": "true"}}, OURS),
        ({"labels": {"kubefed.io/managed": "false"}}, UNTOUCHABLE),
        ({"labels": {"kubefed.io/managed": "True"}}, OTHERS),
        ({"labels": {"kubefed.io/managed": "true"}, **GOING}, OURS_GOING),
        (GOING, OTHERS_GOING),
    ],
)
def test_whose_an_object_is_its_label_says(metadata: dict[str, Any], observed: Observed) -> None:
    assert parse_observed({"metadata": metadata}) == observed


@pytest.mark.parametrize(
    ("observed", "wanted", "unwanted", "orphaned"),
    [
        (None, Fate.CREATE, Fate.NOTHING, Fate.NOTHING),
        (OURS, Fate.APPLY, Fate.DELETE, Fate.RELEASE),
        (OURS_GOING, Fate.WAITING, Fate.WAITING, Fate.RELEASE),
        (OTHERS, Fate.ADOPT, Fate.NOTHING, Fate.NOTHING),
        (OTHERS_GOING, Fate.WAITING, Fate.NOTHING, Fate.NOTHING),
        (UNTOUCHABLE, Fate.REFUSED, Fate.NOTHING, Fate.NOTHING),
    ],
)
def test_the_table_of_fates(observed: Observed | None, wanted: Fate, unwanted: Fate, orphaned: Fate) -> None:
    assert fate(Phase.LIVE, observed, wanted=True) is wanted
    assert fate(Phase.LIVE, observed, wanted=False) is unwanted
    for placed in (True, False):  # once it is to go, placement has no part in it
        assert fate(Phase.DELETING, observed, wanted=placed) is unwanted
        assert fate(Phase.ORPHANING, observed, wanted=placed) is orphaned


def test_nothing_is_adopted_where_nothing_is_to_be() -> None:
    assert fate(Phase.LIVE, OTHERS, wanted=True, adopting=False) is Fate.EXISTS
    assert fate(Phase.LIVE, OURS, wanted=True, adopting=False) is Fate.APPLY


@pytest.mark.parametrize(
    ("observed", "wanted", "unwanted"),
    [(None, Fate.NOTHING, Fate.NOTHING), (OURS, Fate.APPLY, Fate.RELEASE), (OTHERS, Fate.ADOPT, Fate.NOTHING)],
)
def test_the_namespace_of_the_host_is_neither_made_nor_deleted(
    observed: Observed | None, wanted: Fate, unwanted: Fate
) -> None:
    for adopting in (True, False):
        assert fate(Phase.LIVE, observed, wanted=True, adopting=adopting, host_namespace=True) is wanted
    for phase in (Phase.LIVE, Phase.DELETING):
        assert fate(phase, observed, wanted=False, host_namespace=True) is unwanted


@given(
    st.sampled_from(Phase),
    st.builds(Observed, st.sampled_from([Owner.OTHER, Owner.NOT_KFED]), st.booleans()),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
def test_what_kfed_did_not_make_is_never_deleted(
    phase: Phase,
    observed: Observed,
    wanted: bool,  # noqa: FBT001  all combinations
    adopting: bool,  # noqa: FBT001
    host_namespace: bool,  # noqa: FBT001
) -> None:
    end = fate(phase, observed, wanted=wanted, adopting=adopting, host_namespace=host_namespace)
    assert end not in (Fate.DELETE, Fate.RELEASE, Fate.CREATE)
    assert observed.owner is Owner.OTHER or end not in (Fate.APPLY, Fate.ADOPT)


@pytest.mark.parametrize(
    ("lifecycle", "fates", "step"),
    [
        (Lifecycle(), {}, Finalizing.ADD),
        (Lifecycle(finalized=True), {"a": Fate.CREATE}, Finalizing.NOTHING),
        (Lifecycle(Phase.DELETING), {}, Finalizing.NOTHING),
        (Lifecycle(Phase.DELETING, finalized=True), {}, Finalizing.REMOVE),
        (Lifecycle(Phase.DELETING, finalized=True), {"a": Fate.NOTHING}, Finalizing.REMOVE),
        (Lifecycle(Phase.DELETING, finalized=True), {"a": Fate.NOTHING, "b": Fate.DELETE}, Finalizing.NOTHING),
        (Lifecycle(Phase.DELETING, finalized=True), {"a": Fate.WAITING}, Finalizing.NOTHING),
        (Lifecycle(Phase.DELETING, finalized=True), {"a": None}, Finalizing.NOTHING),
        (Lifecycle(Phase.ORPHANING, finalized=True), {"a": Fate.RELEASE}, Finalizing.NOTHING),
        (Lifecycle(Phase.ORPHANING, finalized=True), {"a": Fate.NOTHING}, Finalizing.REMOVE),
    ],
)
def test_the_finalizer_goes_when_nothing_is_left_anywhere(
    lifecycle: Lifecycle, fates: dict[str, Fate | None], step: Finalizing
) -> None:
    assert finalizing(lifecycle, fates) is step
