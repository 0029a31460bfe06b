"""Metadata of objects: whether what it says is valid, in kube-apiserver's words."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import orjson

from kfed.sandbox.errors import quoted
from kfed.sandbox.values.causes import invalid_value, required, too_long
from kfed.sandbox.values.naming import (
    label_problems,
    label_value_problem,
    qualified_problems,
    segment_problems,
    subdomain_problems,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kfed.sandbox.kinds.served import ServedType
    from kfed.sandbox.values.causes import Cause

    Manifest = dict[str, Any]

_OWNER_SHOWN = ("apiVersion", "kind", "name", "uid", "controller", "blockOwnerDeletion")
_NAMED_AS_LABELS = frozenset({"namespaces", "services", "statefulsets.apps"})
_RBAC = ("roles", "clusterroles", "rolebindings", "clusterrolebindings")
_NAMED_AS_SEGMENTS = frozenset({"events"} | {f"{name}.rbac.authorization.k8s.io" for name in _RBAC})
_LENGTHS = {"cronjobs.batch": 52}  # leaves room for what CronJobs append to the names of their Jobs
_VERSION = re.compile(r"([^/]*/)?[^/]+")
_ANNOTATIONS_BYTES = 262144
_STANDARD_FINALIZERS = frozenset({"kubernetes", "orphan", "foregroundDeletion"})


def metadata_causes(served: ServedType, metadata: Manifest) -> list[Cause]:
    """What is not valid about an object's metadata, by the rules of k8s.io/apimachinery ``ValidateObjectMeta``."""
    causes = list(_name_causes(served, metadata))
    for key, value in metadata.get("labels", {}).items():
        causes += [invalid_value("metadata.labels", key, problem) for problem in qualified_problems(key)]
        if problem := label_value_problem(value):
            causes.append(invalid_value("metadata.labels", value, problem))
    causes += _annotation_causes(metadata.get("annotations", {}))
    for place, owner in enumerate(metadata.get("ownerReferences", ())):
        causes += _owner_causes(owner, f"metadata.ownerReferences[{place}]")
    causes += _controller_causes(metadata.get("ownerReferences", ()))
    causes += _finalizer_causes(metadata.get("finalizers", ()), custom=served.crd is not None)
    return causes


def _name_causes(served: ServedType, metadata: Manifest) -> Iterator[Cause]:
    base = metadata.get("generateName", "")
    for problem in _name_problems(served, f"{base}a") if base else ():
        yield invalid_value("metadata.generateName", base, problem)
    name = metadata.get("name", "")
    if not name:
        yield required("metadata.name", "name or generateName is required")
        return
    for problem in _name_problems(served, name):
        yield invalid_value("metadata.name", name, problem)


def _name_problems(served: ServedType, name: str) -> list[str]:
    type_name = served.resource.full_name
    if type_name in _NAMED_AS_LABELS:
        return label_problems(name)
    if type_name in _NAMED_AS_SEGMENTS:
        return segment_problems(name)
    problems = subdomain_problems(name)
    longest = _LENGTHS.get(type_name)
    if longest and not problems and len(name) > longest:
        return [f"must be no more than {longest} characters"]
    return problems


def _annotation_causes(annotations: dict[str, str]) -> Iterator[Cause]:
    for key in annotations:
        for problem in qualified_problems(key.lower()):
            yield invalid_value("metadata.annotations", key, problem)
    size = sum(len(key.encode()) + len(value.encode()) for key, value in annotations.items())
    if size > _ANNOTATIONS_BYTES:
        yield too_long("metadata.annotations", _ANNOTATIONS_BYTES)


def _owner_causes(owner: Manifest, field: str) -> Iterator[Cause]:
    version = owner.get("apiVersion") or ""
    if not version:
        yield required(f"{field}.apiVersion", "must not be empty")
    elif not _VERSION.fullmatch(version):
        yield invalid_value(f"{field}.apiVersion", version, "must be <group>/<version> or <version>")
    if version.lstrip("/") == "v1" and owner.get("kind") == "Event":
        yield invalid_value(field, _shown_owner(owner), "/v1, Kind=Event is disallowed from being an owner")
    for name in ("kind", "name", "uid"):
        if not owner.get(name):
            yield required(f"{field}.{name}", "must not be empty")


def _controller_causes(owners: Iterable[Manifest]) -> Iterator[Cause]:
    """An object has one controller at most."""
    controllers = [owner for owner in owners if owner.get("controller") is True]
    for first, second in pairwise(controllers):
        names = " and ".join(f"{owner.get('kind')}/{owner.get('name')}" for owner in (first, second))
        problem = f'Only one reference can have Controller set to true. Found "true" in references for {names}'
        yield invalid_value("metadata.ownerReferences", [_shown_owner(owner) for owner in owners], problem)


def _shown_owner(owner: Manifest) -> orjson.Fragment:
    """An owner with its fields in the order of Go's struct, not in that of their names."""
    return orjson.Fragment(orjson.dumps({name: owner[name] for name in _OWNER_SHOWN if owner.get(name) is not None}))


def finalizer_warnings(metadata: Manifest) -> list[str]:
    """What a server says of the finalizers of a custom resource that are not qualified, which it takes."""
    advice = "prefer a domain-qualified finalizer name to avoid accidental conflicts with other finalizer writers"
    names = (name for name in metadata.get("finalizers", ()) if "/" not in name and name not in _STANDARD_FINALIZERS)
    return [f"metadata.finalizers: {quoted(name)}: {advice}" for name in names]


def _finalizer_causes(finalizers: Iterable[str], *, custom: bool) -> Iterator[Cause]:
    names = list(finalizers)
    for place, name in enumerate(names):
        for problem in qualified_problems(name):
            yield invalid_value("metadata.finalizers", name, problem)
        if not custom and "/" not in name and name not in _STANDARD_FINALIZERS:
            problem = "name is neither a standard finalizer name nor is it fully qualified"
            yield invalid_value(f"metadata.finalizers[{place}]", name, problem)
    if "orphan" in names and "foregroundDeletion" in names:
        problem = "finalizer orphan and foregroundDeletion cannot be both set"
        yield invalid_value("metadata.finalizers", names, problem)
