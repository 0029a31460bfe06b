"""What is not valid about pods and their templates, as far as users run into it, in kube-apiserver's words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kfed.sandbox.values.causes import duplicate, forbidden_field, invalid_value, required, unknown_name, unsupported
from kfed.sandbox.values.filling import maps, part
from kfed.sandbox.values.naming import label_problems, label_value_problem, qualified_problems
from kfed.sandbox.values.quantities import value_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from kfed.sandbox.values.causes import Cause
    from kfed.sandbox.values.filling import Manifest

_PORTS = range(1, 65536)
_HANDLERS = frozenset({"exec", "httpGet", "tcpSocket", "grpc"})
_VARIABLE = re.compile(r"[ -<>-~]+")
_VARIABLE_SAYS = "a valid environment variable name must consist only of printable ASCII characters other than '='"


def template_causes(template: Manifest, field: str, policies: tuple[str, ...]) -> Iterator[Cause]:
    """What is not valid about a template.

    Args:
        template: with all its defaults.
        field: where it stands.
        policies: the restart policies that its owner can do with.
    """
    yield from label_causes(part(template, "metadata").get("labels") or {}, f"{field}.labels")
    spec = part(template, "spec")
    yield from pod_causes(spec, f"{field}.spec")
    policy = spec.get("restartPolicy")
    if policy in policies:
        return
    if policies == ("Always",):
        yield unsupported(f"{field}.spec.restartPolicy", policy, policies)
    else:
        values = ", ".join(f'"{name}"' for name in policies)
        yield required(f"{field}.spec.restartPolicy", f"valid values: {values}")


def pod_causes(spec: Manifest, field: str) -> Iterator[Cause]:
    """What is not valid about the spec of a pod, at *field*."""
    if not spec.get("containers"):
        yield required(f"{field}.containers")
    if spec.get("dnsPolicy") == "None" and not part(spec, "dnsConfig"):
        yield required(f"{field}.dnsConfig", "must provide `dnsConfig` when `dnsPolicy` is None")
    yield from _name_causes(spec, "volumes", field, set())
    for index, volume in enumerate(maps(spec, "volumes")):
        yield from _volume_causes(volume, f"{field}.volumes[{index}]")
    volumes = {volume.get("name") for volume in maps(spec, "volumes")}
    seen: set[str] = set()
    for name in ("containers", "initContainers", "ephemeralContainers"):
        yield from _name_causes(spec, name, field, seen)
        for index, container in enumerate(maps(spec, name)):
            yield from _container_causes(container, f"{field}.{name}[{index}]", volumes)


def label_causes(labels: Mapping[str, str], field: str) -> Iterator[Cause]:
    """What is not valid about labels, or about a selector that is a map of them, at *field*."""
    for key, value in labels.items():
        for problem in qualified_problems(key):
            yield invalid_value(field, key, problem)
        if problem := label_value_problem(value):
            yield invalid_value(field, value, problem)


def _resource_causes(resources: Manifest, field: str) -> Iterator[Cause]:
    """Nothing is negative, and no more is requested than there may be."""
    limits, requests = part(resources, "limits"), part(resources, "requests")
    for name, values in (("limits", limits), ("requests", requests)):
        for resource, quantity in values.items():
            if (value_of(quantity) or 0) < 0:
                yield invalid_value(f"{field}.{name}[{resource}]", quantity, "must be greater than or equal to 0")
    for resource in limits.keys() & requests.keys():
        most, wanted = value_of(limits[resource]), value_of(requests[resource])
        if most is not None and wanted is not None and wanted > most:
            words = f"must be less than or equal to {resource} limit of {limits[resource]}"
            yield invalid_value(f"{field}.requests", requests[resource], words)


def _name_causes(spec: Manifest, name: str, field: str, seen: set[str]) -> Iterator[Cause]:
    """The names of containers and volumes are DNS labels, and each is there once."""
    for index, item in enumerate(maps(spec, name)):
        where, own = f"{field}.{name}[{index}].name", item.get("name", "")
        for problem in label_problems(own) if own else ():
            yield invalid_value(where, own, problem)
        if own in seen:
            yield duplicate(where, own)
        seen.add(own)


def _volume_causes(volume: Manifest, field: str) -> Iterator[Cause]:
    """A volume is of one kind; those that are named say which."""
    kinds = [kind for kind in volume if kind != "name"]
    for kind in kinds[1:]:
        yield forbidden_field(f"{field}.{kind}", "may not specify more than 1 volume type")
    for kind, name in (("configMap", "name"), ("secret", "secretName")):
        if kind in kinds[:1] and not part(volume, kind).get(name):
            yield required(f"{field}.{kind}.{name}")


def _probe_causes(container: Manifest, field: str) -> Iterator[Cause]:
    for name in ("livenessProbe", "readinessProbe", "startupProbe"):
        if name in container and not _HANDLERS & part(container, name).keys():
            yield required(f"{field}.{name}", "must specify a handler type")


def _container_causes(container: Manifest, field: str, volumes: Iterable[object]) -> Iterator[Cause]:
    if not container.get("image"):
        yield required(f"{field}.image")
    for index, port in enumerate(maps(container, "ports")):
        for name in ("containerPort", "hostPort"):
            number = port.get(name)
            if number and number not in _PORTS:
                yield invalid_value(f"{field}.ports[{index}].{name}", number, "must be between 1 and 65535, inclusive")
    yield from _probe_causes(container, field)
    for index, variable in enumerate(maps(container, "env")):
        variable_name = variable.get("name")
        if variable_name and not _VARIABLE.fullmatch(variable_name):
            yield invalid_value(f"{field}.env[{index}].name", variable_name, _VARIABLE_SAYS)
    yield from _resource_causes(part(container, "resources"), f"{field}.resources")
    for index, mount in enumerate(maps(container, "volumeMounts")):
        volume = mount.get("name")
        if volume and volume not in volumes:
            yield unknown_name(f"{field}.volumeMounts[{index}].name", volume)
