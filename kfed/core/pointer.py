"""JSON pointers (RFC 6901): where something stands in a value."""

from __future__ import annotations

Path = tuple[str | int, ...]


def to_pointer(path: Path) -> str:
    """``("metadata", "labels", "a/b")`` to ``/metadata/labels/a~1b``; the whole value is ``""``."""
    return "".join(f"/{escape(token)}" for token in path)


def escape(token: str | int) -> str:
    """One token as it stands in a pointer."""
    return str(token).replace("~", "~0").replace("/", "~1")


def unescape(token: str) -> str:
    """One token of a pointer as a key.

    Raises:
        ValueError: a ``~`` is followed by neither 0 nor 1.
    """
    if "~" not in token:
        return token
    if "~" in token.replace("~0", "").replace("~1", ""):
        raise ValueError("in a path, ~ is written ~0 and / inside a name is written ~1")
    return token.replace("~1", "/").replace("~0", "~")
