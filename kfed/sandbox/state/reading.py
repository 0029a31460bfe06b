"""What a request sends, as an object of its type, and with all that the server fills in and holds it to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.sandbox.admission import prepare
from kfed.sandbox.admission.eventchecks import event_causes, newer_event_causes
from kfed.sandbox.admission.metadata import metadata_causes
from kfed.sandbox.admission.metadatafields import UnreadableError, decoded, unknown_metadata
from kfed.sandbox.state.identity import check_name, check_type, identified
from kfed.sandbox.state.lifecycle import completed

if TYPE_CHECKING:
    from kfed.sandbox.kinds.served import ServedType
    from kfed.sandbox.state.records import Key
    from kfed.sandbox.values.options import Options

    Manifest = dict[str, Any]

_EVENTS = ("", "events")


def read(served: ServedType, body: Any, namespace: str, options: Options, *, is_patch: bool = False) -> Manifest:
    """What is sent, as an object that the type's schema knows."""
    check_type(served, body, is_patch=is_patch)
    gvk = served.resource.gvk
    named = {**body, "kind": gvk.kind, "apiVersion": gvk.api_version}
    try:
        metadata = decoded(served, named)
    except UnreadableError as error:
        raise prepare.unreadable(gvk, named, str(error), is_patch=is_patch) from None
    unknown = unknown_metadata(named.get("metadata"))
    read = prepare.read(served, {**named, "metadata": metadata}, options, is_patch=is_patch, unknown=unknown)
    return identified(served, {**read, "metadata": metadata}, namespace)


def prepared(
    served: ServedType, kept: ServedType, manifest: Manifest, old: Manifest | None, subresource: str
) -> Manifest:
    """What has been read, with all that the server fills in, and found valid.

    Args:
        served: the type that is asked for.
        kept: the one in whose form *manifest* and *old* are; the same one, unless the other has a form of its own.
        manifest: the object.
        old: as it was; ``None`` when it is created.
        subresource: by way of which it is written.

    Raises:
        ApiError: 422, it is not valid.
    """
    manifest = prepare.completed(kept, completed(kept, manifest, old, subresource), old)
    causes = metadata_causes(kept, manifest["metadata"])
    if kept.place == _EVENTS:
        newer = served.form is not None
        found = [*event_causes(manifest, newer=newer), *(newer_event_causes(manifest, old) if newer else ())]
        causes = [*found, *causes]
    prepare.validate(kept, manifest, old, causes)
    return manifest


def check_place(served: ServedType, config: Manifest, key: Key) -> None:
    """Make sure that what is applied says no other place than the path.

    Raises:
        ApiError: 400, it does.
    """
    metadata = config.get("metadata")
    named = {"metadata": metadata if isinstance(metadata, dict) else {}}
    check_name(named, key.name)
    identified(served, named, key.namespace)
