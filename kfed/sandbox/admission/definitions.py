"""Whether the versions of a CustomResourceDefinition are ones that a server takes, in its words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.core.manifest import is_label
from kfed.errors import SchemaError
from kfed.sandbox.admission.structure import structure_causes
from kfed.sandbox.values.causes import invalid_value, required

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kfed.sandbox.values.causes import Cause

_LABEL = (
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic "
    "character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is "
    "'[a-z]([-a-z0-9]*[a-z0-9])?')"
)
_TYPES = ("boolean", "date", "integer", "number", "string")
_FORMATS = ("byte", "date", "date-time", "double", "float", "int32", "int64", "password")
_SCALE = (
    ("specReplicasPath", (".spec.",), ".spec"),
    ("statusReplicasPath", (".status.",), ".status"),
    ("labelSelectorPath", (".spec.", ".status."), "either .spec or .status"),
)


class DefinitionError(SchemaError):
    """A CustomResourceDefinition is not one that a server takes; *causes* say what is wrong with it."""

    def __init__(self, causes: list[Cause]) -> None:
        super().__init__("; ".join(f"{cause['field']}: {cause['message']}" for cause in causes))
        self.causes = causes


def version_causes(manifest: Mapping[str, Any]) -> list[Cause]:
    """What a server has against the versions of a CustomResourceDefinition.

    Args:
        manifest: has passed the schema that CustomResourceDefinitions have themselves.
    """
    versions = manifest["spec"].get("versions") or []
    causes = list(_names(versions))
    # Where all versions say the same, a server speaks of it as if it were said once.
    for place, version in _told(versions, "schema"):
        if (schema := (version.get("schema") or {}).get("openAPIV3Schema")) is not None:
            where = "spec.validation" if place is None else f"spec.versions[{place}].schema"
            causes += structure_causes(schema, f"{where}.openAPIV3Schema")
    for place, version in _told(versions, "subresources"):
        causes += _scale((version.get("subresources") or {}).get("scale"), _prefix(place))
    for place, version in _told(versions, "additionalPrinterColumns"):
        for index, column in enumerate(version.get("additionalPrinterColumns") or ()):
            causes += _column(column, f"{_prefix(place)}additionalPrinterColumns[{index}]")
    return causes


def _names(versions: list[dict[str, Any]]) -> Iterator[Cause]:
    names = [version.get("name", "") for version in versions]
    for place, name in enumerate(names):
        if not is_label(name) or name[:1].isdigit():
            yield invalid_value(f"spec.versions[{place}].name", name, _LABEL)
            if place == 0:  # the server takes it for spec.version, which an older form had
                yield invalid_value("spec.version", name, _LABEL)
    if len(set(names)) != len(names):
        yield invalid_value("spec.versions", names, "must contain unique version names")


def _told(versions: list[dict[str, Any]], what: str) -> list[tuple[int | None, dict[str, Any]]]:
    """The versions with their places; only the first, without a place, where all of them say the same of *what*."""
    if versions and all(version.get(what) == versions[0].get(what) for version in versions):
        return [(None, versions[0])]
    return list(enumerate(versions))


def _prefix(place: int | None) -> str:
    return "spec." if place is None else f"spec.versions[{place}]."


def _scale(scale: dict[str, str] | None, prefix: str) -> Iterator[Cause]:
    for name, prefixes, where in _SCALE if scale is not None else ():
        path, field = (scale or {}).get(name, ""), f"{prefix}subresources.scale.{name}"
        if not path:
            if name != "labelSelectorPath":
                yield required(field)
            continue
        if not path.startswith("."):
            yield from _path(path, field)
        elif not path.startswith(prefixes):
            yield invalid_value(field, path, f"should be a json path under {where}")


def _column(column: dict[str, Any], field: str) -> Iterator[Cause]:
    kind, form, path = column.get("type", ""), column.get("format", ""), column.get("jsonPath", "")
    if not column.get("name"):
        yield required(f"{field}.name")
    if not kind:
        yield required(f"{field}.type", f"must be one of {','.join(_TYPES)}")
    elif kind not in _TYPES:
        yield invalid_value(f"{field}.type", kind, f"must be one of {','.join(_TYPES)}")
    if form and form not in _FORMATS:
        yield invalid_value(f"{field}.format", form, f"must be one of {','.join(_FORMATS)}")
    if path:
        yield from _path(path, f"{field}.JSONPath")
    else:
        yield required(f"{field}.JSONPath")


def _path(path: str, field: str) -> Iterator[Cause]:
    if not path.startswith("."):
        yield invalid_value(field, path, "must be a simple json path starting with .")
