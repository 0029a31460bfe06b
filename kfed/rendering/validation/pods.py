"""Pods: containers, ports, volumes and probes, wherever a pod's spec stands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from kfed.core.mistake import Mistake
from kfed.core.names import is_label
from kfed.rendering.validation.parts import elements, number, part, repeated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from kfed.core.pointer import Path

_KINDS = ("initContainers", "containers")
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_HANDLERS = ("exec", "grpc", "httpGet", "tcpSocket")
# IANA service names, RFC 6335 section 5.1.
_PORT_NAME = re.compile(r"(?=[0-9-]*[a-z])[a-z0-9]+(-[a-z0-9]+)*")
_PORT_NAME_LENGTH = 15
_LAST_PORT = 65535


def pod_mistakes(spec: Mapping[str, Any], path: Path, claims: Iterable[Any] = ()) -> Iterator[Mistake]:
    """What is wrong with a pod.

    Args:
        spec: of the pod.
        path: where it stands.
        claims: names of volumes that the pods of a StatefulSet get besides.
    """
    if spec.get("containers") == []:
        yield Mistake("missing-required", "A pod needs a container; add one.", (*path, "containers"), expected="a list")
    volumes = [*claims, *(item.get("name") for _, item in elements(spec, "volumes", path))]
    names: set[str] = set()
    for key in _KINDS:
        for at, container in elements(spec, key, path):
            yield from _name(container, at, names)
            yield from _container(container, at, volumes)
    yield from repeated(spec, "volumes", path)
    for at, volume in elements(spec, "volumes", path):
        name = volume.get("name")
        if isinstance(name, str) and name and not is_label(name):
            yield _bad_label(name, (*at, "name"), "volume")


def restart_mistakes(
    spec: Mapping[str, Any], path: Path, policies: tuple[str, ...], *, default: bool = True
) -> Iterator[Mistake]:
    """A restart policy that the pods of a workload cannot have.

    Args:
        spec: of the pod.
        path: where it stands.
        policies: those that there can be.
        default: whether leaving it out means one of them.
    """
    policy = spec.get("restartPolicy") or ""
    if (policy == "" and default) or policy in policies or not isinstance(policy, str):
        return
    words = " or ".join(policies)
    said = f"is {policy!r}" if policy else "is Always where none is given"
    message = f"The restartPolicy of these pods {said}, and can only be {words}; set it."
    yield Mistake("not-in-enum", message, (*path, "restartPolicy"), on_key=not policy, expected=words)


def is_port_name(name: str) -> bool:
    """Whether *name* is an IANA service name, as the names of ports must be."""
    return len(name) <= _PORT_NAME_LENGTH and _PORT_NAME.fullmatch(name) is not None


def port_number_mistakes(value: Any, path: Path, first: int = 1) -> Iterator[Mistake]:
    """A number that no port has."""
    port = number(value)
    if port is not None and not first <= port <= _LAST_PORT:
        message = f"{port} is no port; give one from {first} to {_LAST_PORT}."
        yield Mistake("out-of-range", message, path, expected=f"{first} to {_LAST_PORT}")


def port_name_mistakes(name: Any, path: Path) -> Iterator[Mistake]:
    """A name that no port of a container can have."""
    if isinstance(name, str) and name and not is_port_name(name):
        message = (
            f"{name!r} is no name for a port; use at most {_PORT_NAME_LENGTH} lower-case letters, digits and single "
            "dashes between them, with a letter among them."
        )
        yield Mistake("bad-name", message, path, expected="an IANA service name")


def _bad_label(name: str, at: Path, what: str) -> Mistake:
    message = (
        f"{name!r} is no name for a {what}; use at most 63 lower-case letters, digits and dashes, beginning and ending "
        "with a letter or digit."
    )
    return Mistake("bad-name", message, at, expected="a DNS label")


def _name(container: Mapping[str, Any], at: Path, names: set[str]) -> Iterator[Mistake]:
    name = container.get("name")
    if not isinstance(name, str):
        return
    if not is_label(name):
        yield _bad_label(name, (*at, "name"), "container")
    elif name in names:
        message = f"Two containers have the name {name!r}; give each its own."
        yield Mistake("duplicate-list-item", message, (*at, "name"), expected="each name once")
    names.add(name)


def _container(container: Mapping[str, Any], path: Path, volumes: list[Any]) -> Iterator[Mistake]:
    if container.get("image") in ("", None):
        message = "The container has no image; name one."
        yield Mistake("missing-required", message, (*path, "image"), on_key=True, expected="an image")
    yield from _ports(container, path)
    for at, variable in elements(container, "env", path):
        if variable.get("value") and variable.get("valueFrom"):
            message = "A variable has a value or a valueFrom, not both; remove one."
            yield Mistake("server-rule", message, (*at, "valueFrom"), on_key=True, expected="one of the two")
    yield from repeated(container, "volumeMounts", path, "mountPath", "mountPath")
    for at, mount in elements(container, "volumeMounts", path):
        name = mount.get("name")
        if isinstance(name, str) and name not in volumes:
            message = f"The pod has no volume {name!r} to mount; add it to the volumes, or correct the name."
            yield Mistake("wrong-reference", message, (*at, "name"), expected="the name of a volume")
    for probe in _PROBES:
        yield from _probe(container, probe, path)
    yield from _handler_count(part(container, "lifecycle"), "preStop", (*path, "lifecycle"))
    yield from _handler_count(part(container, "lifecycle"), "postStart", (*path, "lifecycle"))


def _ports(container: Mapping[str, Any], path: Path) -> Iterator[Mistake]:
    yield from repeated(container, "ports", path)
    for at, port in elements(container, "ports", path):
        yield from port_name_mistakes(port.get("name"), (*at, "name"))
        yield from port_number_mistakes(port.get("containerPort"), (*at, "containerPort"))
        yield from port_number_mistakes(port.get("hostPort"), (*at, "hostPort"), first=0)


def _probe(container: Mapping[str, Any], name: str, path: Path) -> Iterator[Mistake]:
    probe = container.get(name)
    if not isinstance(probe, dict):
        return
    yield from _handler_count(container, name, path)
    for handler in ("httpGet", "tcpSocket"):
        at = (*path, name, handler, "port")
        port = part(probe, handler).get("port")
        yield from port_number_mistakes(port, at)
        yield from port_name_mistakes(port, at)
    threshold = number(probe.get("successThreshold"))
    if name != "readinessProbe" and threshold not in (None, 0, 1):
        message = f"The successThreshold of a {name} can only be 1."
        yield Mistake("out-of-range", message, (*path, name, "successThreshold"), expected="1")


def _handler_count(owner: Mapping[str, Any], name: str, path: Path) -> Iterator[Mistake]:
    """Something that is to be done needs one way to do it."""
    action = owner.get(name)
    if not isinstance(action, dict):
        return
    handlers = [handler for handler in (*_HANDLERS, "sleep") if isinstance(action.get(handler), dict)]
    if len(handlers) == 1:
        return
    said = f"has {' and '.join(handlers)}" if handlers else "says nothing to do"
    message = f"The {name} {said}; give one of {', '.join(_HANDLERS)}."
    yield Mistake("server-rule", message, (*path, name), on_key=True, expected="one handler")
