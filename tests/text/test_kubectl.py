"""What is written is read by the real kubectl for what it is, offline."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kfed.text.emit import emit
from kfed.text.quoting import comment_of, json_of
from tests.text.test_emit import PLAIN, QUOTED, TEXTS

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.cluster

LEAVES = st.one_of(TEXTS, st.none(), st.booleans(), st.integers(-(2**53), 2**53))
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=12
)


def read(programs: Path, text: str) -> Any:
    """What kubectl makes of the ``spec`` in a manifest."""
    head = 'apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: x, annotations: {a: "1"}}\n'
    command = [programs / "kubectl", "annotate", "--local", "--overwrite", "--filename=-", "--output=json", "a=2"]
    done = subprocess.run(command, input=head + text, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["spec"]


def test_kubectl_reads_every_odd_text(programs: Path) -> None:
    value = {text: [text, {"a": text}] for text in [*QUOTED, *PLAIN]}
    assert read(programs, emit({"spec": value})) == value
    assert read(programs, f"spec: {json_of(value)}\n") == value


@given(st.lists(VALUES, max_size=60), st.lists(TEXTS, max_size=60))
@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_kubectl_reads_what_was_written(programs: Path, values: list[Any], comments: list[str]) -> None:
    head = "".join(f"# {comment_of(text)}\n" for text in comments)
    assert read(programs, head + emit({"spec": values})) == values
    assert read(programs, head + f"spec: {json_of(values)}\n") == values
