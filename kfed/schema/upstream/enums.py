"""Which fields of built-in types take one of a few words: the definitions of a release do not tell.

``data/enums.json`` does, for every release that kfed can read; ``tests/facts/enums.py`` makes it from upstream's
generated code, which an API server makes its own OpenAPI documents of.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from kfed.schema.upstream.discovery import covers

DATA = Path(__file__).parent / "data" / "enums.json"

_BELOW = {"[]": "items", "*": "additionalProperties"}


def add_enums(definitions: dict[str, dict[str, Any]], release: str) -> None:
    """Complete the definitions of a release, in place, with the words that their fields take.

    Args:
        definitions: by name, freshly read.
        release: such as ``1.36``.
    """
    for field, variants in orjson.loads(DATA.read_bytes())["enums"].items():
        words = next((words for ranges, words in variants.items() if covers(ranges, release)), None)
        name, _, path = field.partition("/")
        node = definitions.get(name)
        if words is None or node is None:
            continue
        node = node.get("properties", {}).get(path.rstrip("[]*"))
        for suffix, key in _BELOW.items():
            if node is not None and path.endswith(suffix):
                node = node.get(key)
        if isinstance(node, dict) and "$ref" not in node:
            node["enum"] = words
