"""Who owns what: as a real kube-apiserver noted it (see ``record.py``), and what holds for all of it."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

from kfed.sandbox.admission import prepare
from kfed.sandbox.changes.apply import Applied, apply
from kfed.sandbox.changes.patches import merge_patch
from kfed.sandbox.changes.tracking import track, with_owners
from kfed.sandbox.errors import ApiError
from kfed.sandbox.values.options import Options
from tests.sandbox.changes.scenarios import SCENARIOS
from tests.sandbox.examples import manifest, workload
from tests.sandbox.record import stable
from tests.sandbox.recorded import recorded, served

if TYPE_CHECKING:
    from tests.sandbox.changes.scenarios import Step

NOW = "then"  # as the recorded times read


def owners_of(answer: dict[str, Any]) -> Any:
    return answer["metadata"].get("managedFields")


def answered(step: Step, live: dict[str, Any] | None, stored: dict[str, Any]) -> dict[str, Any]:
    """What comes of a step; *stored* is what a write that is no apply has led to."""
    type_ = served(step.body["kind"])
    if step.verb == "apply":
        request = Applied(step.body, step.manager, step.force, NOW, step.subresource)
        try:
            merged = apply(type_, live, request)
        except ApiError as error:
            return stable(error.status())
        return prepare.completed(type_, prepare.read(type_, merged, Options()), live)
    new = with_owners(stored, {})
    if live is not None:
        sent = owners_of(merge_patch(live, step.body))
        if sent is not None:
            new = {**new, "metadata": {**new["metadata"], "managedFields": sent}}
    return track(type_, live, new, step.manager, now=NOW, subresource=step.subresource)


@pytest.mark.parametrize("name", SCENARIOS)
def test_owners_are_those_that_a_real_server_notes(name: str) -> None:
    live = None
    for number, (step, expected) in enumerate(zip(SCENARIOS[name], recorded("scenarios")[name], strict=True)):
        before = copy.deepcopy(live)
        answer = answered(step, live, expected)
        assert live == before
        if "code" in expected:
            assert answer == expected, number
        else:
            assert owners_of(answer) == owners_of(expected), number
            assert stable(answer) == stable(expected), number
            live = expected


DEPLOYMENT = served("Deployment")


def applied(live: dict[str, Any] | None, config: dict[str, Any], manager: str = "a", *, force: bool = False) -> Any:
    return apply(DEPLOYMENT, live, Applied(config, manager, force, NOW))


def test_applying_the_same_again_changes_nothing() -> None:
    live = applied(None, workload(replicas=2))
    later = apply(DEPLOYMENT, live, Applied(workload(replicas=2), "a", force=False, now="later"))
    assert later == live


def test_an_element_that_nobody_wants_any_more_goes_with_all_that_is_below_it() -> None:
    two = workload()
    two["spec"]["template"]["spec"]["containers"] = [{"name": "c", "image": "x"}, {"name": "d", "image": "y"}]
    live = applied(None, two)
    left = applied(live, workload())
    assert [container["name"] for container in left["spec"]["template"]["spec"]["containers"]] == ["c"]


def test_what_two_apply_stays_until_both_let_go() -> None:
    both = applied(applied(None, workload(replicas=2)), manifest("Deployment", spec={"replicas": 2}), "b")
    one = applied(both, workload(), "a")
    assert one["spec"]["replicas"] == 2
    none = applied(one, manifest("Deployment"), "b")
    assert "replicas" not in none["spec"]


def test_a_conflict_names_every_field_and_owner_once() -> None:
    live = applied(None, workload(replicas=2, paused=True))
    with pytest.raises(ApiError) as refused:
        applied(live, manifest("Deployment", spec={"replicas": 3, "paused": False}), "b")
    assert [cause["field"] for cause in refused.value.details["causes"]] == [".spec.paused", ".spec.replicas"]


def test_old_updates_become_one_entry() -> None:
    live = applied(None, workload(replicas=0))
    for number in range(1, 13):
        new = copy.deepcopy(live)
        new["metadata"].setdefault("labels", {})[f"l{number}"] = "x"
        live = track(DEPLOYMENT, live, new, f"u{number:02}", now=f"2026-01-01T00:00:{number:02}Z")
    names = [entry["manager"] for entry in owners_of(live)]
    assert names == ["a", "ancient-changes", *(f"u{number:02}" for number in range(4, 13))]
    assert json.dumps(owners_of(live)[1]["fieldsV1"]).count("f:l") == 4  # labels, l1, l2, l3


def test_owners_that_cannot_be_read_do_not_stop_an_update() -> None:
    live = applied(None, workload(replicas=2))
    broken = {**live, "metadata": {**live["metadata"], "managedFields": [{"manager": "x", "operation": "Nonsense"}]}}
    assert owners_of(track(DEPLOYMENT, live, broken, "u", now=NOW)) == owners_of(live)
