"""How deeply what is sent may be nested: deep enough for any object that is meant, and not so deep as to end us."""

from __future__ import annotations

from typing import Any

from kfed.sandbox.errors import bad_request

_DEEPEST = 256


def check_nesting(value: Any) -> None:
    """Refuse what is nested too deeply.

    A real kube-apiserver takes 10,000 levels; no type has more than some dozens.

    Raises:
        ApiError: 400.
    """
    level = [value]
    for _ in range(_DEEPEST):
        level = [
            item
            for container in level
            for item in (container.values() if isinstance(container, dict) else container)
            if isinstance(item, dict | list)
        ]
        if not level:
            return
    raise bad_request(f"the object is nested too deeply: more than {_DEEPEST} levels")
