"""Causes: what is not valid and where, in the words of k8s.io/apimachinery ``util/validation/field``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from kfed.sandbox.errors import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable

Cause = dict[str, str]


def invalid_value(field: str, value: Any, why: str, reason: str = "FieldValueInvalid") -> Cause:
    """A value that is not what it should be; *why* says what that is."""
    return _cause(reason, f"Invalid value: {shown(value)}: {why}", field)


def required(field: str, why: str = "") -> Cause:
    """A field that must be there is not, or is empty."""
    return _cause("FieldValueRequired", f"Required value: {why}" if why else "Required value", field)


def duplicate(field: str, value: Any) -> Cause:
    """A value is there twice, and may be once."""
    return _cause("FieldValueDuplicate", f"Duplicate value: {shown(value)}", field)


def unsupported(field: str, value: Any, supported: Iterable[Any]) -> Cause:
    """A value is none of those that can be."""
    values = ", ".join(map(shown, supported))
    return _cause("FieldValueNotSupported", f"Unsupported value: {shown(value)}: supported values: {values}", field)


def forbidden_field(field: str, why: str) -> Cause:
    """A field may not be there."""
    return _cause("FieldValueForbidden", f"Forbidden: {why}", field)


def unknown_name(field: str, name: str) -> Cause:
    """A name is of nothing."""
    return _cause("FieldValueNotFound", f"Not found: {quoted(name)}", field)


def too_long(field: str, most: int) -> Cause:
    """A text is too long."""
    return _cause("FieldValueTooLong", f"Too long: may not be more than {most} bytes", field)


def too_many(field: str, count: int, most: int) -> Cause:
    """A list or a map has too many entries."""
    unit = "item" if most == 1 else "items"
    return _cause("FieldValueTooMany", f"Too many: {count}: must have at most {most} {unit}", field)


def shown(value: Any) -> str:
    """A value as messages show it: as JSON, the keys of a map in order."""
    if isinstance(value, str):
        return quoted(value)
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def _cause(reason: str, message: str, field: str) -> Cause:
    return {"reason": reason, "message": message, "field": field}
