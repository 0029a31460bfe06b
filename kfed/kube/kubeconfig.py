"""Kubeconfigs: files, merged as kubectl merges them, to the Connection of a context.

https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/ has the rules: of several files,
the first that says something wins; a path is relative to its file; what is inline goes before a path.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kfed.errors import CredentialsError, TextError
from kfed.kube.config import Connection, Identity, address, in_cluster, is_in_cluster, proxy_address
from kfed.kube.entries import Entry, identity_of, trust_of
from kfed.text.documents import split
from kfed.text.parse import parse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Kubeconfig:
    """What one or more files say together.

    Attributes:
        where: the files, for messages.
        current: the name of the current context, or nothing.
        contexts: by name, as are the others.
    """

    where: str
    current: str
    contexts: Mapping[str, Entry]
    clusters: Mapping[str, Entry]
    users: Mapping[str, Entry]

    def connection(self, context: str = "", *, name: str = "") -> Connection:
        """The connection of a context.

        Args:
            context: its name; the current one when empty.
            name: what the cluster is called in messages; as the context when empty.

        Raises:
            CredentialsError: there is no such context, or something that it needs is missing or wrong.
        """
        context = context or self.current
        if not context:
            raise CredentialsError(f"{self.where} has no current context; {_choice('context', self.contexts)}.")
        entry = self._named("context", self.contexts, context)
        cluster = self._named("cluster", self.clusters, entry.text("cluster"))
        user = entry.text("user")
        return Connection(
            name=name or context,
            server=address(cluster.text("server"), f"server of {cluster.where}"),
            trust=trust_of(cluster),
            identity=identity_of(self._named("user", self.users, user), cluster) if user else Identity(),
            proxy=proxy_address(cluster.text("proxy-url"), f"proxy-url of {cluster.where}"),
        )

    def namespace(self, context: str = "") -> str:
        """The namespace that a context prefers; empty where it prefers none."""
        entry = self.contexts.get(context or self.current)
        return entry.text("namespace") if entry else ""

    def _named(self, kind: str, entries: Mapping[str, Entry], name: str) -> Entry:
        if name in entries:
            return entries[name]
        near = get_close_matches(name, entries, 1)
        advice = f"did you mean {near[0]}?" if near else f"{_choice(kind, entries)}."
        raise CredentialsError(f"{self.where} has no {kind} {name!r}; {advice}")


def read_kubeconfig(path: str = "") -> Kubeconfig:
    """What a kubeconfig says.

    Args:
        path: a file, or several with the system's separator; when empty those of ``KUBECONFIG``, else
            ``~/.kube/config``.

    Raises:
        CredentialsError: there is none, or it cannot be read.
    """
    named = path or os.environ.get("KUBECONFIG") or os.path.join(os.path.expanduser("~"), ".kube", "config")
    files = [os.path.expanduser(file) for file in named.split(os.pathsep) if file]
    texts = [(file, os.path.dirname(os.path.abspath(file)), _read(file)) for file in files if os.path.exists(file)]
    if not texts:
        raise CredentialsError(f"There is no kubeconfig at {named}; name one with --kubeconfig, or set KUBECONFIG.")
    return _merged(texts)


def parse_kubeconfig(text: bytes, where: str) -> Kubeconfig:
    """What a kubeconfig says that is in no file: it may name no files either.

    Raises:
        CredentialsError: it cannot be read.
    """
    return _merged([(where, None, text)])


def default_connection(path: str = "", context: str = "", *, name: str = "host") -> Connection:
    """The connection that is meant when little is said: of the kubeconfig that is named or usual, else of the pod.

    Raises:
        CredentialsError: there is neither, or it is unusable.
    """
    if not path and not context and not os.environ.get("KUBECONFIG") and is_in_cluster():
        return in_cluster(name)
    return read_kubeconfig(path).connection(context, name=name)


def _choice(kind: str, entries: Mapping[str, Entry]) -> str:
    return f"it has the {kind}s {', '.join(sorted(entries))}" if entries else f"it has no {kind} at all"


def _read(file: str) -> bytes:
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise CredentialsError(f"The kubeconfig {file} cannot be read: {error.strerror}.") from error


def _merged(texts: Sequence[tuple[str, str | None, bytes]]) -> Kubeconfig:
    """What several texts say, each with its name and folder; the first that says something wins."""
    documents = [(_document(text, where), where, folder) for where, folder, text in texts]
    parts: dict[str, dict[str, Entry]] = {"contexts": {}, "clusters": {}, "users": {}}
    for document, where, folder in documents:
        for plural, entries in parts.items():
            for name, entry in _entries(document, plural, where, folder).items():
                entries.setdefault(name, entry)
    current = next(filter(None, (document.get("current-context") for document, _, _ in documents)), "")
    return Kubeconfig(", ".join(where for _, where, _ in documents), str(current), **parts)


def _document(text: bytes, where: str) -> Mapping[str, Any]:
    try:
        document = next(split(text.decode("utf-8-sig"), where), None)
        value = parse(document) if document else {}
    except (UnicodeDecodeError, TextError) as error:
        raise CredentialsError(f"{where} is no kubeconfig: {error}") from error
    if not isinstance(value or {}, dict):
        raise CredentialsError(f"{where} is no kubeconfig: it is no map with contexts, clusters and users.")
    return value or {}


def _entries(document: Mapping[str, Any], plural: str, where: str, folder: str | None) -> dict[str, Entry]:
    """The entries of a list such as ``users``, each of which has a name and a field ``user``."""
    kind = plural.removesuffix("s")
    entries: dict[str, Entry] = {}
    for item in document.get(plural) or ():
        fields = (item.get(kind) or {}) if isinstance(item, dict) else None
        if not isinstance(fields, dict) or not isinstance(item.get("name"), str):
            raise CredentialsError(
                f"{where} is no kubeconfig: an entry of {plural} has no name, or its {kind} is no map."
            )
        entries.setdefault(item["name"], Entry(fields, f"the {kind} {item['name']!r} in {where}", folder))
    return entries
