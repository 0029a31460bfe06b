"""Ownership: whether a server still has an object as it was applied, told by ``managedFields`` alone.

Server-side apply notes for every manager the fields that it set (KEP-555, "Field management"). As soon as anybody else
gives one of them another value, or removes it, the field is no longer in our entry. So an object is as we left it if
our entry still covers every field that we set; no value is compared, no default and no schema needs to be known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kfed.core.pointer import Path

# What no manager owns: it makes the object the one it is.
_IDENTITY = (("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "namespace"))


def entry_of(managed: Any, manager: str, api_version: str) -> Mapping[str, Any] | None:
    """The fields that *manager* has applied, as ``managedFields`` tells of them; ``None`` when there are none.

    Args:
        managed: ``metadata.managedFields``.
        manager: its name.
        api_version: of the object that it applied; an entry of another version says nothing of this one's fields.
    """
    for entry in managed if isinstance(managed, list) else ():
        match entry:
            case {"manager": str(name), "operation": "Apply", "apiVersion": str(version), "fieldsV1": dict(fields)}:
                if (name, version) == (manager, api_version) and not entry.get("subresource"):
                    return fields
    return None


def uncovered(fields: Mapping[str, Any], desired: Mapping[str, Any]) -> Path | None:
    """The first field of *desired* that an entry does not cover; ``None`` when it covers them all.

    Args:
        fields: ``fieldsV1`` of an entry.
        desired: the object that was applied.
    """
    return _in_map(fields, desired, ())


def _in_map(fields: Mapping[str, Any], desired: Mapping[str, Any], at: Path) -> Path | None:
    for key, value in desired.items():
        path = (*at, key)
        if path in _IDENTITY or value is None:
            continue
        below = fields.get(f"f:{key}")
        if below is None:
            if path == ("metadata",) and not _has_fields(value):
                continue
            return path
        missing = _below(below, value, path)
        if missing is not None:
            return missing
    return None


def _has_fields(metadata: Any) -> bool:
    return not isinstance(metadata, dict) or bool(metadata.keys() - {"name", "namespace"})


def _below(fields: Mapping[str, Any], value: Any, path: Path) -> Path | None:
    """What is not covered below a field that is; without anything below it, a field is owned as a whole."""
    if not fields:
        return None
    match value:
        case dict():
            return _in_map(fields, value, path)
        case list():
            return _in_list(fields, value, path)
    return None


def _in_list(fields: Mapping[str, Any], elements: list[Any], path: Path) -> Path | None:
    keyed = [(orjson.loads(key[2:]), below) for key, below in fields.items() if key.startswith("k:")]
    for index, element in enumerate(elements):
        if isinstance(element, dict):
            below = _element(keyed, element)
            if below is None:
                return (*path, index)
            missing = _below(below, element, (*path, index))
            if missing is not None:
                return missing
        elif f"v:{orjson.dumps(element).decode()}" not in fields:
            return (*path, index)
    return None


def _element(keyed: Iterable[tuple[Mapping[str, Any], Any]], element: Mapping[str, Any]) -> Any:
    """What is owned of the element with the same keys; a key that it leaves out has a default."""
    for keys, below in keyed:
        if all(name not in element or element[name] == value for name, value in keys.items()):
            return below
    return None
