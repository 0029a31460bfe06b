from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kfed.core.pointer import to_pointer
from kfed.core.resource import Gvk
from kfed.rendering.validation.rules import _RULES, server_mistakes

from .examples import Wrong, right, wrong


def gvk_of(manifest: dict[str, Any]) -> Gvk:
    return Gvk.parse(manifest["apiVersion"], manifest["kind"])


@pytest.mark.parametrize("kind", right())
def test_nothing_is_said_of_an_object_that_is_right(kind: str) -> None:
    manifest = right()[kind]
    assert list(server_mistakes(gvk_of(manifest), manifest)) == []


@pytest.mark.parametrize("case", wrong(), ids=lambda case: case.name)
def test_what_a_server_refuses_is_told_at_its_place(case: Wrong) -> None:
    mistakes = server_mistakes(gvk_of(case.manifest), case.manifest)
    assert [(mistake.rule, to_pointer(mistake.at)) for mistake in mistakes] == [(case.rule, case.at)]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(data=st.data(), kind=st.sampled_from(sorted(right())))
def test_any_json_in_any_place_gives_mistakes_and_no_exception(data: st.DataObject, kind: str) -> None:
    manifest = right()[kind]
    container: Any = manifest
    while True:
        keys = list(container) if isinstance(container, dict) else list(range(len(container)))
        key = data.draw(st.sampled_from(keys))
        below = container[key]
        if not isinstance(below, dict | list) or not below or data.draw(st.booleans()):
            container[key] = data.draw(_JSON)
            break
        container = below
    for rule in _RULES.values():
        assert all(mistake.message.endswith(".") for mistake in rule(manifest))
