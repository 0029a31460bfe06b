"""FederatedTypeConfig (``core.kubefed.io/v1beta1``): which type is federated as which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.core.mistake import Mistake
from kfed.core.names import KIND, LABEL_1035, SUBDOMAIN
from kfed.core.nearest import nearest
from kfed.core.pointer import to_pointer
from kfed.core.reader import Reader
from kfed.core.resource import Gvk, Resource, Scope, TypeConfig, federated_resource

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kfed.core.pointer import Path

_SPEC: Path = ("spec",)
_SWITCH = ("Enabled", "Disabled")
_FORMS = {"group": SUBDOMAIN, "version": LABEL_1035, "kind": KIND, "pluralName": LABEL_1035}


def parse_type_config(manifest: Any) -> TypeConfig | list[Mistake]:
    """A FederatedTypeConfig as a value, or what is wrong with it; any JSON is one or the other.

    As in KubeFed, the target's plural and group default to the object's own name, split at its first dot; no group is
    the core group. The federated type has no default group. What is refused is what KubeFed's webhook refuses, and a
    federated type of another scope than its target's objects need.
    """
    reader = Reader()
    whole = reader.map(manifest, ())
    name = reader.text(reader.map(whole.get("metadata"), ("metadata",)).get("name"), ("metadata", "name"))
    if whole.get("spec") is None:
        message = "The FederatedTypeConfig has no spec; add one."
        return [*reader.mistakes, Mistake("missing-required", message, _SPEC, on_key=True, expected="spec")]
    spec = reader.map(whole["spec"], _SPEC)
    if reader.mistakes:
        return reader.mistakes
    plural, _, group = name.partition(".")
    target = _read_resource(spec, "targetType", {"pluralName": plural, "group": group}, reader)
    own = f"federated{target.plural if target else plural}"
    federated = _read_resource(spec, "federatedType", {"pluralName": own}, reader)
    if spec.get("statusType") is not None:
        _read_resource(spec, "statusType", _defaults_of(federated), reader)
    propagation = _read_choice(spec, "propagation", _SPEC, _SWITCH, reader)
    collection = _read_choice({"statusCollection": "Disabled", **spec}, "statusCollection", _SPEC, _SWITCH, reader)
    if target and federated:
        reader.mistakes += [*_check_name(name, target), *_check_scope(target, federated)]
    if target is None or federated is None or reader.mistakes:
        return reader.mistakes
    return TypeConfig(target, federated, propagation == "Enabled", collection == "Enabled")


def _defaults_of(federated: Resource | None) -> dict[str, str]:
    """What the type of a status takes from the federated one, and is not told twice if that is wrong."""
    if federated is None:
        return {"group": "types.kubefed.io", "version": "v1", "pluralName": "status"}
    return {"group": federated.gvk.group, "version": federated.gvk.version, "pluralName": federated.plural}


def _read_resource(spec: Mapping[str, Any], field: str, defaults: Mapping[str, str], reader: Reader) -> Resource | None:
    at: Path = (*_SPEC, field)
    before = len(reader.mistakes)
    if spec.get(field) is None:
        message = f"{to_pointer(at)} is missing; name the type."
        reader.mistakes.append(Mistake("missing-required", message, at, on_key=True, expected="a map"))
    given = reader.map(spec.get(field), at)
    if len(reader.mistakes) > before:
        return None
    parts = {**defaults, **{key: part for key, part in given.items() if part not in (None, "")}}
    texts = {key: _read_part(parts, key, at, reader) for key in _FORMS}
    scope = _read_choice(parts, "scope", at, tuple(Scope), reader)
    if len(reader.mistakes) > before:
        return None
    return Resource(Gvk(texts["group"], texts["version"], texts["kind"]), texts["pluralName"], Scope(scope))


def _read_part(parts: Mapping[str, Any], key: str, at: Path, reader: Reader) -> str:
    """A part of a type's name; the one that may be empty is the group of a target, which has a default."""
    in_core = key == "group" and parts.get(key) == ""
    before = len(reader.mistakes)
    text = reader.required(parts, key, at, empty=in_core)
    form, place = _FORMS[key], (*at, key)
    if len(reader.mistakes) > before or in_core:
        return text
    if not form.fits(text):
        reader.mistakes.append(Mistake("bad-name", form.refusal(text, f"a {key}"), place, expected=form.noun))
    elif key == "group" and at[-1] != "targetType" and "." not in text:
        message = (
            f"The group {text} has no dot, so no CustomResourceDefinition can be of it; use one as types.kubefed.io."
        )
        reader.mistakes.append(Mistake("bad-name", message, place, expected="a group with a dot"))
    return text


def _read_choice(parts: Mapping[str, Any], key: str, at: Path, words: Sequence[str], reader: Reader) -> str:
    before, place = len(reader.mistakes), (*at, key)
    word = reader.required(parts, key, at)
    if len(reader.mistakes) == before and word not in words:
        expected = " or ".join(words)
        message = f"{to_pointer(place)} is {word!r} and must be {expected}."
        hint = nearest(word, words)
        reader.mistakes.append(Mistake("not-in-enum", message, place, expected=expected, nearest=hint))
    return word


def _check_name(name: str, target: Resource) -> Iterator[Mistake]:
    if name != target.full_name:
        message = f"The FederatedTypeConfig of {target.full_name} must have that as its name, not {name!r}."
        at = ("metadata", "name")
        yield Mistake("bad-name", message, at, on_key=not name, expected=target.full_name, nearest=target.full_name)


def _check_scope(target: Resource, federated: Resource) -> Iterator[Mistake]:
    right = federated_resource(target).scope
    if federated.scope is not right:
        message = f"The federated type of the kind {target.gvk.kind} must be of the scope {right}, as its objects are."
        at = (*_SPEC, "federatedType", "scope")
        yield Mistake("not-in-enum", message, at, expected=right, nearest=right)
