"""What a request asks beside its object: options of writes, of deletions and of lists, as the API names them."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Options:
    """Options of a write.

    Attributes:
        dry_run: decide everything, store nothing.
        field_manager: who writes; ``unknown`` stands in managedFields when it is empty.
        force: a server-side apply takes fields from their owners.
        field_validation: ``Strict``, ``Warn`` or ``Ignore``: what becomes of unknown and repeated fields.
        warnings: what the answer's ``Warning`` headers are to say; sentences are appended.
    """

    dry_run: bool = False
    field_manager: str = ""
    force: bool = False
    field_validation: str = "Warn"
    warnings: list[str] = field(default_factory=list)

    @property
    def manager(self) -> str:
        """The name that stands in managedFields."""
        return self.field_manager or "unknown"


@dataclass(frozen=True, slots=True)
class DeleteOptions:
    """Options of a deletion.

    Attributes:
        grace: seconds that a Pod gets; ``None`` for what its spec says.
        propagation: ``Foreground``, ``Background`` or ``Orphan``; empty for what the type does by itself.
        uid: delete only what has this uid.
        resource_version: delete only what has this resourceVersion.
    """

    grace: int | None = None
    propagation: str = ""
    uid: str = ""
    resource_version: str = ""


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What a list is asked for.

    Attributes:
        label_selector: in its text form, such as ``app=web,tier in (a, b)``.
        field_selector: such as ``metadata.name=web``.
        limit: at most so many objects; 0 for all.
        continue_: the token that the page before ended with.
        resource_version: such as ``0`` (anything will do) or ``17``; empty for the newest.
        match: ``resourceVersionMatch``: empty, ``Exact`` or ``NotOlderThan``.
    """

    label_selector: str = ""
    field_selector: str = ""
    limit: int = 0
    continue_: str = ""
    resource_version: str = ""
    match: str = ""
