"""A Kubernetes object as a plain dict: its identity, and what of it no server would take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kfed.core.finding import Severity
from kfed.core.mistake import Mistake
from kfed.core.names import LABEL, SUBDOMAIN
from kfed.core.resource import Gvk, Scope

if TYPE_CHECKING:
    from kfed.core.resource import TypeConfig

# KubeFed's list, and kube-node-lease; a cluster keeps these for itself.
SYSTEM_NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")


@dataclass(frozen=True, slots=True, order=True)
class Identity:
    """What an object is called."""

    gvk: Gvk
    namespace: str
    name: str

    def __str__(self) -> str:
        where = f"{self.namespace}/{self.name}" if self.namespace else self.name
        return f"{self.gvk.kind} {where}".rstrip()


def parse_identity(manifest: Any) -> Identity | Mistake:
    """The identity of an object, or why it has none.

    Namespace and name are empty when they are absent: a ``List`` has neither.
    """
    if not isinstance(manifest, dict):
        message = "This document is no Kubernetes object; write a map with apiVersion, kind and metadata."
        return Mistake("not-a-manifest", message, (), expected="a map")
    for field in ("apiVersion", "kind"):
        if not isinstance(manifest.get(field), str) or not manifest[field]:
            message = f"This document is no Kubernetes object: it has no {field}; add one."
            return Mistake(
                "not-a-manifest", message, (field,) if field in manifest else (), expected=f"{field} as text"
            )
    metadata = manifest.get("metadata")
    if not isinstance(metadata, dict):
        metadata = {}
    name, namespace = metadata.get("name"), metadata.get("namespace")
    return Identity(
        Gvk.parse(manifest["apiVersion"], manifest["kind"]),
        namespace if isinstance(namespace, str) else "",
        name if isinstance(name, str) else "",
    )


def check_name(identity: Identity) -> list[Mistake]:
    """What is wrong with an object's name and namespace; custom resources are named as DNS subdomains."""
    mistakes = []
    if not identity.name:
        message = f"The {identity.gvk.kind} has no name; add metadata.name."
        mistakes.append(Mistake("bad-name", message, ("metadata", "name"), on_key=True, expected="a name"))
    elif not SUBDOMAIN.fits(identity.name):
        message = SUBDOMAIN.refusal(identity.name, "a name")
        mistakes.append(Mistake("bad-name", message, ("metadata", "name"), expected=SUBDOMAIN.noun))
    if identity.namespace and not LABEL.fits(identity.namespace):
        message = LABEL.refusal(identity.namespace, "a namespace")
        mistakes.append(Mistake("bad-name", message, ("metadata", "namespace"), expected=LABEL.noun))
    return mistakes


def check_identity(identity: Identity, config: TypeConfig) -> list[Mistake]:
    """What is wrong with the name and namespace of a federated object of that type."""
    mistakes = check_name(identity)
    if config.federated.scope is Scope.NAMESPACED and not identity.namespace:
        message = f"The {identity.gvk.kind} has no namespace; add metadata.namespace."
        mistakes.append(Mistake("bad-name", message, ("metadata", "namespace"), on_key=True, expected="a namespace"))
    elif config.federated.scope is Scope.CLUSTER and identity.namespace:
        message = f"A {identity.gvk.kind} belongs to no namespace, so that is left out; remove metadata.namespace."
        at = ("metadata", "namespace")
        mistakes.append(Mistake("bad-name", message, at, severity=Severity.WARNING, expected="no namespace"))
    if config.target.gvk == Gvk("", "v1", "Namespace"):
        mistakes += _check_namespace(identity)
    return mistakes


def _check_namespace(identity: Identity) -> list[Mistake]:
    name, namespace = identity.name, identity.namespace
    at = ("metadata", "name")
    if name in SYSTEM_NAMESPACES:
        message = f"The namespace {name} is each cluster's own and cannot be federated; use another."
        return [Mistake("not-federated-namespace", message, at, expected="a namespace of your own")]
    if namespace and name != namespace:
        message = f"A FederatedNamespace has the name of the namespace it is in; this one must be named {namespace}."
        return [Mistake("not-federated-namespace", message, at, expected=namespace, nearest=namespace)]
    return []
