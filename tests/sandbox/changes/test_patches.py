"""Patches: as a real kube-apiserver applied them (see ``record.py``), and what holds for all of them."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kfed.sandbox.changes.patches import JSON_PATCH, MERGE_PATCH, STRATEGIC_MERGE_PATCH, merge_patch, patched
from kfed.sandbox.changes.strategic import strategic_merge
from kfed.sandbox.errors import ApiError
from tests.sandbox.changes.patch_examples import PATCHES
from tests.sandbox.examples import BEFORE
from tests.sandbox.record import stable
from tests.sandbox.recorded import admitted, recorded, served

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)
MAPS = st.dictionaries(st.text(max_size=3), VALUES, max_size=4)


@pytest.mark.parametrize("name", PATCHES)
def test_a_patch_makes_of_an_object_what_a_real_server_makes_of_it(name: str) -> None:
    before, patch, content_type = PATCHES[name]
    case = recorded("patches")[name]
    type_ = served(before["kind"])
    live = copy.deepcopy(case["before"])
    try:
        changed = patched(type_, live, json.dumps(patch).encode(), content_type)
        answer = admitted(type_, changed, live, patch=True)
    except ApiError as error:
        answer = error.status()
    assert stable(answer) == case["after"]
    assert live == case["before"]


def test_custom_resources_have_no_strategic_merge_patch() -> None:
    with pytest.raises(ApiError) as refused:
        patched(served("Widget"), BEFORE, b"{}", STRATEGIC_MERGE_PATCH)
    assert refused.value.code == 415
    assert refused.value.message == (
        "the body of the request was in an unknown format - accepted media types include: "
        "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml"
    )


@pytest.mark.parametrize("content_type", [JSON_PATCH, MERGE_PATCH, STRATEGIC_MERGE_PATCH])
@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"nul", b'{"a": NaN}'])
def test_a_broken_body_is_a_bad_request(content_type: str, body: bytes) -> None:
    with pytest.raises(ApiError) as refused:
        patched(served("ConfigMap"), {"metadata": {}}, body, content_type)
    assert refused.value.code == 400


def test_too_many_operations_are_refused() -> None:
    body = json.dumps([{"op": "test", "path": "/a", "value": None}] * 10_001).encode()
    with pytest.raises(ApiError, match="allowed maximum operations in a JSON patch is 10000, got 10001"):
        patched(served("ConfigMap"), {"metadata": {}}, body, JSON_PATCH)


@settings(max_examples=60, deadline=None)
@given(MAPS, MAPS)
def test_a_merge_patch_done_twice_is_done_once(target: dict[str, Any], patch: dict[str, Any]) -> None:
    once = merge_patch(target, patch)
    assert merge_patch(once, patch) == once


@settings(max_examples=60, deadline=None)
@given(MAPS)
def test_an_empty_patch_changes_nothing(target: dict[str, Any]) -> None:
    assert merge_patch(target, {}) == target
    assert strategic_merge(target, {}, {}) == target


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from("abcd"), st.integers()), st.dictionaries(st.sampled_from("abcd"), st.integers()))
def test_a_strategic_patch_of_plain_fields_is_a_merge_patch(target: dict[str, Any], patch: dict[str, Any]) -> None:
    assert strategic_merge(target, patch, {}) == merge_patch(target, patch)
