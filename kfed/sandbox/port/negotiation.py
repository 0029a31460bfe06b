"""Which form of an answer a client accepts: JSON or YAML, and whole objects, their metadata or a table."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kfed.sandbox.admission.bodies import JSON, YAML
from kfed.sandbox.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Iterator

WHOLE, TABLE, METADATA = "", "Table", "PartialObjectMetadata"
_VIEWS = {"": WHOLE, "Table": TABLE, "PartialObjectMetadata": METADATA, "PartialObjectMetadataList": METADATA}
_META = "meta.k8s.io"
_ANY = {"*/*": JSON, "application/*": JSON}
_REFUSED = (
    "406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, "
    "application/vnd.kubernetes.protobuf, application/json;stream=watch, "
    "application/vnd.kubernetes.protobuf;stream=watch"
)


@dataclass(frozen=True, slots=True)
class Form:
    """How an answer is to look.

    Attributes:
        media: ``application/json`` or ``application/yaml``.
        view: ``WHOLE``, ``TABLE`` or ``METADATA``.
        include: how much of its object a row of a table holds, as the parameter ``includeObject`` says.
    """

    media: str = JSON
    view: str = WHOLE
    include: str = ""


def negotiate(accept: str, include: str = "") -> Form:
    """The form that a client likes best of those that there are.

    Args:
        accept: its ``Accept`` header; JSON when it is empty.
        include: its parameter ``includeObject``.

    Raises:
        ApiError: 406, there is none, as when a client insists on protocol buffers.
    """
    for accepted, parameters in _clauses(accept or JSON):
        view = _VIEWS.get(parameters.get("as", ""))
        known = view == WHOLE or (parameters.get("g") == _META and parameters.get("v") == "v1")
        media = _ANY.get(accepted, accepted)
        if view is not None and known and media in {JSON, YAML}:
            return Form(media, view, include)
    raise ApiError(406, "NotAcceptable", _REFUSED, {})


def _clauses(accept: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Media types with their parameters, the best liked first; among equals, as they stand."""
    clauses = []
    for clause in accept.split(","):
        media, *rest = (part.strip() for part in clause.split(";"))
        parameters = dict(part.partition("=")[::2] for part in rest)
        clauses.append((media.lower(), {key.strip(): value.strip().strip('"') for key, value in parameters.items()}))
    return iter(sorted(clauses, key=lambda clause: -_quality(clause[1].get("q", "1"))))


def _quality(text: str) -> float:
    try:
        quality = float(text)
    except ValueError:
        return 1.0
    return quality if math.isfinite(quality) else 1.0
