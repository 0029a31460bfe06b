"""What is done in each cluster, case by case; and what is never done."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kfed.core.digest import digest
from kfed.core.mistake import Mistake
from kfed.core.observed import Observed, observe
from kfed.core.plan import (
    Action,
    Apply,
    Delete,
    Desired,
    Leave,
    Release,
    Removal,
    Search,
    Site,
    State,
    Wait,
    desire,
    plan,
)
from kfed.core.render import Refused, Rendered

MANIFEST: dict[str, Any] = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"k": "v"}}
WANTED = Desired(MANIFEST, "d1")
REFUSED = Refused((Mistake("wrong-path", "It is wrong.", ()),))
ENTRY = {"manager": "kfed", "operation": "Apply", "apiVersion": "v1", "fieldsV1": {"f:data": {"f:k": {}}}}


def seen(
    *, managed: str = "true", digest: str = "d1", adopted: bool = False, deleting: bool = False, owned: bool = True
) -> Observed:
    annotations = ({"kfed.io/digest": digest} if digest else {}) | ({"kfed.io/adopted": "true"} if adopted else {})
    metadata: dict[str, Any] = {"uid": "u", "labels": {"kubefed.io/managed": managed}, "annotations": annotations}
    metadata |= {"deletionTimestamp": "now"} if deleting else {}
    metadata |= {"managedFields": [ENTRY]} if owned else {}
    return observe({"metadata": metadata}, "v1")


DOWN = State.CLUSTER_NOT_READY


def decided(wanted: Desired | Refused | None, site: Site, removal: Removal = Removal.DELETE) -> Action | None:
    return plan({} if wanted is None else {"c": wanted}, {"c": site}, removal).get("c")


@pytest.mark.parametrize(
    ("wanted", "site", "expected"),
    [
        # desired
        (WANTED, Site(), Apply(WANTED, None)),
        (WANTED, Site(seen()), Leave(present=True)),
        (WANTED, Site(seen(adopted=True)), Leave(present=True)),
        (WANTED, Site(seen(digest="d0")), Apply(WANTED, seen(digest="d0"))),
        (WANTED, Site(seen(owned=False)), Apply(WANTED, seen(owned=False))),
        (WANTED, Site(seen(digest="")), Apply(WANTED, seen(digest=""))),
        (WANTED, Site(seen(digest=""), verified="d1"), Leave(present=True)),
        (REFUSED, Site(), Wait(State.OVERRIDES_FAILED, "It is wrong.")),
        (REFUSED, Site(seen()), Wait(State.OVERRIDES_FAILED, "It is wrong.")),
        (WANTED, Site(None, DOWN, "It is down."), Wait(DOWN, "It is down.")),
        (WANTED, Site(seen(), DOWN, "It is down."), Wait(DOWN, "It is down.")),
        # not desired
        (None, Site(), None),
        (None, Site(recorded=True), Search()),
        (None, Site(None, DOWN, "It is down."), None),
        (None, Site(None, DOWN, "It is down.", recorded=True), Wait(DOWN, "It is down.")),
        (None, Site(seen()), Delete("u")),
        (None, Site(seen(digest="d0")), Delete("u")),
        (None, Site(seen(adopted=True)), Release("u")),
        (None, Site(seen(), DOWN, "It is down."), Wait(DOWN, "It is down.")),
    ],
)
def test_the_table_of_decisions(wanted: Desired | Refused | None, site: Site, expected: Action | None) -> None:
    assert decided(wanted, site) == expected


def test_an_object_that_opted_out_is_left_alone() -> None:
    action = decided(WANTED, Site(seen(managed="false")))
    assert isinstance(action, Wait)
    assert action.state is State.MANAGED_LABEL_FALSE
    assert decided(None, Site(seen(managed="false"))) is None


def test_an_object_on_its_way_out_is_waited_for() -> None:
    for wanted in (WANTED, None):
        action = decided(wanted, Site(seen(deleting=True)))
        assert isinstance(action, Wait)
        assert action.state is State.WAITING_FOR_REMOVAL


def test_orphaning_releases_and_never_deletes() -> None:
    assert decided(None, Site(seen()), Removal.ORPHAN) == Release("u")


OBSERVED = st.none() | st.builds(
    seen,
    managed=st.sampled_from(["true", "false", ""]),
    digest=st.sampled_from(["", "d0", "d1"]),
    adopted=st.booleans(),
    deleting=st.booleans(),
    owned=st.booleans(),
)
SITES = st.builds(Site, OBSERVED, st.sampled_from([State.CURRENT, DOWN]), st.just("why"), st.booleans())


@given(st.sampled_from([None, WANTED, REFUSED]), SITES, st.sampled_from(list(Removal)))
def test_nothing_is_deleted_but_what_kfed_made_and_nobody_wants(
    wanted: Desired | Refused | None, site: Site, removal: Removal
) -> None:
    action = decided(wanted, site, removal)
    observed = site.observed
    if isinstance(action, Delete):
        assert (wanted, site.state, removal) == (None, State.CURRENT, Removal.DELETE)
        assert observed is not None
        assert observed.is_ours
        assert (observed.adopted, observed.deleting, observed.managed == "false") == (False, False, False)
    if site.state is not State.CURRENT:
        assert action is None or isinstance(action, Wait)
    if wanted is not None:
        assert action is not None


@given(
    st.dictionaries(st.sampled_from("abcd"), st.sampled_from([WANTED, REFUSED])),
    st.dictionaries(st.sampled_from("abcd"), SITES),
)
def test_one_cluster_decides_nothing_for_another(desired: dict[str, Any], sites: dict[str, Site]) -> None:
    alone = {name: action for name, site in sites.items() if (action := decided(desired.get(name), site)) is not None}
    assert plan(desired, sites) == alone


def test_what_several_clusters_share_is_desired_once() -> None:
    shared, own = Rendered({"a": 1}, ()), Rendered({"a": 2}, ())
    refused = Refused((Mistake("bad-path", "No.", ()),))
    desired = desire({"x": shared, "y": own, "z": shared, "w": refused})
    assert desired == {
        "x": Desired({"a": 1}, digest({"a": 1})),
        "y": Desired({"a": 2}, digest({"a": 2})),
        "z": Desired({"a": 1}, digest({"a": 1})),
        "w": refused,
    }
    assert desired["x"] is desired["z"]
