"""Whose object a template becomes: its type, name and namespace, and the label that says who manages it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from kfed.core.federated import TEMPLATE
from kfed.core.finding import Severity
from kfed.core.mistake import Mistake
from kfed.core.names import is_label, is_subdomain
from kfed.core.observed import MANAGED_LABEL
from kfed.core.overrides import ABSENT, value_at
from kfed.core.patch import SERVER_FIELDS
from kfed.core.reader import kind_of, wrong_type
from kfed.core.resource import Scope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kfed.core.federated import Federated
    from kfed.core.overrides import Draft

_LABEL = ("metadata", "labels", MANAGED_LABEL)
_IDENTITY = "the federated object's own name and type"
_MANAGED = "the label that marks what is managed"
_DROPPED = "what is one cluster's own is left out"
_OWNERS = ("metadata", "ownerReferences")
# A template made from a live object may carry them.
_STRANGERS: tuple[tuple[str, ...], ...] = (("metadata", "generateName"), ("metadata", "namespace"))


def take_identity(draft: Draft, federated: Federated) -> list[Mistake]:
    """Make the template the object of that name, as KubeFed does: name, namespace and kind are forced.

    Returns:
        What of the template gives way, as warnings; or an error, after which the draft is not to be used.
    """
    metadata = draft.manifest.get("metadata")
    if not isinstance(metadata, dict | None):
        return [wrong_type(metadata, (*TEMPLATE, "metadata"), "a map")]
    mistakes = [*_drop_server_fields(draft), *_force(draft, federated)]
    if draft.manifest.get("apiVersion") in (None, ""):
        draft.set(("apiVersion",), federated.config.target.gvk.api_version, _IDENTITY)
    return [*mistakes, *seal(draft)]


def seal(draft: Draft) -> list[Mistake]:
    """Set the managed label and see to the apiVersion, which overrides may have changed; what keeps one from it."""
    unlabelled = draft.set(_LABEL, "true", _MANAGED)
    unversioned = _check_version(draft)
    return [mistake for mistake in (unlabelled, unversioned) if mistake is not None]


def _force(draft: Draft, federated: Federated) -> Iterator[Mistake]:
    target = federated.config.target
    own = {("kind",): target.gvk.kind, ("metadata", "name"): federated.name}
    if target.scope is Scope.NAMESPACED:
        own["metadata", "namespace"] = federated.namespace
    for path, value in own.items():
        before = value_at(draft.manifest, path)
        draft.set(path, value, _IDENTITY)
        if before not in (ABSENT, None, "", value):
            yield _given_up(path, before, f"it is always the federated object's, {value!r}")
    for path in _STRANGERS:
        before = value_at(draft.manifest, path)
        if path not in own and before is not ABSENT:
            draft.remove(path, _IDENTITY)
            if before not in (None, ""):
                why = "it has a name" if path[-1] == "generateName" else f"a {target.gvk.kind} belongs to none"
                yield _given_up(path, before, f"{why}, so that is left out")


def _given_up(path: tuple[str, ...], before: Any, why: str) -> Mistake:
    shown = repr(before) if isinstance(before, str) else kind_of(before)
    message = f"The template says /{'/'.join(path)} is {shown}; {why}."
    return Mistake("template-identity", message, (*TEMPLATE, *path), severity=Severity.WARNING)


def _drop_server_fields(draft: Draft) -> Iterator[Mistake]:
    for path in SERVER_FIELDS:
        value = value_at(draft.manifest, path)
        if value is ABSENT:
            continue
        draft.remove(path, _DROPPED)
        if value not in (None, []):
            why = "is the API server's to write"
            if path == _OWNERS:
                why = "names owners by the uid they have in one cluster, and any other would delete the object"
            message = f"The template's /{'/'.join(path)} {why}; it is left out."
            yield Mistake("server-field", message, (*TEMPLATE, *path), on_key=True, severity=Severity.WARNING)


def _check_version(draft: Draft) -> Mistake | None:
    version = draft.manifest["apiVersion"]
    if isinstance(version, str):
        # KubeFed's own templates spell the core group's version /v1.
        if version.startswith("/"):
            draft.set(("apiVersion",), version[1:], _IDENTITY)
        if _is_api_version(draft.manifest["apiVersion"]):
            return None
    at = draft.place(("apiVersion",))
    if not isinstance(version, str):
        return wrong_type(version, at, "a string")
    message = f"The apiVersion {version!r} is none; write a group and a version, such as apps/v1, or v1 alone."
    return Mistake("wrong-format", message, at, expected="a group and a version")


@lru_cache(maxsize=1024)
def _is_api_version(text: str) -> bool:
    group, slash, version = text.rpartition("/")
    return is_label(version) and (not slash or is_subdomain(group))
