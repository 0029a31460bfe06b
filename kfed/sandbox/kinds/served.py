"""ServedType: one version of one type as one of the sandbox's servers serves it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kfed.core.resource import Scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from kfed.core.resource import Resource

ALL_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")


@dataclass(frozen=True, slots=True)
class ScalePaths:
    """Where a type keeps what its subresource ``scale`` shows, as dotted JSON paths such as ``.spec.replicas``.

    Attributes:
        spec: the number that is wanted.
        status: the number that is there.
        selector: the label selector in its text form; empty when the type does not tell. Built-in types keep a
            structured selector there, which is to be turned into text.
    """

    spec: str
    status: str
    selector: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One column that ``kubectl get`` shows of a custom resource.

    Attributes:
        name: its heading.
        type: ``string``, ``integer``, ``number``, ``boolean`` or ``date``.
        path: JSONPath into the object, such as ``.spec.replicas``.
        format: as OpenAPI has it; often empty.
        description: what it shows.
        priority: 0 for a column that is always shown; others only ``-o wide`` shows.
    """

    name: str
    type: str
    path: str
    format: str = ""
    description: str = ""
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Form:
    """In which form of another version or group objects are stored, where that is not only another ``apiVersion``.

    Attributes:
        group: of the type in whose form they are stored.
        version: of that group.
        stored: an object, as the type that has this form writes it, to the one that is stored.
        shown: a stored object as the type writes it.
    """

    group: str
    version: str
    stored: Callable[[dict[str, Any]], dict[str, Any]]
    shown: Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class ServedType:
    """One version of one type; two versions of a type are two of these, which share their stored objects.

    Attributes:
        resource: its names and its scope.
        verbs: what can be done to its objects, as discovery names it; a review can only be created.
        schema: the structural schema of the whole object, its status included; ``None`` when any object is taken.
            Parts of it are shared between types: it is never to be changed.
        subresources: such as ``status`` and ``scale``.
        scale: where the replicas are, for types with the subresource ``scale``.
        columns: a CRD's additional printer columns; built-in types have printers of their own.
        crd: the name of the CustomResourceDefinition that the type comes from; ``None`` for a built-in type.
        generation: whether the server counts changes of the spec in ``metadata.generation``.
        merge: the definition that says how strategic merge patches merge lists; ``None`` for custom resources, which
            have no such patches. References are resolved: ``properties``, ``items`` and ``additionalProperties`` hold
            such definitions, with ``x-kubernetes-patch-strategy``, ``x-kubernetes-patch-merge-key`` beside. A
            definition that contains itself is found again below itself, so walk it along a value.
        storage: the version that is stored; for all versions of a type the same one.
        selectable: the fields that a CRD lets field selectors name, as dotted paths such as ``spec.color``.
        form: how objects are stored in the form of another built-in type; ``None`` when they are stored as they are.
    """

    resource: Resource
    verbs: tuple[str, ...] = ALL_VERBS
    schema: dict[str, Any] | None = None
    subresources: frozenset[str] = frozenset()
    scale: ScalePaths | None = None
    columns: tuple[Column, ...] = ()
    crd: str | None = None
    generation: bool = True
    merge: dict[str, Any] | None = None
    storage: str = ""
    selectable: tuple[str, ...] = ()
    form: Form | None = None

    @property
    def group(self) -> str:
        """The API group; empty for the core group."""
        return self.resource.gvk.group

    @property
    def version(self) -> str:
        """The version, such as ``v1``."""
        return self.resource.gvk.version

    @property
    def kind(self) -> str:
        """The kind, such as ``Deployment``."""
        return self.resource.gvk.kind

    @property
    def plural(self) -> str:
        """The plural, such as ``deployments``."""
        return self.resource.plural

    @property
    def place(self) -> tuple[str, str]:
        """The group and the plural under which objects are stored, by which versions share them."""
        return (self.form.group if self.form else self.group, self.plural)

    @property
    def is_namespaced(self) -> bool:
        """Whether its objects live in a namespace."""
        return self.resource.scope is Scope.NAMESPACED
