"""Whether what is applied can be read by its schema, in the words in which server-side apply says that it cannot.

Unlike other writes, server-side apply takes no field that it does not know, whatever ``fieldValidation`` says: it
could not tell who owns it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from kfed.sandbox.changes.fields import element_text, name_element
from kfed.sandbox.changes.typed import UntypedError, elements, is_list
from kfed.sandbox.kinds.pruning import is_free
from kfed.schema.check.node import INT_OR_STRING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kfed.schema.check.node import Node

_CONTAINERS = {"object": (dict, "map"), "array": (list, "list")}
_GO_TYPES = {str: "string", bool: "bool", dict: "map[string]interface {}", list: "[]interface {}"}


def type_errors(node: Node, value: Any) -> str:
    """Why *value* cannot be read; empty when it can."""
    errors = list(_errors(node, value, ""))
    return errors[0] if len(errors) == 1 else "\n  ".join(["errors:", *errors]) if errors else ""


def _errors(node: Node, value: Any, path: str) -> Iterator[str]:
    if value is None or is_free(node):
        return
    if node.type not in _CONTAINERS:
        if message := _scalar(node, value):
            yield _at(path, message)
        return
    type_, name = _CONTAINERS[node.type]
    if not isinstance(value, type_):
        yield _at(path, f"expected {name}, got &{{{_go(value)}}}")
    elif isinstance(value, dict):
        yield from _map_errors(node, value, path)
    else:
        yield from _list_errors(node, value, path)


def _map_errors(node: Node, value: dict[str, Any], path: str) -> Iterator[str]:
    for name in sorted(value):
        here = path + element_text(name_element(name))
        field = node.field(name)
        if field is None:
            yield _at(here, "field not declared in schema")
            return
        yield from _errors(field, value[name], here)


def _list_errors(node: Node, value: list[Any], path: str) -> Iterator[str]:
    if not is_list(node, value):
        for index, item in enumerate(value):
            yield from _errors(node.element, item, f"{path}[{index}]")
        return
    seen = set()
    try:
        for element, item in elements(node, value, ()):
            here = element_text(element)
            if element in seen:
                yield _at(path, f"duplicate entries for key {here}")
            seen.add(element)
            yield from _errors(node.element, item, path + here)
    except UntypedError as error:
        yield _at(path, str(error).removeprefix(": "))


def _scalar(node: Node, value: Any) -> str:
    """What is wrong with a value where a scalar is expected."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    match node.type:
        case "integer" | "number" if not is_number:
            return f"expected numeric (int or float), got {_GO_TYPES[type(value)]}"
        case "string" if not isinstance(value, str):
            shown = f"&value.valueUnstructured{{Value:{_go(value)}}}"
            return f"expected string, got {shown}"
        case "boolean" if not isinstance(value, bool):
            return f"expected boolean, got &{{{_go(value)}}}"
        case _ if node.type == INT_OR_STRING and not isinstance(value, str | int | float):
            return f"expected any scalar, got &{{{_go(value)}}}"
    return ""


def _at(path: str, message: str) -> str:
    return f"{path}: {message}" if path else message


def _go(value: Any) -> str:
    """A value about as Go's ``%v`` writes it."""
    match value:
        case dict():
            return f"map[{' '.join(f'{key}:{_go(value[key])}' for key in sorted(value))}]"
        case list():
            return f"[{' '.join(map(_go, value))}]"
        case str():
            return value
        case None:
            return "<nil>"
        case _:
            return json.dumps(value)
