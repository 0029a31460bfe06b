"""One cluster without a server around it, for tests of what it decides."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson

from kfed.sandbox.errors import ApiError
from kfed.sandbox.state.cluster import Cluster
from kfed.sandbox.state.records import Record
from kfed.sandbox.state.store import Store
from kfed.sandbox.surface.registry import Registry
from kfed.sandbox.values.options import DeleteOptions, ListQuery, Options

if TYPE_CHECKING:
    from collections.abc import Callable

    from kfed.sandbox.kinds.served import ServedType

Manifest = dict[str, Any]

MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
JSON = "application/json-patch+json"
APPLY = "application/apply-patch+yaml"


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

    def __call__(self) -> datetime:
        """The time."""
        return self.now

    def forward(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)


class Bench:
    """A cluster with short words for what tests do to it; namespaced objects are in ``default`` unless said."""

    def __init__(self, store: Store | None = None, history: int = 10_000) -> None:
        self.clock = Clock()
        self.store = Store(history=history) if store is None else store
        self.registry = Registry()
        self.cluster = Cluster("test", self.registry, self.store, self.clock, certificate="PEM")

    def type(self, name: str) -> ServedType:
        """``deployments.apps``, or ``widgets.example.com/v2``."""
        name, _, version = name.partition("/")
        plural, _, group = name.partition(".")
        found = self.registry.find(group, version or "v1", plural)
        assert found is not None, name
        return found

    def create(self, type_: str, body: Manifest, namespace: str = "default", **options: Any) -> Manifest:
        """Create an object."""
        return self.cluster.create(self.type(type_), namespace, body, Options(**options)).manifest()

    def get(self, type_: str, name: str, namespace: str = "default", subresource: str | None = None) -> Manifest:
        """Read an object, or its Scale."""
        return self.cluster.get(self.type(type_), namespace, name, subresource).manifest()

    def exists(self, type_: str, name: str, namespace: str = "default") -> bool:
        """Whether there is such an object."""
        return self.cluster.exists(self.type(type_), namespace, name)

    def update(self, type_: str, body: Manifest, subresource: str | None = None, **options: Any) -> Manifest:
        """Write an object in the place of what is there."""
        metadata = body["metadata"]
        where = (metadata.get("namespace", "default"), metadata["name"])
        return self.cluster.update(self.type(type_), *where, body, Options(**options), subresource).manifest()

    def patch(  # noqa: PLR0913, PLR0917  what a request consists of
        self,
        type_: str,
        name: str,
        patch: Any,
        kind: str = MERGE,
        subresource: str | None = None,
        namespace: str = "default",
        **options: Any,
    ) -> Manifest:
        """Patch an object."""
        served, body = self.type(type_), orjson.dumps(patch)
        return self.cluster.patch(served, namespace, name, body, kind, Options(**options), subresource).manifest()

    def apply(self, type_: str, body: Manifest, manager: str = "me", *, force: bool = False) -> Manifest:
        """Apply an object, server-side."""
        return self.patch(type_, body["metadata"]["name"], body, APPLY, field_manager=manager, force=force)

    def delete(self, type_: str, name: str, namespace: str = "default", *, dry: bool = False, **how: Any) -> Manifest:
        """Delete an object."""
        answer = self.cluster.delete(self.type(type_), namespace, name, DeleteOptions(**how), Options(dry_run=dry))
        return answer.manifest() if isinstance(answer, Record) else answer

    def list(self, type_: str, namespace: str | None = "default", **query: Any) -> list[str]:
        """The names that a list shows."""
        page = self.cluster.list(self.type(type_), namespace, ListQuery(**query))
        return [record.key.name for record in page.items]


def refused(call: Callable[[], object]) -> ApiError:
    """What the cluster says no with."""
    try:
        call()
    except ApiError as error:
        return error
    raise AssertionError("nothing was refused")


def config_map(name: str, **metadata: Any) -> Manifest:
    return {"metadata": {"name": name, **metadata}, "data": {"a": "1"}}


def deployment(name: str, **metadata: Any) -> Manifest:
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "web", "image": "nginx:1.27"}]}}
    spec = {"replicas": 2, "selector": {"matchLabels": {"app": name}}, "template": template}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "default", **metadata},
        "spec": spec,
    }


def pod(name: str, node: str = "", **metadata: Any) -> Manifest:
    spec: Manifest = {"containers": [{"name": "web", "image": "nginx:1.27"}]}
    return {"metadata": {"name": name, **metadata}, "spec": {**spec, **({"nodeName": node} if node else {})}}
