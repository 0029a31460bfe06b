"""Names to paths: what an object is called, as a file name that no name can break out of or share with another.

The path of an object is made of ``a-z0-9.-`` and of what kfed puts in itself: ``/``, one ``_`` between kind and name,
``_cluster`` for what has no namespace, ``_n-`` before a namespace that would sort before that, ``=XX`` for a byte that
is none of these, ``=`` alone for an empty name, and ``==`` before the hash that ends a name too long for a file system.
It holds no upper-case letter, so that file systems that ignore case keep names apart, and none of the names of devices
in Windows. The names that Kubernetes gives to most objects (RFC 1123) come out as they are.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache

CLUSTER_SCOPED = "_cluster"
INDEX = "kfed-index.json"
# The one of the three names that kustomize looks for which ``kubectl apply -R -f`` does not take for a manifest.
KUSTOMIZATION = "Kustomization"
TYPE_FOLDERS = ("crds", "rbac", "schemas", "typeconfigs")

_SUFFIX = ".yaml"
_LONGEST = 255  # NAME_MAX of every file system in common use
_LONGEST_KIND = 100
_HASH_LENGTH = 32  # 128 bits, in hexadecimal

_PLAIN = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9-])?")
_ODD = re.compile(rb"[^a-z0-9.-]")
# Devices: https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|\Z)|kfed-index\.json\Z|kustomization(?:\.ya?ml)?\Z")
# Before a name that would sort before `CLUSTER_SCOPED`, for tools that go through folders in the order of their names.
_LATER = "_n-"
_PART = r"[a-z0-9=][a-z0-9.=-]*"
_KUSTOMIZATIONS = rf"{KUSTOMIZATION}|kustomization\.yaml"  # as it is called, and was
_OF_CLUSTER = re.compile(rf"{_PART}/(?:{_KUSTOMIZATIONS}|(?:_cluster|(?:{_LATER})?{_PART})/{_PART}_{_PART}\.yaml)")
_OF_TYPE = re.compile(rf"(?:(?:crds|rbac|typeconfigs)/{_PART}_{_PART}\.yaml|schemas/{_PART}_{_PART}\.json)")

_TO_KEY = bytes.maketrans(b"/_", b"\0\1")
_FROM_KEY = bytes.maketrans(b"\0\1", b"/_")


def object_path(cluster: str, namespace: str, kind: str, name: str) -> str:
    """The path of an object's file below the output folder; two objects never have the same.

    Args:
        cluster: the member's name.
        namespace: empty for what has none.
        kind: the kind as files have it, such as ``deployment``.
        name: the object's name, whatever it holds.
    """
    return f"{folder_name(cluster)}/{_namespace_name(namespace)}/{_file_name(kind, name)}"


def kustomization_in(folder: str) -> str:
    """The path of the kustomization in a cluster's folder."""
    return f"{folder}/{KUSTOMIZATION}"


def is_cluster_path(path: str) -> bool:
    """Whether *path* has the form of one in the folder of a cluster: relative, and nowhere upwards."""
    return _OF_CLUSTER.fullmatch(path) is not None and _is_short(path)


def is_type_path(path: str) -> bool:
    """Whether *path* has the form of a file about a federated type."""
    return _OF_TYPE.fullmatch(path) is not None and _is_short(path)


def is_tree_path(path: str) -> bool:
    """Whether *path* has a form that kfed makes."""
    return is_cluster_path(path) or is_type_path(path)


def to_key(path: str) -> bytes:
    """What to sort *path* by: by folder, a cluster's kustomization first, then namespace, kind and name."""
    folder, _, name = path.rpartition("/")
    if name == KUSTOMIZATION:
        return folder.encode() + b"\0\0"
    if not path.endswith(_SUFFIX):
        return path.encode().translate(_TO_KEY) + b"\0"
    return path[: -len(_SUFFIX)].encode().translate(_TO_KEY)


def from_key(key: bytes) -> str:
    """The path that `to_key` made *key* of."""
    if key.endswith(b"\0\0"):
        return f"{key[:-2].decode()}/{KUSTOMIZATION}"
    if key.endswith(b"\0"):
        return key[:-1].translate(_FROM_KEY).decode()
    return key.translate(_FROM_KEY).decode() + _SUFFIX


@lru_cache(maxsize=4096)
def folder_name(text: str) -> str:
    """*text* as the name of a folder."""
    return _shorten(_part(text), _LONGEST)


def _is_short(path: str) -> bool:
    return all(len(part) <= _LONGEST for part in path.split("/"))


def _namespace_name(namespace: str) -> str:
    if not namespace:
        return CLUSTER_SCOPED
    name = folder_name(namespace)
    return name if name > CLUSTER_SCOPED else _shorten(_LATER + _part(namespace), _LONGEST)


def _file_name(kind: str, name: str) -> str:
    return _shorten(f"{_kind_name(kind)}_{_part(name)}", _LONGEST - len(_SUFFIX)) + _SUFFIX


@lru_cache(maxsize=4096)
def _kind_name(kind: str) -> str:
    return _shorten(_part(kind), _LONGEST_KIND)


def _part(text: str) -> str:
    if _PLAIN.fullmatch(text) and not _RESERVED.match(text):
        return text
    escaped = _ODD.sub(_escape, text.encode("utf-8", "surrogatepass")).decode()
    if escaped[:1] in (".", "-") or _RESERVED.match(escaped):
        escaped = f"={ord(escaped[0]):02x}{escaped[1:]}" if escaped else "="
    if escaped.endswith("."):  # Windows drops it
        escaped = escaped[:-1] + "=2e"
    return escaped or "="


def _escape(match: re.Match[bytes]) -> bytes:
    return b"=%02x" % match[0][0]


def _shorten(text: str, longest: int) -> str:
    if len(text) <= longest:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()[:_HASH_LENGTH]
    return f"{text[: longest - _HASH_LENGTH - 2]}=={digest}"
