"""Services, Endpoints, Ingresses and what else is about the network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.sandbox.surface.printers.core import plain
from kfed.sandbox.surface.printers.printer import NONE, at, created, labels, limited, name, printer, selector

if TYPE_CHECKING:
    import datetime as dt

_SHOWN_HOSTS = 3


def _service(obj: dict[str, Any], now: dt.datetime) -> list[Any]:
    spec = at(obj, "spec", default={})
    own = at(spec, "clusterIPs", default=[])
    return [
        *(name(obj), spec.get("type", ""), own[0] if own else NONE, _external(obj, spec)),
        *(",".join(map(_port, spec.get("ports") or ())) or NONE, created(obj, now), labels(spec.get("selector"))),
    ]


def _external(obj: dict[str, Any], spec: dict[str, Any]) -> str:
    given = list(spec.get("externalIPs") or ())
    match spec.get("type"):
        case "ClusterIP" | "NodePort":
            return ",".join(given) or NONE
        case "LoadBalancer":
            return ",".join([*_balancers(obj), *given]) or "<pending>"
        case "ExternalName":
            return str(spec.get("externalName", ""))
    return "<unknown>"


def _balancers(obj: dict[str, Any]) -> list[str]:
    entries = at(obj, "status", "loadBalancer", "ingress", default=[])
    return sorted({entry.get("ip") or entry.get("hostname") or "" for entry in entries} - {""})


def _port(port: dict[str, Any]) -> str:
    node = f":{port['nodePort']}" if port.get("nodePort") else ""
    return f"{port['port']}{node}/{port.get('protocol', 'TCP')}"


def _endpoints(obj: dict[str, Any], now: dt.datetime) -> list[Any]:
    found: list[str] = []
    for subset in at(obj, "subsets", default=[]):
        addresses = [entry.get("ip", "") for entry in subset.get("addresses") or ()]
        ports = [entry.get("port", 0) for entry in subset.get("ports") or ()]
        found += [_joined(ip, port) for port in ports for ip in addresses] if ports else addresses
    empty = "" if at(obj, "subsets") else NONE
    return [name(obj), limited(found, empty=empty), created(obj, now)]


def _joined(ip: str, port: int) -> str:
    return f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"


def _endpoint_slice(obj: dict[str, Any], now: dt.datetime) -> list[Any]:
    ports = [str(entry.get("port") or entry.get("name") or "*") for entry in at(obj, "ports", default=[])]
    addresses = [ip for entry in at(obj, "endpoints", default=[]) for ip in entry.get("addresses") or ()]
    return [name(obj), obj.get("addressType", ""), limited(ports), limited(addresses), created(obj, now)]


def _ingress(obj: dict[str, Any], now: dt.datetime) -> list[Any]:
    spec = at(obj, "spec", default={})
    ports = "80, 443" if spec.get("tls") else "80"
    kind = spec.get("ingressClassName") or NONE
    return [name(obj), kind, _hosts(spec.get("rules") or ()), ",".join(_balancers(obj)), ports, created(obj, now)]


def _hosts(rules: Any) -> str:
    """The first hosts that rules name; more than three are counted, a rule without a host among them."""
    hosts: list[str] = []
    for rule in rules:
        if len(hosts) == _SHOWN_HOSTS:
            return f"{','.join(hosts)} + {len(rules) - _SHOWN_HOSTS} more..."
        hosts += [rule["host"]] if rule.get("host") else []
    return ",".join(hosts) or "*"


def _ingress_class(obj: dict[str, Any], now: dt.datetime) -> list[Any]:
    annotations = at(obj, "metadata", "annotations", default={})
    is_default = annotations.get("ingressclass.kubernetes.io/is-default-class") == "true"
    parameters = NONE
    if given := at(obj, "spec", "parameters"):
        group = f".{given['apiGroup']}" if given.get("apiGroup") is not None else ""
        parameters = f"{given.get('kind')}{group}/{given.get('name')}"
    shown = f"{name(obj)} (default)" if is_default else name(obj)
    return [shown, at(obj, "spec", "controller", default=""), parameters, created(obj, now)]


def _network_policy(obj: dict[str, Any], now: dt.datetime) -> list[Any]:
    return [name(obj), selector(at(obj, "spec", "podSelector")) or NONE, created(obj, now)]


def _service_cidr(obj: dict[str, Any], now: dt.datetime) -> list[Any]:
    return [name(obj), ",".join(at(obj, "spec", "cidrs", default=[])), created(obj, now)]


def _ip_address(obj: dict[str, Any], now: dt.datetime) -> list[Any]:
    """The server itself has a cell more than columns here: the age."""
    parent = NONE
    if given := at(obj, "spec", "parentRef"):
        resource = ".".join(filter(None, (given.get("resource", ""), given.get("group", ""))))
        parent = "/".join(filter(None, (resource.lower(), given.get("namespace", ""), given.get("name", ""))))
    return [name(obj), parent, created(obj, now)]


PRINTERS = {
    ("", "Service"): printer("Name, Type, Cluster-IP, External-IP, Port(s), Age, Selector+", _service),
    ("", "Endpoints"): printer("Name, Endpoints, Age", _endpoints),
    ("discovery.k8s.io", "EndpointSlice"): printer("Name, AddressType, Ports, Endpoints, Age", _endpoint_slice),
    ("networking.k8s.io", "Ingress"): printer("Name, Class, Hosts, Address, Ports, Age", _ingress),
    ("networking.k8s.io", "IngressClass"): printer("Name, Controller, Parameters, Age", _ingress_class),
    ("networking.k8s.io", "NetworkPolicy"): printer("Name, Pod-Selector, Age", _network_policy),
    ("networking.k8s.io", "ServiceCIDR"): printer("Name, CIDRs, Age", _service_cidr),
    ("networking.k8s.io", "IPAddress"): printer("Name, ParentRef", _ip_address),
    ("node.k8s.io", "RuntimeClass"): printer("Name, Handler, Age", plain("handler")),
}
