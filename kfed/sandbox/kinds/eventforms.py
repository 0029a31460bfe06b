"""Events in two forms: ``v1``, in which they are stored, and ``events.k8s.io/v1``.

As k8s.io/kubernetes has it, ``pkg/apis/events/v1/conversion.go``.
"""

from __future__ import annotations

from typing import Any

from kfed.sandbox.kinds.served import Form

Manifest = dict[str, Any]

# The fields of the newer form in their order, and what the older one calls them.
_FIELDS = {
    "eventTime": "eventTime",
    "series": "series",
    "reportingController": "reportingComponent",
    "reportingInstance": "reportingInstance",
    "action": "action",
    "reason": "reason",
    "regarding": "involvedObject",
    "related": "related",
    "note": "message",
    "type": "type",
    "deprecatedSource": "source",
    "deprecatedFirstTimestamp": "firstTimestamp",
    "deprecatedLastTimestamp": "lastTimestamp",
    "deprecatedCount": "count",
}
_ALWAYS: Manifest = {"eventTime": None, "regarding": {}, "deprecatedSource": {}}
_ALWAYS |= {"deprecatedFirstTimestamp": None, "deprecatedLastTimestamp": None}
_EMPTY = ("", 0)


def _stored(manifest: Manifest) -> Manifest:
    head = {"kind": "Event", "apiVersion": "v1", "metadata": manifest["metadata"]}
    return head | {older: manifest[newer] for newer, older in _FIELDS.items() if newer in manifest}


def _shown(manifest: Manifest) -> Manifest:
    head = {"kind": "Event", "apiVersion": "events.k8s.io/v1", "metadata": manifest["metadata"]}
    found = {newer: manifest.get(older, _ALWAYS.get(newer, "")) for newer, older in _FIELDS.items()}
    return head | {name: value for name, value in found.items() if value not in _EMPTY}


EVENTS = Form("", "v1", _stored, _shown)
"""How events of ``events.k8s.io/v1`` are stored."""
