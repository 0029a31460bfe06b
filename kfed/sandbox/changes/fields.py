"""Sets of fields, as ``metadata.managedFields`` holds them: FieldsV1 in and out, and a path as people read it.

A path is a tuple of elements in the form they have in FieldsV1: ``f:name`` for a field, ``k:{"name":"c"}`` for the
element of a list that has these keys, ``v:"x"`` for the element of a set. A set of fields is a set of such paths.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    FieldPath = tuple[str, ...]
    FieldSet = frozenset[FieldPath]
    # FieldsV1: what a path begins with to what it goes on with; "." stands for the path so far.
    Fields = dict[str, Any]

ITSELF = "."
_WHOLE = 2**63


def name_element(name: str) -> str:
    """The element for a field of a map."""
    return f"f:{name}"


def key_element(keys: Mapping[str, Any]) -> str:
    """The element for the element of a list that its keys tell apart."""
    return f"k:{_canonical({name: _whole(value) for name, value in keys.items()})}"


def value_element(value: Any) -> str:
    """The element for an element of a set."""
    return f"v:{_canonical(_whole(value))}"


def parse_fields(fields: Any) -> FieldSet:
    """FieldsV1 to the set it stands for.

    Raises:
        ValueError: it is no FieldsV1.
    """
    return frozenset(_paths(fields, ()))


def to_fields(paths: Iterable[FieldPath]) -> Fields:
    """A set to FieldsV1, its keys in order; a path alone is empty, and one with others below it has a dot."""
    root: Fields = {}
    for path in sorted(paths):
        below, seen = root, True
        for element in path:
            # What is a member by itself and gets something below it is to say so.
            seen = element in below
            if not seen:
                below[element] = {}
            elif not below[element]:
                below[element][ITSELF] = {}
            below = below[element]
    return root


def path_text(path: FieldPath) -> str:
    """A path as kube-apiserver writes it in messages: ``.spec.template.spec.containers[name="c"].image``."""
    return "".join(map(element_text, path))


def element_text(element: str) -> str:
    """One element of a path, as kube-apiserver writes it in messages."""
    kind, _, rest = element.partition(":")
    match kind:
        case "f":
            return f".{rest}"
        case "k":
            keys = orjson.loads(rest)
            return f"[{','.join(f'{name}={_canonical(keys[name])}' for name in sorted(keys))}]"
        case "v":
            return f"[={rest}]"
        case _:
            return f"[{rest}]"


def _whole(value: Any) -> Any:
    """JSON has one kind of number: 1.0 is 1."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < _WHOLE else value


def _canonical(value: Any) -> str:
    """JSON in the one way that makes equal elements equal texts."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def _paths(fields: Any, path: FieldPath) -> Iterator[FieldPath]:
    if not isinstance(fields, dict):
        raise ValueError(f"FieldsV1 is made of maps; {path_text(path) or 'it'} is none.")  # noqa: TRY004  bad data
    for element, below in fields.items():
        if element == ITSELF:
            yield path
            continue
        here = (*path, _checked(element))
        if not below:
            yield here
        yield from _paths(below, here)


def _checked(element: str) -> str:
    """An element as this module writes it; clients may have written the same one otherwise."""
    kind, colon, rest = element.partition(":")
    if not colon or kind not in {"f", "k", "v", "i"}:
        raise ValueError(f"{element!r} is no element of FieldsV1.")
    return element if kind in {"f", "i"} else f"{kind}:{_canonical(orjson.loads(rest))}"
