"""Services and Ingresses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from kfed.core.finding import Severity
from kfed.core.mistake import Mistake
from kfed.core.names import is_label
from kfed.rendering.validation.parts import elements, part, repeated
from kfed.rendering.validation.pods import port_name_mistakes, port_number_mistakes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kfed.core.pointer import Path

_SERVICE_NAME = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")


def service_mistakes(manifest: Mapping[str, Any]) -> Iterator[Mistake]:
    """A Service: its name, and its ports."""
    yield from _service_name(part(manifest, "metadata").get("name"))
    spec = part(manifest, "spec")
    if spec.get("type") == "ExternalName":
        if not spec.get("externalName"):
            message = "A Service of the type ExternalName needs an externalName; add it."
            yield Mistake("missing-required", message, ("spec", "externalName"), on_key=True, expected="a DNS name")
        return
    ports = list(elements(spec, "ports", ("spec",)))
    if not ports and spec.get("ports") in (None, []) and spec.get("clusterIP") != "None":
        message = "A Service needs a port unless it is headless; add one."
        yield Mistake("missing-required", message, ("spec", "ports"), on_key=True, expected="a port")
    yield from repeated(spec, "ports", ("spec",))
    for at, port in ports:
        yield from _service_port(port, at, only=len(ports) == 1)


def _service_name(name: Any) -> Iterator[Mistake]:
    at: Path = ("metadata", "name")
    if not isinstance(name, str) or not name or (_SERVICE_NAME.fullmatch(name) is not None and is_label(name)):
        return
    if is_label(name):
        message = (
            f"{name!r} begins with a digit, which older API servers refuse in a Service's name; begin with a letter."
        )
        yield Mistake("bad-name", message, at, severity=Severity.WARNING, expected="a letter first")
        return
    message = (
        f"{name!r} is no name for a Service; use at most 63 lower-case letters, digits and dashes, a letter first."
    )
    yield Mistake("bad-name", message, at, expected="a DNS label")


def _service_port(port: Mapping[str, Any], at: Path, *, only: bool) -> Iterator[Mistake]:
    name = port.get("name") or ""
    if not name and not only:
        message = "Each port of a Service with several needs a name; add it."
        yield Mistake("missing-required", message, (*at, "name"), on_key=True, expected="a name")
    elif isinstance(name, str) and name and not is_label(name):
        message = f"{name!r} is no name for a port; use lower-case letters, digits and dashes."
        yield Mistake("bad-name", message, (*at, "name"), expected="a DNS label")
    yield from port_number_mistakes(port.get("port"), (*at, "port"))
    yield from port_number_mistakes(port.get("targetPort"), (*at, "targetPort"), first=0)
    yield from port_name_mistakes(port.get("targetPort"), (*at, "targetPort"))


def ingress_mistakes(manifest: Mapping[str, Any]) -> Iterator[Mistake]:
    """An Ingress: it leads somewhere, and its paths are absolute."""
    spec = part(manifest, "spec")
    if not spec.get("rules") and not spec.get("defaultBackend"):
        message = "The Ingress leads nowhere; give it rules, or a defaultBackend."
        yield Mistake("missing-required", message, ("spec",), on_key=True, expected="rules or defaultBackend")
    for at, rule in elements(spec, "rules", ("spec",)):
        for place, path in elements(part(rule, "http"), "paths", (*at, "http")):
            text = path.get("path")
            exact = path.get("pathType") in ("Exact", "Prefix")
            if exact and isinstance(text, str) and not text.startswith("/"):
                message = f"The path {text!r} of the type {path['pathType']} is to begin with a slash."
                yield Mistake("wrong-format", message, (*place, "path"), expected="/…")
