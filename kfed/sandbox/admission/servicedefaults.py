"""Defaults of Services, and the addresses and ports that a server hands out to them.

A server hands them out one after the other and takes them back; here they follow from the Service's name, so that
nobody has to remember them. Two Services get the same one about as rarely as the range is large.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from kfed.sandbox.values.filling import fill, maps, part

if TYPE_CHECKING:
    from kfed.sandbox.values.filling import Manifest

_NODE_PORTS = range(30000, 32768)
_ADDRESSES = range(0x0A600002, 0x0A6FFFFE)  # 10.96.0.2 and on, kubeadm's range
_BYTES = (24, 16, 8, 0)
_HEADLESS = "None"


def fill_service(service: Manifest, old: Manifest | None) -> None:
    """Fill in a Service; what was handed out to the *old* one stays with it."""
    spec = service.setdefault("spec", {})
    fill(spec, {"type": "ClusterIP", "sessionAffinity": "None"})
    for port in maps(spec, "ports"):
        fill(port, {"protocol": "TCP"})
        if port.get("targetPort") in {None, 0, ""}:
            port["targetPort"] = port.get("port", 0)
    if spec["sessionAffinity"] == "ClientIP":
        fill(spec, {"sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 10800}}})
    if spec["type"] != "ExternalName":
        _fill_address(service, spec, part(old, "spec"))
    if spec["type"] in {"NodePort", "LoadBalancer"}:
        _fill_node_ports(service, spec, part(old, "spec"))


def _fill_address(service: Manifest, spec: Manifest, before: Manifest) -> None:
    had = before.get("clusterIP") if before.get("type") != "ExternalName" else None
    addresses = spec.get("clusterIPs") or [None]
    address = spec.get("clusterIP") or addresses[0] or had or _address(service)
    fill(spec, {"clusterIP": address, "clusterIPs": [address], "internalTrafficPolicy": "Cluster"})
    if address == _HEADLESS and not spec.get("selector"):
        fill(spec, {"ipFamilies": ["IPv4", "IPv6"], "ipFamilyPolicy": "RequireDualStack"})
    fill(spec, {"ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack"})


def _fill_node_ports(service: Manifest, spec: Manifest, before: Manifest) -> None:
    fill(spec, {"externalTrafficPolicy": "Cluster"})
    if spec["type"] == "LoadBalancer":
        fill(spec, {"allocateLoadBalancerNodePorts": True})
        if spec["allocateLoadBalancerNodePorts"] is False:
            return
    had = {(port.get("protocol"), port.get("port")): port.get("nodePort") for port in maps(before, "ports")}
    for port in maps(spec, "ports"):
        if not port.get("nodePort"):
            kept = had.get((port["protocol"], port.get("port")))
            port["nodePort"] = kept or _choose(_NODE_PORTS, service, port["protocol"], str(port.get("port")))


def _address(service: Manifest) -> str:
    number = _choose(_ADDRESSES, service)
    return ".".join(str(number >> shift & 0xFF) for shift in _BYTES)


def _choose(choices: range, service: Manifest, *further: str) -> int:
    metadata = part(service, "metadata")
    name = "/".join((metadata.get("namespace", ""), metadata.get("name", ""), *further))
    return choices[zlib.crc32(name.encode()) % len(choices)]
