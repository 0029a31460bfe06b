"""What is not valid about a custom resource by its schema, in the words of k8s.io/apiextensions-apiserver."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from kfed.sandbox.admission.branchmatch import match_count
from kfed.sandbox.kinds.pruning import field_of, is_free
from kfed.sandbox.values.causes import duplicate, invalid_value, required, shown, too_long, too_many, unsupported
from kfed.schema.check.compile import Compiler
from kfed.schema.check.limits import identity_of
from kfed.schema.check.node import INT_OR_STRING
from kfed.schema.formats.table import INTEGER_RANGES, format_of
from kfed.schema.patterns import compile_pattern

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kfed.sandbox.kinds.served import ScalePaths
    from kfed.sandbox.values.causes import Cause
    from kfed.schema.check.mistakes import Check
    from kfed.schema.check.node import Node

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    INT_OR_STRING: (int, str),
}
_NAMES = {
    type(None): "null",
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
}
_TYPE_INVALID = "FieldValueTypeInvalid"
# What says nothing of one field stands at no field.
_NOWHERE = "<nil>"
_PLAIN = re.compile(r"[^.\[\]]+")
_MOST_REPLICAS = 2**31 - 1


def schema_causes(node: Node, value: Any, field: str = "") -> Iterator[Cause]:
    """What is not valid about *value*, which is to have been pruned and to have its defaults.

    Args:
        node: its schema.
        value: any value.
        field: where it stands, such as ``spec.ports[0]``; empty for a whole object.
    """
    if value is None and node.is_nullable:
        return
    if not _is_type(node, value):
        yield _wrong_type(node, value, field)
        if node.type == "integer" and isinstance(value, int | float) and not isinstance(value, bool):
            yield _wrong_integer(node, field)
    yield from _branches_causes(node, value, field)
    match value:
        case dict():
            yield from _map_causes(node, value, field)
        case list():
            yield from _list_causes(node, value, field)
        case str():
            yield from _text_causes(node, value, field)
        case bool() | None:
            pass
        case _:
            yield from _number_causes(node, value, field)
    choices = node.schema.get("enum")
    if choices and identity_of(value) not in {identity_of(choice) for choice in choices}:
        yield unsupported(field, value, (choice if isinstance(choice, str) else shown(choice) for choice in choices))


def scale_causes(paths: ScalePaths, manifest: dict[str, Any]) -> Iterator[Cause]:
    """What is not valid about the numbers of replicas, which are numbers whatever the schema says."""
    for path in (paths.spec, paths.status):
        value: Any = manifest
        for step in path.strip(".").split("."):
            value = value.get(step) if isinstance(value, dict) else None
        if isinstance(value, str | bool | float):
            kind = {str: "string", bool: "bool", float: "float64"}[type(value)]
            said = f"{str(value).lower() if isinstance(value, bool) else value} is of the type {kind}, expected int64"
            yield invalid_value(path, 0, f"{path} accessor error: {said}")
        elif isinstance(value, int) and value < 0:
            yield invalid_value(path, value, "should be a non-negative integer")
        elif isinstance(value, int) and value > _MOST_REPLICAS:
            yield invalid_value(path, value, f"should be less than or equal to {_MOST_REPLICAS}")


def _is_type(node: Node, value: Any) -> bool:
    if is_free(node):
        return True
    expected = _TYPES.get(node.type, ())
    if isinstance(value, int) and float not in expected and not is_int64(value):
        return False
    return isinstance(value, expected) and (not isinstance(value, bool) or node.type == "boolean")


def is_int64(value: int) -> bool:
    """Whether Go reads a number as an integer; those that are larger become floating."""
    low, high = INTEGER_RANGES["int64"]
    return low <= value <= high


def _wrong_integer(node: Node, field: str) -> Cause:
    format_ = node.schema.get("format")
    known = f"with format {format_}" if format_ in INTEGER_RANGES else "(default format)"
    return invalid_value(_NOWHERE, "", f"Checked value must be of type integer {known} in {field}")


def _wrong_type(node: Node, value: Any, field: str) -> Cause:
    wanted = "integer,string" if node.type == INT_OR_STRING else node.type
    found = _type_name(value)
    return invalid_value(field, found, f'{field} in body must be of type {wanted}: "{found}"', _TYPE_INVALID)


def _branches_causes(node: Node, value: Any, field: str) -> Iterator[Cause]:
    """What is not valid about a value by ``allOf`` and the like."""
    for key in ("allOf", "anyOf", "oneOf"):
        branches = node.schema.get(key)
        if branches and (why := _branches_hold(node, branches, key, value)):
            told = invalid_value(_NOWHERE, "", f'"{field}" must validate {why}')
            below = _branch_causes(node, branches, key, value, field)
            yield from (*below, told) if key == "allOf" else (told, *below)
    if "not" in node.schema and _holds(node, node.schema["not"], value):
        yield invalid_value(_NOWHERE, "", f'"{field}" must not validate the schema (not)')


def _branch_causes(node: Node, branches: list[Any], key: str, value: Any, field: str) -> Iterator[Cause]:
    """What is wrong by the branches: by each of ``allOf``, else by the one that comes nearest, when none holds."""
    nodes = [node.alternative(branch) for branch in branches]
    if key == "allOf":
        for branch in nodes:
            yield from schema_causes(branch, value, field)
    elif not any(_holds(node, branch, value) for branch in branches):
        yield from schema_causes(max(nodes, key=lambda branch: match_count(branch, value)), value, field)


def _branches_hold(node: Node, branches: list[Any], key: str, value: Any) -> str:
    """Why they do not; empty when they do."""
    valid = sum(_holds(node, branch, value) for branch in branches)
    if key == "allOf" and valid < len(branches):
        return "all the schemas (allOf)" + ("" if valid else ". None validated")
    if key == "anyOf" and not valid:
        return "at least one schema (anyOf)"
    if key == "oneOf" and valid != 1:
        count = f"{valid} valid alternatives" if valid else "none valid"
        return f"one and only one schema (oneOf). Found {count}"
    return ""


def _holds(node: Node, branch: dict[str, Any], value: Any) -> bool:
    return not _compiled(node.alternative(branch))(value)


@lru_cache(maxsize=8192)
def _compiled(branch: Node) -> Check:
    return Compiler(redact=True).compile(branch)


def _map_causes(node: Node, value: dict[str, Any], field: str) -> Iterator[Cause]:
    most, least = node.schema.get("maxProperties"), node.schema.get("minProperties")
    if most is not None and len(value) > most:
        yield too_many(field, len(value), most)
    if least is not None and len(value) < least:
        yield invalid_value(field, len(value), f"{field} in body should have at least {least} properties")
    for name in sorted(node.required - value.keys()):
        yield required(_below(field, name))
    for name, item in value.items():
        below = field_of(node, name)
        if below is not None and below.schema:
            yield from schema_causes(below, item, _below(field, name))


def _list_causes(node: Node, value: list[Any], field: str) -> Iterator[Cause]:
    for index, item in enumerate(value):
        yield from schema_causes(node.element, item, f"{field}[{index}]")
    most, least = node.schema.get("maxItems"), node.schema.get("minItems")
    if most is not None and len(value) > most:
        yield too_many(field, len(value), most)
    if least is not None and len(value) < least:
        yield invalid_value(field, len(value), f"{field} in body should have at least {least} items")
    yield from _duplicates(node, value, field)


def _duplicates(node: Node, value: list[Any], field: str) -> Iterator[Cause]:
    """The elements of a set, or of a list with keys, that are there before."""
    kind = node.schema.get("x-kubernetes-list-type")
    if kind not in {"set", "map"}:
        return
    seen = set()
    for index, item in enumerate(value):
        identity = item
        if kind == "map":
            if not isinstance(item, dict):
                continue
            identity = {key: item[key] for key in node.list_keys if key in item}
        if (known := identity_of(identity)) in seen:
            yield duplicate(f"{field}[{index}]", identity)
        seen.add(known)


def _text_causes(node: Node, value: str, field: str) -> Iterator[Cause]:
    schema = node.schema
    most, least = schema.get("maxLength"), schema.get("minLength")
    pattern = schema.get("pattern")
    if most is not None and len(value) > most:
        yield too_long(field, most)
    elif least is not None and len(value) < least:
        yield invalid_value(field, value, f"{field} in body should be at least {least} chars long")
    elif pattern and (compiled := compile_pattern(pattern)) and not compiled.matches(value):
        yield invalid_value(field, value, f"{field} in body should match '{pattern}'")
    known = format_of(schema)
    if known is not None and not known.accepts(value):
        yield invalid_value(
            field, value, f"{field} in body must be of type {schema['format']}: {_quoted(value)}", _TYPE_INVALID
        )


def _number_causes(node: Node, value: float, field: str) -> Iterator[Cause]:
    schema = node.schema
    step, format_ = schema.get("multipleOf"), schema.get("format")
    if format_ in INTEGER_RANGES:
        low, high = INTEGER_RANGES[format_]
        if not low <= value <= high:
            yield _wrong_integer(node, field)
    if step and (value % step if isinstance(value, int) and isinstance(step, int) else (value / step) % 1):
        yield invalid_value(field, value, f"{field} in body should be a multiple of {_number(step)}")
    yield from _bound_causes(schema, value, field)


def _bound_causes(schema: Mapping[str, Any], value: float, field: str) -> Iterator[Cause]:
    for key, words, sign in (("maximum", "less than", 1), ("minimum", "greater than", -1)):
        bound = schema.get(key)
        if bound is None:
            continue
        exclusive = bool(schema.get(f"exclusive{key.capitalize()}"))
        if sign * (value - bound) > 0 or (exclusive and value == bound):
            limit = f"{words} {_number(bound)}" if exclusive else f"{words} or equal to {_number(bound)}"
            yield invalid_value(field, value, f"{field} in body should be {limit}")


def _type_name(value: Any) -> str:
    if isinstance(value, int) and not is_int64(value):
        return "number"
    return _NAMES.get(type(value), "object")


def _below(field: str, name: str) -> str:
    return f"{field}.{name}" if field else name


def _number(value: float) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _quoted(value: str) -> str:
    return '"' + value + '"'
