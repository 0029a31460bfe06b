"""Registry: which types one cluster serves, built-in ones and those of its CustomResourceDefinitions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from kfed.sandbox.kinds.builtin import builtin_types
from kfed.sandbox.surface.crds import served_by
from kfed.schema.upstream.types import preference

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kfed.sandbox.kinds.served import ServedType

    Types = Mapping[tuple[str, str, str], ServedType]

# In the order of kube-apiserver's discovery, which is that of kubectl's choice between types of one name.
_GROUPS = (
    *("", "apps", "events.k8s.io", "authentication.k8s.io", "authorization.k8s.io", "autoscaling", "batch"),
    "certificates.k8s.io",
    *("networking.k8s.io", "policy", "rbac.authorization.k8s.io", "storage.k8s.io", "admissionregistration.k8s.io"),
    *("apiextensions.k8s.io", "scheduling.k8s.io", "coordination.k8s.io", "node.k8s.io", "discovery.k8s.io"),
    *("resource.k8s.io", "flowcontrol.apiserver.k8s.io", "storagemigration.k8s.io"),
)


class Registry:
    """The types of one cluster. Built-in types are shared between registries, so that one more costs next to nothing.

    Attributes:
        revision: grows with every change of the types; for those who remember what they made of them.
    """

    def __init__(self, builtin: Types | None = None) -> None:
        """Serve *builtin* types; those of the newest Kubernetes release when ``None``."""
        self.revision = 0
        self._builtin = builtin_types() if builtin is None else builtin
        self._custom: dict[tuple[str, str, str], ServedType] = {}
        self._of_crd: dict[str, tuple[ServedType, ...]] = {}
        self._index()

    def find(self, group: str, version: str, plural: str) -> ServedType | None:
        """The type served at such a path; ``None`` when there is none."""
        key = (group, version, plural)
        return self._builtin.get(key) or self._custom.get(key)

    def by_kind(self, group: str, version: str, kind: str) -> ServedType | None:
        """The type that a manifest of this group, version and kind is of; ``None`` when it is not served."""
        return self._by_kind.get((group, version, kind))

    def types(self) -> list[ServedType]:
        """Every version of every type, built-in ones first."""
        return [*self._builtin.values(), *self._custom.values()]

    def storing(self, group: str, plural: str) -> ServedType | None:
        """The version in which objects are stored; the preferred one where that is not served.

        ``None`` when no version is served, or objects of the type are not stored.
        """
        return self._storing.get((group, plural))

    def of_version(self, group: str, version: str) -> list[ServedType]:
        """The types of one version of a group, by plural."""
        types = [served for served in self.types() if (served.group, served.version) == (group, version)]
        return sorted(types, key=lambda served: served.plural)

    def groups(self) -> dict[str, list[str]]:
        """Every group with its versions, the preferred one first; ``""`` is the core group."""
        found: dict[str, set[str]] = {}
        for served in self.types():
            found.setdefault(served.group, set()).add(served.version)
        order = {group: place for place, group in enumerate(_GROUPS)}
        ordered = sorted(found, key=lambda group: (order.get(group, len(order)), group))
        return {group: sorted(found[group], key=preference) for group in ordered}

    def add_crd(self, manifest: Mapping[str, Any]) -> tuple[ServedType, ...]:
        """Serve the types of a CustomResourceDefinition, in place of those it defined before.

        Args:
            manifest: as stored; it is not changed, and not to be changed.

        Raises:
            SchemaError: it cannot be read; what was served before still is.
        """
        types = served_by(manifest)
        name = manifest["metadata"]["name"]
        self._forget(name)
        self._of_crd[name] = types
        self._custom.update({(served.group, served.version, served.plural): served for served in types})
        self._changed()
        return types

    def remove_crd(self, name: str) -> None:
        """Serve the types of a CustomResourceDefinition no more; nothing happens when it is not known."""
        if name in self._of_crd:
            self._forget(name)
            self._changed()

    def _changed(self) -> None:
        self.revision += 1
        self._index()

    def _index(self) -> None:
        self._by_kind = {(served.group, served.version, served.kind): served for served in self.types()}
        self._storing: dict[tuple[str, str], ServedType] = {}
        for served in self.types():
            known = self._storing.get(served.place)
            if served.storage and (known is None or _rank(served) < _rank(known)):
                self._storing[served.place] = served

    def _forget(self, name: str) -> None:
        for served in self._of_crd.pop(name, ()):
            del self._custom[served.group, served.version, served.plural]


def converted(data: bytes, served: ServedType) -> bytes:
    """A stored object as *served* shows it: the strategy ``None`` of CRDs rewrites ``apiVersion`` and nothing else."""
    if served.form is None and served.version == served.storage:
        return data
    manifest = orjson.loads(data)
    if served.form is not None:
        return orjson.dumps(served.form.shown(manifest))
    if manifest.get("apiVersion") == served.resource.gvk.api_version:
        return data
    return orjson.dumps(manifest | {"apiVersion": served.resource.gvk.api_version})


def _rank(served: ServedType) -> tuple[Any, ...]:
    return (served.form is not None, served.version != served.storage, preference(served.version))
