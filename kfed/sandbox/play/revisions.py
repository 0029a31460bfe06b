"""ControllerRevisions: the templates that a StatefulSet or a DaemonSet has had, by number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kfed.sandbox.play.acting import Create, Write, owner_reference, template_hash

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kfed.sandbox.play.acting import Action, Manifest


def revision_name(owner: Manifest) -> str:
    """The name of the revision of an object's template, as it is now."""
    return f"{owner['metadata']['name']}-{template_hash(owner['spec']['template'])}"


def ensured(owner: Manifest, revisions: Sequence[Manifest]) -> list[Action]:
    """Have a revision of the template, with the highest number of all."""
    name = revision_name(owner)
    newest = max((found["revision"] for found in revisions), default=0)
    found = next((found for found in revisions if found["metadata"]["name"] == name), None)
    if found is None:
        return [Create("controllerrevisions", _made(owner, name, newest + 1))]
    if found["revision"] < newest:
        return [Write("controllerrevisions", {**found, "revision": newest + 1})]
    return []


def _made(owner: Manifest, name: str, number: int) -> Manifest:
    metadata = {
        "name": name,
        "namespace": owner["metadata"]["namespace"],
        "labels": {
            **(owner["spec"]["template"].get("metadata") or {}).get("labels", {}),
            "controller.kubernetes.io/hash": name.rpartition("-")[2],
        },
        "ownerReferences": [owner_reference(owner)],
    }
    data = {"spec": {"template": {"$patch": "replace", **owner["spec"]["template"]}}}
    return {
        "kind": "ControllerRevision",
        "apiVersion": "apps/v1",
        "metadata": metadata,
        "data": data,
        "revision": number,
    }
