"""Fields of built-in types that must not change once they are set, in kube-apiserver's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.sandbox.values.causes import forbidden_field, invalid_value
from kfed.sandbox.values.filling import maps, part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from kfed.sandbox.kinds.served import ServedType
    from kfed.sandbox.values.causes import Cause
    from kfed.sandbox.values.filling import Manifest

_IMMUTABLE = "field is immutable"
_SELECTOR = ("spec", "selector")
_RBAC = "rbac.authorization.k8s.io"
_FIELDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "daemonsets.apps": (_SELECTOR,),
    "deployments.apps": (_SELECTOR,),
    "replicasets.apps": (_SELECTOR,),
    "statefulsets.apps": (_SELECTOR, ("spec", "serviceName"), ("spec", "podManagementPolicy")),
    "jobs.batch": (_SELECTOR, ("spec", "completions"), ("spec", "completionMode")),
    "secrets": (("type",),),
    "ingressclasses.networking.k8s.io": (("spec", "controller"),),
    "priorityclasses.scheduling.k8s.io": (("preemptionPolicy",),),
}
# Those of which a message shows null, whatever they are.
_HIDDEN: dict[str, tuple[str, ...]] = {
    "storageclasses.storage.k8s.io": ("parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"),
}
_CLAIM_WORDS = (
    "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"
)
_POD_WORDS = (
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
    "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)
_POD_CHANGES = frozenset({"activeDeadlineSeconds", "tolerations"})
_STATEFUL_CHANGES = frozenset(
    {"replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit", "minReadySeconds"}
    | {"persistentVolumeClaimRetentionPolicy", "selector", "serviceName", "podManagementPolicy"}
)
_STATEFUL_WORDS = (
    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', "
    "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
)


def immutable_causes(served: ServedType, manifest: Manifest, old: Manifest) -> list[Cause]:
    """What *manifest* changes of *old* and must not; both with all their defaults."""
    name = served.resource.full_name
    causes = [
        invalid_value(".".join(path), after, _IMMUTABLE)
        for path in _FIELDS.get(name, ())
        if _at(old, path) != (after := _at(manifest, path))
    ]
    hidden = (field for field in _HIDDEN.get(name, ()) if manifest.get(field) != old.get(field))
    causes += [invalid_value(field, None, _IMMUTABLE) for field in hidden]
    causes += _SPECIAL[name](manifest, old) if name in _SPECIAL else ()
    return causes


def _service(manifest: Manifest, old: Manifest) -> Iterator[Cause]:
    """An address stays while the Service needs one; to have it changed, the Service is to be made anew."""
    before, after = part(old, "spec"), part(manifest, "spec")
    if "ExternalName" in {before.get("type"), after.get("type")}:
        return
    address = before.get("clusterIP")
    if address and address != after.get("clusterIP"):
        yield invalid_value("spec.clusterIPs[0]", [after.get("clusterIP")], "may not change once set")


def _stateful_set(manifest: Manifest, old: Manifest) -> Iterator[Cause]:
    if _changed(part(old, "spec"), part(manifest, "spec")) - _STATEFUL_CHANGES:
        yield forbidden_field("spec", _STATEFUL_WORDS)


def _job(manifest: Manifest, old: Manifest) -> Iterator[Cause]:
    after = part(manifest, "spec", "template")
    if part(old, "spec", "template") != after:
        yield invalid_value("spec.template", after, _IMMUTABLE)


def _claim(manifest: Manifest, old: Manifest) -> Iterator[Cause]:
    """A claim that is bound may grow; which volume it is bound to is written once."""
    changed = _changed(part(old, "spec"), part(manifest, "spec"))
    allowed = {"volumeName"} if not part(old, "spec").get("volumeName") else set()
    if part(old, "status").get("phase") == "Bound":
        allowed |= {"resources", "volumeAttributesClassName"}
    if changed - allowed:
        yield forbidden_field("spec", _CLAIM_WORDS)


def _pod(manifest: Manifest, old: Manifest) -> Iterator[Cause]:
    before, after = part(old, "spec"), part(manifest, "spec")
    for name in ("containers", "initContainers"):
        if len(list(maps(before, name))) != len(list(maps(after, name))):
            yield forbidden_field(f"spec.{name}", "pod updates may not add or remove containers")
            return
    yield from _deadline(before, after)
    keys = [_untimed(toleration) for toleration in maps(after, "tolerations")]
    if not all(_untimed(toleration) in keys for toleration in maps(before, "tolerations")):
        words = "existing toleration can not be modified except its tolerationSeconds"
        yield forbidden_field("spec.tolerations", words)
    if _imageless(before) != _imageless(after):
        yield forbidden_field("spec", _POD_WORDS)


def _deadline(before: Manifest, after: Manifest) -> Iterator[Cause]:
    """A deadline may be set, and come nearer."""
    old, new = before.get("activeDeadlineSeconds"), after.get("activeDeadlineSeconds")
    if old is not None and (new is None or new > old):
        words = "must not update from a positive integer to nil value"
        words = "must be less than or equal to previous value" if new is not None else words
        yield invalid_value("spec.activeDeadlineSeconds", new, words)


def _untimed(toleration: Manifest) -> Manifest:
    return {name: value for name, value in toleration.items() if name != "tolerationSeconds"}


def _imageless(spec: Manifest) -> Any:
    """The spec of a pod without what may change."""
    rest = {name: value for name, value in spec.items() if name not in _POD_CHANGES}
    for name in ("containers", "initContainers"):
        rest[name] = [{key: value for key, value in one.items() if key != "image"} for one in maps(spec, name)]
    return rest


def _frozen(manifest: Manifest, old: Manifest) -> Iterator[Cause]:
    """A ConfigMap or Secret that is set to be immutable stays so, with its data."""
    if old.get("immutable") is not True:
        return
    words = "field is immutable when `immutable` is set"
    if manifest.get("immutable") is not True:
        yield forbidden_field("immutable", words)
    for name in ("data", "binaryData"):
        if manifest.get(name) != old.get(name):
            yield forbidden_field(name, words)


def _binding(manifest: Manifest, old: Manifest) -> Iterator[Cause]:
    after = part(manifest, "roleRef")
    if after != part(old, "roleRef"):
        shown = {"APIGroup": after.get("apiGroup", ""), "Kind": after.get("kind", ""), "Name": after.get("name", "")}
        yield invalid_value("roleRef", shown, _IMMUTABLE)


def _priority(manifest: Manifest, old: Manifest) -> Iterator[Cause]:
    if manifest.get("value") != old.get("value"):
        yield forbidden_field("value", "may not be changed in an update.")


_SPECIAL: dict[str, Callable[[Manifest, Manifest], Iterable[Cause]]] = {
    "configmaps": _frozen,
    "jobs.batch": _job,
    "persistentvolumeclaims": _claim,
    "pods": _pod,
    "priorityclasses.scheduling.k8s.io": _priority,
    "secrets": _frozen,
    "services": _service,
    "statefulsets.apps": _stateful_set,
    f"clusterrolebindings.{_RBAC}": _binding,
    f"rolebindings.{_RBAC}": _binding,
}


def _changed(before: Manifest, after: Manifest) -> set[str]:
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def _at(manifest: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        manifest = manifest.get(name) if isinstance(manifest, dict) else None
    return manifest
