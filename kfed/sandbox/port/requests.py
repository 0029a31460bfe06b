"""What a request asks for: its path, its query, and the object in its body."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote

from kfed.sandbox.errors import bad_request
from kfed.sandbox.values.gonumbers import signed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kfed.sandbox.port.auth import User

_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_OF_NAMESPACES = frozenset({"status", "finalize"})
_SHOWN = 30


@dataclass(frozen=True, slots=True)
class Request:
    """A request that has been read.

    Attributes:
        method: such as ``GET``.
        path: within the cluster, still escaped.
        query: its parameters.
        headers: by name, whatever the case.
        body: as it came.
        user: who asks.
    """

    method: str
    path: str
    query: Query
    headers: Mapping[str, str]
    body: bytes
    user: User

    @property
    def content_type(self) -> str:
        """What the body is said to be."""
        return self.headers.get("Content-Type", "")

    @property
    def user_agent(self) -> str:
        """Which program asks."""
        return self.headers.get("User-Agent", "")


@dataclass(frozen=True, slots=True)
class Target:
    """What a path names: a type, and one of its objects or all.

    Attributes:
        group: empty for the core group.
        version: of the group.
        plural: of the type.
        namespace: empty where the path has none.
        name: of the object; empty for all.
        subresource: such as ``status``; empty for the object itself.
        watch: the path is one of the old ones that are watched by their name.
    """

    group: str
    version: str
    plural: str
    namespace: str = ""
    name: str = ""
    subresource: str = ""
    watch: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """The parameters of a request."""

    values: Mapping[str, str]

    @classmethod
    def parse(cls, text: str) -> Query:
        """Parse what follows the ``?``; of a parameter that is given twice the first counts, as for Go's clients."""
        values: dict[str, str] = {}
        for key, value in parse_qsl(text, keep_blank_values=True):
            values.setdefault(key, value)
        return cls(values)

    def text(self, name: str) -> str:
        """A parameter, empty when it is not given."""
        return self.values.get(name, "")

    def flag(self, name: str) -> bool:
        """Whether a parameter is set; ``?watch`` alone sets it, as in a real server."""
        return name in self.values and self.values[name] in _TRUE | {""}

    def number(self, name: str) -> int | None:
        """A whole number; ``None`` when it is not given.

        Raises:
            ApiError: 400, it is none.
        """
        text = self.text(name)
        number = signed(text) if text else None
        if isinstance(number, str):
            raise bad_request(number)
        return number


def parse_target(path: str) -> Target | None:
    """What an escaped path such as ``/apis/apps/v1/namespaces/default/deployments/web`` names.

    Returns:
        ``None`` when it is no path of a resource.
    """
    parts = [unquote(part) for part in path.split("/")[1:]]
    match parts:
        case ["api", version, *rest] if rest:
            return _target("", version, rest)
        case ["apis", group, version, *rest] if rest:
            return _target(group, version, rest)
    return None


def _target(group: str, version: str, parts: list[str]) -> Target | None:
    watch = parts[0] == "watch"
    if watch:
        parts = parts[1:]
    if not parts or "" in parts:
        return None
    namespace = ""
    match parts:
        case ["namespaces", name, what, *_] if what not in _OF_NAMESPACES:
            namespace, parts = name, parts[2:]
    match parts:
        case [plural]:
            return Target(group, version, plural, namespace, watch=watch)
        case [plural, name]:
            return Target(group, version, plural, namespace, name, watch=watch)
        case [plural, name, subresource]:
            return Target(group, version, plural, namespace, name, subresource, watch=watch)
    return None
