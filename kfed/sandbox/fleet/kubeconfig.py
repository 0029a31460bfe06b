"""The kubeconfig of a fleet: a context for each cluster."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


def kubeconfig(clusters: Iterable[tuple[str, str, str]], authority: bytes) -> dict[str, Any]:
    """The kubeconfig, as a value; JSON is YAML, so it can be written as either.

    Args:
        clusters: name, URL and token of each; the first is the current context.
        authority: the certificate of the authority that all of them are signed by, as PEM.
    """
    listed = list(clusters)
    trusted = base64.b64encode(authority).decode()
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "preferences": {},
        "current-context": listed[0][0],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}} for name, _, _ in listed],
        "clusters": [
            {"name": name, "cluster": {"server": url, "certificate-authority-data": trusted}} for name, url, _ in listed
        ],
        "users": [{"name": name, "user": {"token": token}} for name, _, token in listed],
    }
