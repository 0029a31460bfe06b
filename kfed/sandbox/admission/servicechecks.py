"""What is not valid about Services, as far as users run into it, in kube-apiserver's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kfed.sandbox.admission.podchecks import label_causes
from kfed.sandbox.values.causes import duplicate, forbidden_field, invalid_value, required, unsupported
from kfed.sandbox.values.filling import part
from kfed.schema.formats.addresses import is_ipv4, is_ipv6

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kfed.sandbox.values.causes import Cause
    from kfed.sandbox.values.filling import Manifest

_FAMILIES = ("IPv4", "IPv6")
_PORTS = range(1, 65536)
_ADDRESS_SAYS = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
_PORT_SAYS = "must be between 1 and 65535, inclusive"


def service_causes(manifest: Manifest) -> Iterator[Cause]:
    """What is not valid about a Service with all its defaults."""
    spec = part(manifest, "spec")
    ports = spec.get("ports") or []
    if spec.get("type") == "ExternalName":
        if not spec.get("externalName"):
            yield required("spec.externalName")
        return
    if not ports and spec.get("clusterIP") != "None":
        yield required("spec.ports")
    yield from label_causes(part(spec, "selector"), "spec.selector")
    for index, family in enumerate(spec.get("ipFamilies") or ()):
        if family not in _FAMILIES:
            yield unsupported(f"spec.ipFamilies[{index}]", family, _FAMILIES)
    address = spec.get("clusterIP")
    if address and address != "None" and not (is_ipv4(address) or is_ipv6(address)):
        yield invalid_value("spec.clusterIPs[0]", address, _ADDRESS_SAYS)
    names: set[str] = set()
    for index, port in enumerate(ports):
        yield from _service_port(port, f"spec.ports[{index}]", names, only=len(ports) == 1)
        if port.get("nodePort") and spec.get("type") == "ClusterIP":
            words = "may not be used when `type` is 'ClusterIP'"
            yield forbidden_field(f"spec.ports[{index}].nodePort", words)


def _service_port(port: Manifest, field: str, names: set[str], *, only: bool) -> Iterator[Cause]:
    name = port.get("name", "")
    if not name and not only:
        yield required(f"{field}.name")
    if name and name in names:
        yield duplicate(f"{field}.name", name)
    names.add(name)
    if port.get("port") not in _PORTS:
        yield invalid_value(f"{field}.port", port.get("port", 0), _PORT_SAYS)
    target = port.get("targetPort")
    if isinstance(target, int) and target not in _PORTS:
        yield invalid_value(f"{field}.targetPort", target, _PORT_SAYS)
