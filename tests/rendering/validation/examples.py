"""Objects that are right, and each with one thing that an API server refuses."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

_FILE = Path(__file__).with_suffix(".yaml")


@dataclass(frozen=True)
class Wrong:
    """An object that is wrong in one place, and what is to be said of it."""

    name: str
    manifest: dict[str, Any]
    rule: str
    at: str


def right() -> dict[str, dict[str, Any]]:
    """One object of each type, by its kind."""
    return {kind: example["object"] for kind, example in _read().items()}


def wrong() -> list[Wrong]:
    """Each object that is wrong."""
    return [
        Wrong(f"{kind} {case.get('set', case.get('remove'))} {case.get('to', 'gone')}", *_made(example, case))
        for kind, example in _read().items()
        for case in example["wrong"]
    ]


def _read() -> dict[str, Any]:
    examples: dict[str, Any] = yaml.safe_load(_FILE.read_text())
    return examples


def _made(example: dict[str, Any], case: dict[str, Any]) -> tuple[dict[str, Any], str, str]:
    manifest = copy.deepcopy(example["object"])
    *parents, last = case.get("set", case.get("remove")).split("/")[1:]
    container: Any = manifest
    for token in parents:
        container = container[int(token)] if isinstance(container, list) else container[token]
    if "remove" in case:
        del container[last]
    elif isinstance(container, list):
        container[int(last) :] = [case["to"]]
    else:
        container[last] = case["to"]
    return manifest, case["rule"], case["at"]
