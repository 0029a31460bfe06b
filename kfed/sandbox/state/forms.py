"""Forms: an object as it is stored, and as the version has it that a client uses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.sandbox.admission import prepare
from kfed.sandbox.changes.tracking import track
from kfed.sandbox.values.options import Options

if TYPE_CHECKING:
    from kfed.sandbox.kinds.served import ServedType
    from kfed.sandbox.state.records import Record
    from kfed.sandbox.surface.registry import Registry

    Manifest = dict[str, Any]

_SILENT = Options(field_validation="Ignore")
_OWNERS = "managedFields"


def shown(served: ServedType, record: Record) -> Manifest:
    """A stored object as the version that is asked for has it."""
    if served.form is not None:
        return served.form.shown(record.manifest())
    return {**record.manifest(), "apiVersion": served.resource.gvk.api_version}


def as_kept(registry: Registry, served: ServedType, sent: Manifest) -> tuple[ServedType, Manifest]:
    """The type in whose form a server decides, and what is sent in that form.

    It is the one that is asked for, unless that has a form of its own. Versions of a CRD are each held to their schema.
    """
    kept = registry.storing(*served.place)
    if served.form is None or kept is None:
        return served, sent
    manifest = served.form.stored(sent)
    return kept, {**prepare.read(kept, manifest, _SILENT), "metadata": manifest["metadata"]}


def as_stored(registry: Registry, served: ServedType, manifest: Manifest) -> Manifest:
    """What `as_kept` has made, and a server has decided, as the version that is stored has it.

    A CRD's may know fewer fields than the one that is asked for.
    """
    storing = served if served.version == served.storage else registry.storing(*served.place)
    if served.form is not None or storing is None or storing is served:
        return manifest
    stored = {**manifest, "apiVersion": storing.resource.gvk.api_version}
    return {**prepare.read(storing, stored, _SILENT), "metadata": manifest["metadata"]}


def tracked_by(  # noqa: PLR0913, PLR0917  what there is to know of a write
    served: ServedType, old: Manifest | None, new: Manifest, options: Options, now: str, subresource: str = ""
) -> Manifest:
    """*new* with the owners of its fields, whose names are those of the form that the client uses.

    Args:
        served: the type that is asked for.
        old: the object as it was, in the form that `as_kept` makes; ``None`` when it is created.
        new: as it is to be, in the same form.
        options: say who writes.
        now: the time, as it stands in objects.
        subresource: by way of which it is written.
    """
    form = served.form
    if form is None:
        return track(served, old, new, options.manager, now=now, subresource=subresource)
    before = None if old is None else form.shown(old)
    told = track(served, before, form.shown(new), options.manager, now=now, subresource=subresource)["metadata"]
    metadata = {name: value for name, value in new["metadata"].items() if name != _OWNERS}
    return {**new, "metadata": metadata | ({_OWNERS: told[_OWNERS]} if _OWNERS in told else {})}
