"""Access: what kfed may do, on the host and in a member, and no more than that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kfed.core.resource import Resource

PREFIX = "kubefed-controller-manager"
_RBAC = "rbac.authorization.k8s.io"
_KEEP = ["get", "list", "watch", "create", "update", "patch", "delete"]
_READ = ["get", "list", "watch"]
Rule = dict[str, Any]


def member_rules(targets: Iterable[Resource] | None) -> list[Rule]:
    """What the controller may do in a member.

    Args:
        targets: the types that are federated; ``None`` for every type there is, which needs no change when another is
            enabled and lets whoever has the token do everything.
    """
    rules: list[Rule] = []
    if targets is None:
        rules.append({"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]})
    else:
        rules += _by_group(targets)
        rules.append({"apiGroups": [""], "resources": ["namespaces"], "verbs": ["get", "create"]})
        rules.append({"apiGroups": [""], "resources": ["nodes"], "verbs": ["get", "list"]})
    rules.append({"nonResourceURLs": ["/readyz", "/healthz", "/version", "/api", "/apis"], "verbs": ["get"]})
    return rules


def _by_group(targets: Iterable[Resource]) -> list[Rule]:
    by_group: dict[str, set[str]] = {}
    for target in targets:
        by_group.setdefault(target.gvk.group, set()).add(target.plural)
    rules = [
        {"apiGroups": [group], "resources": sorted(plurals), "verbs": list(_KEEP)}
        for group, plurals in sorted(by_group.items())
    ]
    # An API server lets nobody hand out rights that they do not have, unless they may do just that.
    if plurals := by_group.get(_RBAC, set()) & {"roles", "clusterroles"}:
        rules.append({"apiGroups": [_RBAC], "resources": sorted(plurals), "verbs": ["escalate", "bind"]})
    return rules


def host_rules(federated_group: str) -> list[Rule]:
    """What the controller may do on the host, besides its own namespace; for the types of one group."""
    return [
        {"apiGroups": [federated_group], "resources": ["*"], "verbs": [*_READ, "patch", "update"]},
        {"apiGroups": ["apiextensions.k8s.io"], "resources": ["customresourcedefinitions"], "verbs": list(_READ)},
        {"apiGroups": ["events.k8s.io", ""], "resources": ["events"], "verbs": ["create", "patch", "update"]},
    ]


def own_rules() -> list[Rule]:
    """What the controller may do in its own namespace."""
    return [
        {"apiGroups": ["core.kubefed.io"], "resources": ["*"], "verbs": [*_READ, "patch", "update"]},
        {"apiGroups": [""], "resources": ["secrets"], "verbs": [*_READ, "patch", "update"]},
        {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["get", "create", "update", "patch"]},
    ]


def role(kind: str, name: str, rules: list[Rule], namespace: str = "") -> dict[str, Any]:
    """A Role or a ClusterRole."""
    metadata = {"name": name, "namespace": namespace} if namespace else {"name": name}
    return {"apiVersion": f"{_RBAC}/v1", "kind": kind, "metadata": metadata, "rules": rules}


def binding(kind: str, name: str, account: str, account_namespace: str, namespace: str = "") -> dict[str, Any]:
    """A RoleBinding or ClusterRoleBinding that gives the role of its own name to a service account."""
    metadata = {"name": name, "namespace": namespace} if namespace else {"name": name}
    return {
        "apiVersion": f"{_RBAC}/v1",
        "kind": kind,
        "metadata": metadata,
        "roleRef": {"apiGroup": _RBAC, "kind": kind.removesuffix("Binding"), "name": name},
        "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": account_namespace}],
    }
