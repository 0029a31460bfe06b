"""Words for what is wrong with a value: where it stands, what it is, what would have been right."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kfed.core.pointer import Path

    Show = Callable[[Any], str]

_PLAIN_KEY = re.compile(r"[A-Za-z_$][\w-]*")
_SHOWN_LENGTH = 60
_SHOWN_PATTERN = 200
_SHOWN_NAMES = 8
_SHOWN_NUMBER = 10**_SHOWN_LENGTH
_KINDS = {
    dict: "a map",
    list: "a list",
    str: "a string",
    bool: "true or false",
    int: "an integer",
    float: "a number",
    type(None): "null",
}


def subject(path: Path) -> str:
    """A place as one names it in a sentence: the last two names of its path, ``containers[0].image``."""
    names = [index for index, token in enumerate(path) if isinstance(token, str)]
    start = names[-2] if len(names) > 1 else 0
    text = ""
    for token in path[start:]:
        if isinstance(token, int):
            text += f"[{token}]"
            continue
        name = shortened(token, _SHOWN_LENGTH)
        if _PLAIN_KEY.fullmatch(token):
            text += f".{name}" if text else name
        else:
            text += f"[{json.dumps(name, ensure_ascii=False)}]" if text else name
    return text


def kind_of(value: Any) -> str:
    """What sort of value it is: ``a map``, ``an integer``."""
    return _KINDS.get(type(value), f"a {type(value).__name__}")


def show(value: Any) -> str:
    """A value in a sentence: itself when it is a single one and short, otherwise what sort of value it is."""
    if value is None or isinstance(value, dict | list) or (isinstance(value, int) and abs(value) >= _SHOWN_NUMBER):
        return kind_of(value)
    return shortened(json.dumps(value, ensure_ascii=False, default=str), _SHOWN_LENGTH)


def shortened(text: str, most: int = _SHOWN_PATTERN) -> str:
    """The beginning of a text, of at most so many characters."""
    return text if len(text) <= most else f"{text[:most]}…"


def listed(names: Iterable[str], last: str = "or") -> str:
    """Names in a sentence: ``a, b or c``; of many, the first few."""
    every = [shortened(name, _SHOWN_LENGTH) for name in names]
    if len(every) > _SHOWN_NAMES:
        return f"{', '.join(every[:_SHOWN_NAMES])} {last} {len(every) - _SHOWN_NAMES} more"
    return f" {last} ".join(filter(None, (", ".join(every[:-1]), *every[-1:])))


def suggestion(name: str) -> str:
    """The end of a sentence that a nearest name goes into, if there is one."""
    return f"; did you mean {name}?" if name else "."
