"""FederatedTypeConfigs: which types are kept, each by a controller that starts, changes and stops with its own."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kfed.core.guard import ACKNOWLEDGE
from kfed.core.key import Key
from kfed.core.resource import CORE_GROUP, Gvk, Resource, Scope
from kfed.core.typeconfig import parse_type_config
from kfed.errors import NotFoundError, UnavailableError
from kfed.kube.api import Collection
from kfed.kube.request import Selection
from kfed.rendering.types import kind_of
from kfed.runtime.controller import DONE, Controller, Result
from kfed.runtime.store import Store
from kfed.sync.types import FederatedType, Shared

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kfed.core.mistake import Mistake
    from kfed.core.resource import TypeConfig
    from kfed.rendering.types import FederatedKind
    from kfed.sync.members import Member

_log = logging.getLogger(__name__)

TYPE_CONFIGS = Resource(Gvk(CORE_GROUP, "v1beta1", "FederatedTypeConfig"), "federatedtypeconfigs", Scope.NAMESPACED)
CRDS = Resource(
    Gvk("apiextensions.k8s.io", "v1", "CustomResourceDefinition"), "customresourcedefinitions", Scope.CLUSTER
)
_NAMESPACES = Gvk("", "v1", "Namespace")


@dataclass(frozen=True, slots=True)
class Configured:
    """A FederatedTypeConfig as it is kept.

    Attributes:
        manifest: without its status, which wakes nobody.
        config: what it says, or what is wrong with it.
        agreed: how many deletions somebody has agreed to.
    """

    manifest: dict[str, Any]
    config: TypeConfig | list[Mistake]
    agreed: int


def _keep_config(manifest: dict[str, Any]) -> Configured:
    metadata = {
        key: value for key, value in manifest["metadata"].items() if key not in ("managedFields", "resourceVersion")
    }
    kept = {**manifest, "metadata": metadata, "status": None}
    agreed = (metadata.get("annotations") or {}).get(ACKNOWLEDGE, "")
    return Configured(kept, parse_type_config(manifest), int(agreed) if agreed.isdigit() else 0)


def _keep_crd(manifest: dict[str, Any]) -> tuple[int, bool]:
    """The generation of a definition, and whether it is on its way out."""
    metadata = manifest["metadata"]
    return metadata.get("generation", 0), "deletionTimestamp" in metadata


class TypeConfigs:
    """All types that are kept, by the names of their FederatedTypeConfigs."""

    def __init__(self, shared: Shared, *, reports: bool) -> None:
        self._shared, self._reports = shared, reports
        self.types: dict[str, FederatedType] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._generations: dict[str, int] = {}
        self._configs: Store[Configured] = Store(_keep_config)
        self._agreed: dict[str, int] = {}
        self._crds: Store[tuple[int, bool]] = Store(_keep_crd)
        self.controller = Controller("federatedtypeconfigs", self._reconcile)
        within = Selection(namespace=shared.settings.namespace)
        self.controller.follow(Collection(shared.host, TYPE_CONFIGS, within), self._configs)
        self.controller.follow(Collection(shared.host, CRDS, Selection(metadata_only=True)), self._crds, self._users)

    @property
    def is_settled(self) -> bool:
        """Whether every type has looked at all that has changed."""
        return all(len(one.controller.queue) == 0 for one in self.types.values())

    def agreed(self) -> dict[str, int]:
        """How many deletions of a type somebody has agreed to."""
        return {key.name: configured.agreed for key, configured in self._configs.items() if configured.agreed}

    def namespaces_whole(self) -> bool:
        """Whether FederatedNamespaces, if they are kept at all, have been read whole."""
        if not self._configs.synced:
            return False
        for key, configured in self._configs.items():
            config = configured.config
            if not isinstance(config, list) and config.propagating and config.target.gvk == _NAMESPACES:
                one = self.types.get(key.name)
                is_defined = self._crds.get(Key("", config.federated.full_name)) is not None
                return self._crds.synced and (one.federated.synced if one else not is_defined)
        return True

    def meet(self, member: Member) -> None:
        """A member came, or turned ready or otherwise."""
        for one in self.types.values():
            one.meet(member)

    def look_again(self) -> None:
        """The placement of any object may be another."""
        for one in self.types.values():
            one.look_again()

    async def leave(self, name: str) -> None:
        """A member is no more."""
        for one in self.types.values():
            await one.leave(name)

    def govern(self, namespace: str) -> None:
        """What a FederatedNamespace says has changed."""
        for one in self.types.values():
            one.look_again(namespace)

    async def run(self) -> None:
        """Keep the types until `stop`."""
        await self.controller.run()

    async def stop(self) -> None:
        """Stop every type; nothing is touched any more."""
        self.controller.stop()
        for name in tuple(self.types):
            await self._stop(name)

    def _users(self, key: Key) -> Iterable[Key]:
        """The type configs whose federated type a CustomResourceDefinition defines."""
        for name, configured in self._configs.items():
            config = configured.config
            if not isinstance(config, list) and config.federated.full_name == key.name:
                yield name

    async def _reconcile(self, key: Key) -> Result:
        configured = self._configs.get(key)
        if configured is None:
            await self._stop(key.name)
            return DONE
        manifest, config = configured.manifest, configured.config
        if isinstance(config, list):
            self._shared.recorder.note(manifest, "Malformed", " ".join(one.message for one in config), action="Read")
            await self._stop(key.name)
        elif not config.propagating:
            await self._stop(key.name)
        else:
            await self._keep(key.name, config, manifest)
        await self._heed(key, configured)
        if self._reports:
            await self._report(key, manifest)
        return DONE

    async def _heed(self, key: Key, configured: Configured) -> None:
        """What somebody agreed to is done once: then the annotation goes."""
        guard = self._shared.guard
        if key.name in guard.used and not guard.asked(key.name):
            guard.used.discard(key.name)
            change = {"metadata": {"annotations": {ACKNOWLEDGE: None}}}
            await self._shared.host.patch(TYPE_CONFIGS, key, change)
        elif self._agreed.get(key.name, 0) != configured.agreed:
            self._agreed[key.name] = configured.agreed
            self.look_at_held()

    def look_at_held(self) -> None:
        """Somebody has agreed to deletions: look again at what is held back."""
        for one in self.types.values():
            one.look_at_held()

    def agreement_used(self, name: str) -> None:
        """All that was agreed to has been done."""
        self.controller.add(Key(self._shared.settings.namespace, name))

    async def _keep(self, name: str, config: TypeConfig, manifest: dict[str, Any]) -> None:
        """Start a type, or let it go on with what is new."""
        generation, terminating = self._crds.get(Key("", config.federated.full_name)) or (0, False)
        running = self.types.get(name)
        if running is not None:
            running.terminating = terminating or not generation
        if not generation:
            message = f"There is no CustomResourceDefinition {config.federated.full_name}; run kfed enable again."
            self._shared.recorder.note(manifest, "TypeNotServed", message, action="Start")
            return
        if running is not None and running.kind.config == config:
            if self._generations[name] != generation:
                running.kind = await self._read(config)
                self._generations[name] = generation
                running.look_again()
            return
        await self._stop(name)
        await self._start(name, await self._read(config), generation)

    async def _read(self, config: TypeConfig) -> FederatedKind:
        crd = await self._shared.host.get(CRDS, Key("", config.federated.full_name))
        versions = [one for one in crd["spec"]["versions"] if one["name"] == config.federated.gvk.version]
        schema = versions[0]["schema"]["openAPIV3Schema"] if versions else {}
        template = schema.get("properties", {}).get("spec", {}).get("properties", {}).get("template", {})
        scales = bool(versions and versions[0].get("subresources", {}).get("scale"))
        kind = kind_of(config, template, scales=scales)
        if "properties" not in template:  # KubeFed's own wrappers say nothing of their templates
            kind.target = self._shared.versions.version(config.target.gvk) or kind.target
        return kind

    async def _start(self, name: str, kind: FederatedKind, generation: int) -> None:
        _log.info("type starts", extra={"type": name, "federated": kind.config.federated.full_name})
        one = self.types[name] = FederatedType(name, kind, self._shared)
        self._generations[name] = generation
        self._tasks[name] = asyncio.create_task(one.run())
        for member in self._shared.fleet.members.values():
            one.meet(member)

    async def _stop(self, name: str) -> None:
        one = self.types.pop(name, None)
        if one is None:
            return
        _log.info("type stops", extra={"type": name})
        await one.stop()
        await self._tasks.pop(name)

    async def _report(self, key: Key, manifest: dict[str, Any]) -> None:
        running = "Running" if key.name in self.types else "NotRunning"
        status = {"observedGeneration": manifest["metadata"].get("generation", 0), "propagationController": running}
        host = self._shared.host
        try:
            before = (await host.get(TYPE_CONFIGS, key)).get("status")
            if before != status:
                await host.patch(
                    TYPE_CONFIGS, key, [{"op": "add", "path": "/status", "value": status}], subresource="status"
                )
        except NotFoundError:
            return
        except UnavailableError as error:
            _log.warning("type not reported", extra={"type": key.name, "error": str(error)})
