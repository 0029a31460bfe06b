"""CustomResourceDefinitions: what is not valid about one, in the words and the order of k8s.io/apiextensions-apiserver.

Not looked at are webhooks for conversion, selectable fields, and what `structure` leaves out of schemas.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from kfed.sandbox.admission.structure import structure_causes
from kfed.sandbox.values.causes import invalid_value, required, unsupported
from kfed.sandbox.values.filling import maps, part
from kfed.sandbox.values.naming import subdomain_problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kfed.sandbox.values.causes import Cause

    Manifest = dict[str, Any]

_LABEL = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
_LABEL_SAYS = (
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic "
    "character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is "
    "'[a-z]([-a-z0-9]*[a-z0-9])?')"
)
_LONGEST = 63
_NAMES = ("plural", "singular", "kind", "listKind")
_MIXED = "may have mixed case, but should otherwise match: "
_SCOPES, _STRATEGIES = ("Cluster", "Namespaced"), ("None", "Webhook")
_PROTECTED = re.compile(r"(.*\.)?(k8s|kubernetes)\.io")
_APPROVED = "api-approved.kubernetes.io"
_APPROVAL = f'protected groups must have approval annotation "{_APPROVED}", '
_APPROVAL += "see https://github.com/kubernetes/enhancements/pull/1111"
_FREE = "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead"
_SHARED = ("schema", "subresources", "additionalPrinterColumns")
_MISSING = (
    "missing from spec.versions; {name} was previously a storage version, and must remain in spec.versions "
    "until a storage migration ensures no data remains persisted in {name} and removes {name} from "
    "status.storedVersions"
)
_TYPES = ("boolean", "date", "integer", "number", "string")
_FORMATS = ("byte", "date", "date-time", "double", "float", "int32", "int64", "password")
_SCALE = (
    ("specReplicasPath", (".spec.",), ".spec"),
    ("statusReplicasPath", (".status.",), ".status"),
    ("labelSelectorPath", (".spec.", ".status."), "either .spec or .status"),
)


def definition_causes(manifest: Manifest, old: Manifest | None) -> Iterator[Cause]:
    """What a server has against a CustomResourceDefinition.

    Args:
        manifest: it can be read as one, and has its defaults; its metadata is not looked at, but for its name.
        old: as it is stored; ``None`` when it is new.
    """
    spec, metadata = part(manifest, "spec"), manifest["metadata"]
    group, names = spec.get("group") or "", part(spec, "names")
    if old is None and (name := metadata.get("name")) and name != f"{names.get('plural') or ''}.{group}":
        yield invalid_value("metadata.name", name, 'must be spec.names.plural+"."+spec.group')
    yield from _group(group)
    if (scope := spec.get("scope")) not in _SCOPES:
        yield unsupported("spec.scope", scope, _SCOPES) if scope else required("spec.scope")
    yield from _versions(spec.get("versions"), _shared(spec))
    yield from _names(names)
    yield from _version(_shared(spec), "spec.", "spec.validation")
    if "conversion" in spec and (strategy := part(spec, "conversion").get("strategy")) not in _STRATEGIES:
        yield unsupported("spec.conversion.strategy", strategy, _STRATEGIES)
    if old is not None:
        yield from _changes(part(old, "spec"), spec, is_established=is_established(old))
    yield from _stored(part(manifest, "status").get("storedVersions"), list(maps(spec, "versions")))
    if _PROTECTED.fullmatch(group) and not part(metadata, "annotations").get(_APPROVED):
        yield required(f"metadata.annotations[{_APPROVED}]", _APPROVAL)
    if spec.get("preserveUnknownFields"):
        yield invalid_value("spec.preserveUnknownFields", value=True, why=_FREE)


def is_established(manifest: Manifest) -> bool:
    """Whether the types of a CustomResourceDefinition are served."""
    conditions = maps(part(manifest, "status"), "conditions")
    return any(entry["type"] == "Established" and entry["status"] == "True" for entry in conditions)


def _shared(spec: Manifest) -> Manifest:
    """What all versions say the same of: a server speaks of it as if it were said once."""
    first, *others = list(maps(spec, "versions")) or [{}]
    return {
        name: first[name] for name in _SHARED if name in first and all(first[name] == one.get(name) for one in others)
    }


def _group(group: str) -> Iterator[Cause]:
    problems = subdomain_problems(group)
    if not group:
        yield required("spec.group")
    elif not problems and "." not in group:
        problems = ["should be a domain with at least one dot"]
    yield from (invalid_value("spec.group", group, problem) for problem in problems if group)


def _versions(listed: list[Manifest] | None, shared: Manifest) -> Iterator[Cause]:
    versions = list(listed or ())
    for place, version in enumerate(versions):
        if part(version, "schema").get("openAPIV3Schema") is None:
            yield required(f"spec.versions[{place}].schema.openAPIV3Schema")
    for place, version in enumerate(versions):
        own = {name: value for name, value in version.items() if name not in shared}
        yield from _version(own, f"spec.versions[{place}].", f"spec.versions[{place}].schema")
    names = [version.get("name") or "" for version in versions]
    for place, name in enumerate(names):
        yield from _label(name, f"spec.versions[{place}].name")
    if len(set(names)) != len(names):
        yield invalid_value("spec.versions", listed, "must contain unique version names")
    if sum(1 for version in versions if version.get("storage")) != 1:
        yield invalid_value("spec.versions", listed, "must have exactly one version marked as storage version")
    if names:  # the server takes the first for spec.version, which an older form had
        yield from _label(names[0], "spec.version")


def _version(version: Manifest, prefix: str, where: str) -> Iterator[Cause]:
    """What is not valid about a version, or about what all have in common; *where* its schema is said to stand."""
    if (schema := part(version, "schema").get("openAPIV3Schema")) is not None:
        yield from structure_causes(schema, f"{where}.openAPIV3Schema")
    yield from _scale(part(version, "subresources").get("scale"), prefix)
    for index, column in enumerate(version.get("additionalPrinterColumns") or ()):
        yield from _column(column, f"{prefix}additionalPrinterColumns[{index}]")


def _names(names: Manifest) -> Iterator[Cause]:
    for name in _NAMES:
        if not names.get(name):
            yield required(f"spec.names.{name}")
    for name in filter(names.get, _NAMES):
        yield from _label(names[name], f"spec.names.{name}", is_mixed=name in {"kind", "listKind"})
    for place, value in enumerate(names.get("shortNames") or ()):
        yield from _label(value, f"spec.names.shortNames[{place}]")
    if names.get("kind") and names["kind"] == names.get("listKind"):
        yield invalid_value("spec.names.listKind", names["listKind"], "kind and listKind may not be the same")
    for place, value in enumerate(names.get("categories") or ()):
        yield from _label(value, f"spec.names.categories[{place}]")


def _label(value: str, field: str, *, is_mixed: bool = False) -> Iterator[Cause]:
    says = [f"must be no more than {_LONGEST} characters"] if len(value) > _LONGEST else []
    says += [] if _LABEL.fullmatch(value.lower() if is_mixed else value) else [_LABEL_SAYS]
    if says:
        yield invalid_value(field, value, (_MIXED if is_mixed else "") + ",".join(says))


def _changes(before: Manifest, after: Manifest, *, is_established: bool) -> Iterator[Cause]:
    paths = [("group",), ("names", "plural")]
    for path in [("scope",), ("names", "kind"), *paths] if is_established else paths:
        was, now = (part(spec, *path[:-1]).get(path[-1]) for spec in (before, after))
        if was != now:
            yield invalid_value(f"spec.{'.'.join(path)}", now, "field is immutable")


def _stored(stored: list[str] | None, versions: list[Manifest]) -> Iterator[Cause]:
    field = "status.storedVersions"
    if not stored:
        yield invalid_value(field, None, "must have at least one stored version")
        return
    places = {name: place for place, name in enumerate(stored)}
    for version in versions:
        name = version.get("name") or ""
        if places.pop(name, None) is None and version.get("storage"):
            yield invalid_value(field, stored, f"must have the storage version {name}")
    for name, place in places.items():
        yield invalid_value(f"{field}[{place}]", name, _MISSING.format(name=name))


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
