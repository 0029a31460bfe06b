"""Field selectors in their text form, as k8s.io/apimachinery ``fields.ParseSelector`` reads them, and in its words.

Which fields there are depends on the type: kube-apiserver knows a few for some, and the name and namespace for all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kfed.sandbox.errors import bad_request, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kfed.sandbox.kinds.served import ServedType
    from kfed.sandbox.state.records import Record

_NAMES = ("metadata.name", "metadata.namespace")
# What a type has beside metadata.name and metadata.namespace; in release 1.37, found by asking kube-apiserver.
_FIELDS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("", "pods"): (
        *("spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "spec.hostNetwork"),
        *("status.phase", "status.podIP", "status.podIPs", "status.nominatedNodeName"),
    ),
    ("", "nodes"): ("spec.unschedulable",),
    ("", "replicationcontrollers"): ("status.replicas",),
    ("", "events"): (
        *("involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid"),
        *("involvedObject.apiVersion", "involvedObject.resourceVersion", "involvedObject.fieldPath"),
        *("reason", "reportingComponent", "source", "type"),
    ),
    ("events.k8s.io", "events"): (
        *("regarding.kind", "regarding.namespace", "regarding.name", "regarding.uid", "regarding.apiVersion"),
        *("regarding.resourceVersion", "regarding.fieldPath", "reason", "reportingController", "type"),
    ),
    ("", "namespaces"): ("status.phase",),
    ("", "secrets"): ("type",),
    ("", "services"): ("spec.clusterIP", "spec.type"),
    ("batch", "jobs"): ("status.successful",),
    ("certificates.k8s.io", "certificatesigningrequests"): ("spec.signerName",),
    ("certificates.k8s.io", "clustertrustbundles"): ("spec.signerName",),
    ("certificates.k8s.io", "podcertificaterequests"): ("spec.signerName", "spec.podName", "spec.nodeName"),
    ("resource.k8s.io", "resourceslices"): ("spec.nodeName", "spec.driver", "spec.pool.name"),
}
_BY_NAME_ONLY = frozenset(
    {"nodes", "namespaces", "certificatesigningrequests", "clustertrustbundles", "resourceslices"}
    | {"podcertificaterequests"}
)
# Fields that are kept elsewhere in the manifest than their names say.
_PLACES = {"source": "source.component", "status.successful": "status.succeeded"}
_PLACES |= {"reportingController": "reportingComponent"}
_NUMBERS = frozenset({"status.replicas", "status.successful"})
_FLAGS = frozenset({"spec.hostNetwork", "spec.unschedulable"})


@dataclass(frozen=True, slots=True)
class FieldTerm:
    """One term of a field selector: ``path = value``, or ``path != value``."""

    path: str
    equal: bool
    value: str


def parse_fields(served: ServedType, text: str) -> tuple[FieldTerm, ...]:
    """A field selector's terms, all of which must hold.

    Raises:
        ApiError: 400, it cannot be read, or the type has no such field.
    """
    terms = []
    for part in _split(text):
        term = _term(part, text)
        if not term.path and not term.value:
            continue
        _check_field(served, term.path)
        terms.append(term)
    return tuple(terms)


def _split(text: str) -> list[str]:
    """Terms are divided by commas that no backslash stands before."""
    return [part for part in re.split(r"(?<!\\),", text) if part]


def _term(part: str, text: str) -> FieldTerm:
    found = re.match(r"((?:[^=!\\]|\\.|!(?!=))*)(==|!=|=)(.*)", part, re.DOTALL)
    if found is None:
        raise bad_request(f"invalid selector: '{text}'; can't understand '{part}'")
    return FieldTerm(found[1], found[2] != "!=", _unescaped(found[3]))


def _unescaped(value: str) -> str:
    plain = ""
    characters = iter(value)
    for character in characters:
        if character == "\\":
            following = next(characters, "")
            if following not in {"\\", ",", "="}:
                raise bad_request(f"invalid field selector: invalid escape sequence: \\{following}")
            plain += following
        elif character in ",=":
            raise bad_request(f"invalid field selector: unescaped character in value: {ord(character)}")
        else:
            plain += character
    return plain


def _check_field(served: ServedType, path: str) -> None:
    special = _FIELDS.get((served.group, served.plural), ())
    names = _NAMES[:1] if special and served.plural in _BY_NAME_ONLY else _NAMES
    if path in names or path in special or path in served.selectable:
        return
    if served.crd is not None:
        raise bad_request(f"field label not supported: {path}")
    if not special:
        raise bad_request(f'{quoted(path)} is not a known field selector: only "metadata.name", "metadata.namespace"')
    match served.plural:
        case "jobs":
            raise bad_request(f"field label {quoted(path)} not supported for Job")
        case "resourceslices":
            kind = f"{served.resource.gvk.api_version}, Kind=ResourceSlice"
            raise bad_request(f"field label not supported for {kind}: {path}")
    raise bad_request(f"field label not supported: {path}")


def has_fields(record: Record, terms: tuple[FieldTerm, ...]) -> bool:
    """Whether an object fulfils all *terms*."""
    manifest: Any = None
    for term in terms:
        if term.path == "metadata.name":
            found = record.key.name
        elif term.path == "metadata.namespace":
            found = record.key.namespace
        else:
            manifest = record.manifest() if manifest is None else manifest
            found = _field(manifest, term.path)
        if (found == term.value) is not term.equal:
            return False
    return True


def _field(manifest: Any, path: str) -> str:
    """A field as text, as selectors see it: what is absent is ``""``, or a number's or flag's zero."""
    value = manifest
    for step in _PLACES.get(path, path.replace("regarding.", "involvedObject.")).split("."):
        value = value.get(step) if isinstance(value, dict) else None
    if value is None and path == "source":
        value = manifest.get("reportingComponent")
    if path == "status.podIPs":
        return ",".join(entry.get("ip", "") for entry in manifest.get("status", {}).get("podIPs") or ())
    if isinstance(value, bool) or path in _FLAGS:
        return "true" if value else "false"
    if value is None and path in _NUMBERS:
        return "0"
    return "" if value is None else str(value)
