"""Who may do what, and what is let in: roles' bindings, admission, disruption budgets, priorities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.sandbox.surface.printers.core import plain
from kfed.sandbox.surface.printers.printer import NONE, UNSET, at, condition, created, name, printer, selector

if TYPE_CHECKING:
    import datetime as dt

_BINDING = "Name, Role, Age, Users+, Groups+, ServiceAccounts+"


def _binding(obj: dict[str, Any], now: dt.datetime) -> list[Any]:
    role = f"{at(obj, 'roleRef', 'kind')}/{at(obj, 'roleRef', 'name')}"
    subjects = {"User": [], "Group": [], "ServiceAccount": []}  # type: dict[str, list[str]]
    for entry in at(obj, "subjects", default=[]):
        shown = entry.get("name", "")
        if entry.get("kind") == "ServiceAccount":
            shown = f"{entry.get('namespace', '')}/{shown}"
        subjects.setdefault(entry.get("kind", ""), []).append(shown)
    cells = [", ".join(subjects[kind]) for kind in ("User", "Group", "ServiceAccount")]
    return [name(obj), role, created(obj, now), *cells]


def _webhooks(obj: dict[str, Any], now: dt.datetime) -> list[Any]:
    return [name(obj), len(at(obj, "webhooks", default=[])), created(obj, now)]


def _policy(rules: str) -> Any:
    def cells(obj: dict[str, Any], now: dt.datetime) -> list[Any]:
        kind = at(obj, "spec", "paramKind")
        parameters = f"{kind.get('apiVersion', '')}/{kind.get('kind', '')}" if kind else UNSET
        return [name(obj), len(at(obj, "spec", rules, default=[])), parameters, created(obj, now)]

    return cells


def _policy_binding(obj: dict[str, Any], now: dt.datetime) -> list[Any]:
    given, parameters = at(obj, "spec", "paramRef", default={}), UNSET
    if given.get("name"):
        parameters = f"{given.get('namespace') or '*'}/{given['name']}"
    elif given.get("selector") is not None:
        parameters = selector(given["selector"])
    return [name(obj), at(obj, "spec", "policyName", default=""), parameters, created(obj, now)]


def _disruption_budget(obj: dict[str, Any], now: dt.datetime) -> list[Any]:
    bounds = [str(at(obj, "spec", field, default="N/A")) for field in ("minAvailable", "maxUnavailable")]
    return [name(obj), *bounds, at(obj, "status", "disruptionsAllowed", default=0), created(obj, now)]


def _priority_class(obj: dict[str, Any], now: dt.datetime) -> list[Any]:
    policy = obj.get("preemptionPolicy", "")
    return [name(obj), obj.get("value", 0), obj.get("globalDefault", False), created(obj, now), policy]


def _flow_schema(obj: dict[str, Any], now: dt.datetime) -> list[Any]:
    spec = at(obj, "spec", default={})
    return [
        *(name(obj), at(spec, "priorityLevelConfiguration", "name", default=""), spec.get("matchingPrecedence", 0)),
        *(at(spec, "distinguisherMethod", "type", default=NONE), created(obj, now)),
        condition(obj, "Dangling") or "?",
    ]


def _priority_level(obj: dict[str, Any], now: dt.datetime) -> list[Any]:
    limited = at(obj, "spec", "limited", default={})
    queuing = at(limited, "limitResponse", "queuing", default={})
    cells = [queuing.get(field, NONE) for field in ("queues", "handSize", "queueLengthLimit")]
    shares = limited.get("nominalConcurrencyShares", NONE)
    return [name(obj), at(obj, "spec", "type", default=""), shares, *cells, created(obj, now)]


_ADMISSION, _FLOW, _RBAC = "admissionregistration.k8s.io", "flowcontrol.apiserver.k8s.io", "rbac.authorization.k8s.io"
PRINTERS = {
    (_RBAC, "RoleBinding"): printer(_BINDING, _binding),
    (_RBAC, "ClusterRoleBinding"): printer(_BINDING, _binding),
    (_ADMISSION, "MutatingWebhookConfiguration"): printer("Name, Webhooks#, Age", _webhooks),
    (_ADMISSION, "ValidatingWebhookConfiguration"): printer("Name, Webhooks#, Age", _webhooks),
    (_ADMISSION, "ValidatingAdmissionPolicy"): printer("Name, Validations#, ParamKind, Age", _policy("validations")),
    (_ADMISSION, "MutatingAdmissionPolicy"): printer("Name, Mutations#, ParamKind, Age", _policy("mutations")),
    (_ADMISSION, "ValidatingAdmissionPolicyBinding"): printer("Name, PolicyName, ParamRef, Age", _policy_binding),
    (_ADMISSION, "MutatingAdmissionPolicyBinding"): printer("Name, PolicyName, ParamRef, Age", _policy_binding),
    ("policy", "PodDisruptionBudget"): printer(
        "Name, Min Available, Max Unavailable, Allowed Disruptions#, Age", _disruption_budget
    ),
    ("scheduling.k8s.io", "PriorityClass"): printer(
        "Name, Value#, Global-Default?, Age, PreemptionPolicy", _priority_class
    ),
    (_FLOW, "FlowSchema"): printer(
        "Name, PriorityLevel, MatchingPrecedence, DistinguisherMethod, Age, MissingPL", _flow_schema
    ),
    (_FLOW, "PriorityLevelConfiguration"): printer(
        "Name, Type, NominalConcurrencyShares, Queues, HandSize, QueueLengthLimit, Age", _priority_level
    ),
    ("resource.k8s.io", "DeviceClass"): printer("Name, Age", plain()),
    ("resource.k8s.io", "ResourceClaimTemplate"): printer("Name, Age", plain()),
    ("resource.k8s.io", "ResourceSlice"): printer(
        "Name, Node, Driver, Pool, Age", plain("spec.nodeName", "spec.driver", "spec.pool.name")
    ),
}
