"""What holds data: ConfigMaps, Secrets, and claims for volumes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from kfed.core.mistake import Mistake
from kfed.rendering.validation.parts import part

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_KEY = re.compile(r"[-._a-zA-Z0-9]+")
_KEY_LENGTH = 253
# What a Secret of a type holds, without which it is refused.
_NEEDED = {
    "kubernetes.io/basic-auth": (),
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
}


def config_map_mistakes(manifest: Mapping[str, Any]) -> Iterator[Mistake]:
    """A ConfigMap: its keys, each in one of the two maps."""
    yield from _keys(manifest, "data", "binaryData")
    for key in part(manifest, "data").keys() & part(manifest, "binaryData").keys():
        message = f"The key {key!r} is in data and in binaryData; keep one."
        yield Mistake("server-rule", message, ("binaryData", key), on_key=True, expected="each key once")


def secret_mistakes(manifest: Mapping[str, Any]) -> Iterator[Mistake]:
    """A Secret: its keys, and those that its type needs."""
    yield from _keys(manifest, "data", "stringData")
    kind = manifest.get("type")
    keys = part(manifest, "data").keys() | part(manifest, "stringData").keys()
    for key in _NEEDED.get(kind, ()) if isinstance(kind, str) else ():
        if key not in keys:
            message = f"A Secret of the type {kind} holds {key}; add it."
            yield Mistake("missing-required", message, ("data", key), on_key=True, expected=key)


def claim_mistakes(manifest: Mapping[str, Any]) -> Iterator[Mistake]:
    """A PersistentVolumeClaim: how it is used, and how much is asked for."""
    spec = part(manifest, "spec")
    if spec.get("accessModes") in (None, []):
        message = "A claim says how the volume is used; add accessModes, such as ReadWriteOnce."
        yield Mistake("missing-required", message, ("spec", "accessModes"), on_key=True, expected="an access mode")
    if "storage" not in part(spec, "resources", "requests"):
        message = "A claim says how much it asks for; add spec.resources.requests.storage."
        at = ("spec", "resources", "requests", "storage")
        yield Mistake("missing-required", message, at, on_key=True, expected="a quantity, such as 1Gi")


def _keys(manifest: Mapping[str, Any], *fields: str) -> Iterator[Mistake]:
    for field in fields:
        for key in part(manifest, field):
            if not _KEY.fullmatch(key) or len(key) > _KEY_LENGTH or key in (".", "..") or key.startswith(".."):
                message = f"{key!r} is no key; use letters, digits, dashes, underscores and dots."
                yield Mistake("bad-name", message, (field, key), on_key=True, expected="a file name")
