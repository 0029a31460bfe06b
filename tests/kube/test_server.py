"""The verbs, the watch and the errors, on a real API server."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from kfed.core.key import Key
from kfed.core.resource import Gvk, Resource, Scope
from kfed.errors import (
    AlreadyExistsError,
    Cause,
    ConflictError,
    ForbiddenError,
    GoneError,
    InvalidError,
    NotFoundError,
    UnauthorizedError,
)
from kfed.kube import request
from kfed.kube.api import Api, Collection
from kfed.kube.config import Connection, Identity
from kfed.kube.kubeconfig import read_kubeconfig
from kfed.kube.request import Selection, Writing
from kfed.kube.session import Session
from kfed.runtime.controller import DONE, Controller, Result
from kfed.runtime.store import Store
from kfed.runtime.watch import Applied, Deleted, Interrupted, Synced, watch
from tests.clusters.crds import wait_until_established

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.clusters.fleet import Cluster, Fleet

pytestmark = pytest.mark.cluster

CONFIGMAPS = Resource(Gvk("", "v1", "ConfigMap"), "configmaps", Scope.NAMESPACED)
DEPLOYMENTS = Resource(Gvk("apps", "v1", "Deployment"), "deployments", Scope.NAMESPACED)
SERVICES = Resource(Gvk("", "v1", "Service"), "services", Scope.NAMESPACED)
ROLES = Resource(Gvk("rbac.authorization.k8s.io", "v1", "Role"), "roles", Scope.NAMESPACED)
BINDINGS = Resource(Gvk("rbac.authorization.k8s.io", "v1", "RoleBinding"), "rolebindings", Scope.NAMESPACED)


def connection(cluster: Cluster, user: str = "admin") -> Connection:
    """Where a cluster of the tests is, for one of its users."""
    return read_kubeconfig(cluster.kubeconfig(user)).connection(name=cluster.name)


@asynccontextmanager
async def api_of(cluster: Cluster, user: str = "admin") -> AsyncIterator[Api]:
    """The verbs on a cluster of the tests."""
    async with Session(connection(cluster, user)) as session:
        yield Api(session)


def configmap(namespace: str, name: str = "cm", **data: str) -> dict[str, Any]:
    """A ConfigMap."""
    metadata = {"namespace": namespace, "name": name}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def _crd(cluster: Cluster, unique: str) -> Resource:
    """A type of a test's own, whose objects may have anything in spec and status."""
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    schema = {"type": "object", "properties": {"spec": anything, "status": anything}}
    group, version = f"{unique}.example.com", {"name": "v1", "served": True, "storage": True}
    version |= {"schema": {"openAPIV3Schema": schema}, "subresources": {"status": {}}}
    names = {"plural": "things", "kind": "Thing"}
    crd = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"things.{group}"},
        "spec": {"group": group, "scope": "Namespaced", "names": names, "versions": [version]},
    }
    status, answer = cluster.call("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", crd)
    assert status == 201, answer
    wait_until_established(cluster, [f"things.{group}"])
    return Resource(Gvk(group, "v1", "Thing"), "things", Scope.NAMESPACED)


def test_object_is_made_read_changed_and_deleted(
    run: Callable[..., Any], cluster_host: Cluster, namespace: Callable[..., str]
) -> None:
    shop = namespace(cluster_host)
    key = Key(shop, "cm")

    async def play() -> list[Any]:
        async with api_of(cluster_host) as api:
            seen = [await api.find(CONFIGMAPS, key)]
            await api.create(CONFIGMAPS, configmap(shop, a="1"))
            made = await api.get(CONFIGMAPS, key)
            await api.apply(CONFIGMAPS, configmap(shop, b="2"))
            await api.patch(CONFIGMAPS, key, {"data": {"c": "3"}})
            await api.patch(CONFIGMAPS, key, [{"op": "add", "path": "/data/d", "value": "4"}])
            changed = await api.get(CONFIGMAPS, key)
            await api.update(CONFIGMAPS, changed | {"data": {"e": "5"}})
            seen += [made["data"], changed["data"], (await api.get(CONFIGMAPS, key))["data"]]
            bare = await api.get(CONFIGMAPS, key, metadata_only=True)
            seen += [bare["kind"], bare.get("data")]
            return [*seen, await api.delete(CONFIGMAPS, key), await api.delete(CONFIGMAPS, key)]

    assert run(play()) == [
        None,
        {"a": "1"},
        {"a": "1", "b": "2", "c": "3", "d": "4"},
        {"e": "5"},
        "PartialObjectMetadata",
        None,
        True,
        False,
    ]


def test_apply_gives_up_what_it_no_longer_wants(
    run: Callable[..., Any], cluster_host: Cluster, namespace: Callable[..., str]
) -> None:
    shop = namespace(cluster_host)

    async def play() -> list[Any]:
        async with api_of(cluster_host) as api:
            first = await api.apply(CONFIGMAPS, configmap(shop, a="1", b="2"))
            tried = await api.apply(CONFIGMAPS, configmap(shop, c="3"), Writing(dry_run=True))
            second = await api.apply(CONFIGMAPS, configmap(shop, b="2"))
            return [first["data"], tried["data"], second["data"]]

    assert run(play()) == [{"a": "1", "b": "2"}, {"c": "3"}, {"b": "2"}]


def test_status_is_applied_apart(run: Callable[..., Any], cluster_host: Cluster, unique: str) -> None:
    things = _crd(cluster_host, unique)
    identity = {"apiVersion": things.gvk.api_version, "kind": "Thing"}
    manifest = identity | {"metadata": {"namespace": "default", "name": "x"}}

    async def play() -> Any:
        async with api_of(cluster_host) as api:
            await api.apply(things, manifest | {"spec": {"a": 1}, "status": {"b": 1}})
            await api.apply_status(things, manifest | {"spec": {"a": 2}, "status": {"b": 2}})
            kept = await api.get(things, Key("default", "x"))
            return kept["spec"], kept["status"]

    assert run(play()) == ({"a": 1}, {"b": 2})


def test_what_a_server_refuses_has_its_leaf(
    run: Callable[..., Any], cluster_host: Cluster, namespace: Callable[..., str]
) -> None:
    shop = namespace(cluster_host)
    key = Key(shop, "cm")
    invalid = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"namespace": shop, "name": "web"}}
    nothing = Resource(Gvk("nothing.example.com", "v1", "Thing"), "things", Scope.NAMESPACED)

    async def play() -> None:
        async with api_of(cluster_host) as api:
            made = await api.create(CONFIGMAPS, configmap(shop, a="1"))
            with pytest.raises(AlreadyExistsError):
                await api.create(CONFIGMAPS, configmap(shop, a="1"))
            with pytest.raises(NotFoundError) as missing:
                await api.get(CONFIGMAPS, Key(shop, "none"))
            with pytest.raises(NotFoundError) as unserved:
                await api.get(nothing, key)
            assert (missing.value.reason, unserved.value.reason) == ("NotFound", "")
            with pytest.raises(InvalidError) as wrong:
                await api.create(DEPLOYMENTS, invalid)
            assert Cause("spec.selector", "FieldValueRequired", "Required value") in wrong.value.causes
            await api.patch(CONFIGMAPS, key, {"data": {"a": "2"}})
            with pytest.raises(ConflictError) as stale:
                await api.update(CONFIGMAPS, made)
            assert stale.value.causes == ()
            with pytest.raises(ConflictError) as owned:
                await api.apply(CONFIGMAPS, configmap(shop, a="3"), Writing("me"))
            assert [(cause.field, cause.reason) for cause in owned.value.causes] == [
                (".data.a", "FieldManagerConflict")
            ]
            await api.apply(CONFIGMAPS, configmap(shop, a="3"), Writing("me", force=True))
            for precondition in ({"uid": "another"}, {"version": made["metadata"]["resourceVersion"]}):
                with pytest.raises(ConflictError):
                    await api.delete(CONFIGMAPS, key, **precondition)
            assert await api.delete(CONFIGMAPS, key, uid=made["metadata"]["uid"])

    run(play())


def test_who_may_not_is_forbidden_and_who_is_unknown_unauthorized(
    run: Callable[..., Any], cluster_host: Cluster, namespace: Callable[..., str]
) -> None:
    shop = namespace(cluster_host)

    async def play() -> None:
        async with api_of(cluster_host, "alice") as api:
            with pytest.raises(ForbiddenError, match=r'host did not list configmaps: .*"alice" cannot list'):
                await api.list(CONFIGMAPS)
            with pytest.raises(ForbiddenError, match="host did not apply configmaps"):
                await api.apply(CONFIGMAPS, configmap(shop))
            with pytest.raises(ForbiddenError, match="host did not watch configmaps"):
                async with Collection(api, CONFIGMAPS).changes("1"):
                    pass
        known = connection(cluster_host)
        async with Session(Connection("host", known.server, known.trust, Identity(token="wrong"))) as session:
            with pytest.raises(UnauthorizedError):
                await Api(session).list(CONFIGMAPS)

    run(play())


def test_roles_bind_what_a_follower_may(
    run: Callable[..., Any], cluster_host: Cluster, namespace: Callable[..., str]
) -> None:
    shop = namespace(cluster_host)
    rbac, metadata = "rbac.authorization.k8s.io", {"namespace": shop, "name": "reader"}
    rule = {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["list", "watch"]}
    role = {"apiVersion": f"{rbac}/v1", "kind": "Role", "metadata": metadata, "rules": [rule]}
    binding = {
        "apiVersion": f"{rbac}/v1",
        "kind": "RoleBinding",
        "metadata": metadata,
        "roleRef": {"apiGroup": rbac, "kind": "Role", "name": "reader"},
        "subjects": [{"apiGroup": rbac, "kind": "User", "name": "bob"}],
    }

    async def play() -> list[str]:
        async with api_of(cluster_host) as admin, api_of(cluster_host, "bob") as bob:
            await admin.apply(ROLES, role)
            await admin.apply(BINDINGS, binding)
            await admin.apply(CONFIGMAPS, configmap(shop, a="1"))
            async with aclosing(watch(Collection(bob, CONFIGMAPS, Selection(shop)))) as events:
                async for event in events:  # pragma: no branch
                    if isinstance(event, Synced):
                        break
            with pytest.raises(ForbiddenError):
                await bob.list(CONFIGMAPS)
            return [one["metadata"]["name"] for one in await bob.list(CONFIGMAPS, Selection(shop))]

    assert run(play()) == ["cm"]


def test_watch_tells_of_selected_objects_and_of_their_metadata_alone(
    run: Callable[..., Any], cluster_host: Cluster, namespace: Callable[..., str]
) -> None:
    shop = namespace(cluster_host)
    ours = {"metadata": {"labels": {"mine": "yes"}}}

    async def play() -> list[Any]:
        seen: list[Any] = []
        async with api_of(cluster_host) as api:
            collection = Collection(api, CONFIGMAPS, Selection(shop, "mine=yes", metadata_only=True))
            await api.apply(CONFIGMAPS, configmap(shop, "first"))
            await api.patch(CONFIGMAPS, Key(shop, "first"), ours)
            async with aclosing(watch(collection)) as events:
                async for event in events:
                    match event:
                        case Synced():
                            seen.append("synced")
                            await api.apply(CONFIGMAPS, configmap(shop, "second"))
                            await api.patch(CONFIGMAPS, Key(shop, "second"), ours)
                            await api.patch(CONFIGMAPS, Key(shop, "first"), {"metadata": {"labels": None}})
                        case Applied(manifest) | Deleted(manifest):
                            kept = (manifest["kind"], "data" in manifest, "managedFields" in manifest["metadata"])
                            seen.append((type(event).__name__, manifest["metadata"]["name"], *kept))
                            if isinstance(event, Deleted):
                                return seen
        raise AssertionError

    metadata = ("PartialObjectMetadata", False, True)
    assert run(play()) == [
        ("Applied", "first", *metadata),
        "synced",
        ("Applied", "second", *metadata),
        ("Deleted", "first", *metadata),
    ]


def test_pages_are_parts_of_one_list(
    run: Callable[..., Any], cluster_host: Cluster, namespace: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = namespace(cluster_host)
    paged = request.list_page
    monkeypatch.setattr(request, "list_page", lambda *args, **more: paged(*args, **more, limit=2))

    async def play() -> tuple[list[int], set[str], list[str]]:
        async with api_of(cluster_host) as api:
            for number in range(5):
                await api.apply(CONFIGMAPS, configmap(shop, f"cm{number}"))
            pages = [page async for page in api.pages(CONFIGMAPS, Selection(shop))]
            names = [one["metadata"]["name"] for one in await api.list(CONFIGMAPS, Selection(shop))]
            return [len(page.manifests) for page in pages], {page.version for page in pages}, names

    sizes, versions, names = run(play())
    assert (sizes, len(versions), names) == ([2, 2, 1], 1, [f"cm{number}" for number in range(5)])


def test_version_that_is_no_longer_kept_is_gone(run: Callable[..., Any], cluster_host: Cluster, unique: str) -> None:
    things = _crd(cluster_host, unique)  # of which the server knows nothing from before

    async def play() -> None:
        async with api_of(cluster_host) as api, Collection(api, things).changes("1") as changes:
            await anext(changes)

    with pytest.raises(GoneError):
        run(play())


def test_open_watch_goes_on_as_somebody_else(
    run: Callable[..., Any], cluster_host: Cluster, namespace: Callable[..., str]
) -> None:
    shop = namespace(cluster_host)

    async def play() -> list[str]:
        seen: list[str] = []
        async with (
            Session(connection(cluster_host)) as session,
            aclosing(watch(Collection(Api(session), CONFIGMAPS, Selection(shop)))) as events,
        ):
            async for event in events:
                seen.append(type(event).__name__)
                match event:
                    case Synced():
                        await session.replace(connection(cluster_host, "alice"))
                    case Interrupted():
                        await session.replace(connection(cluster_host))
                        await Api(session).apply(CONFIGMAPS, configmap(shop))
                    case Applied():
                        return seen
        raise AssertionError

    assert run(play()) == ["Restarted", "Synced", "Interrupted", "Resumed", "Applied"]


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so; the deadline is that of the test."""
    while not condition():  # noqa: ASYNC110  (of what nobody tells)
        await asyncio.sleep(0.02)


@pytest.mark.slow
def test_controller_follows_a_server_that_stops_and_comes_back(
    run: Callable[..., Any], fleet: Fleet, unique: str
) -> None:
    (cluster,) = fleet.clusters(unique)
    key, seen = Key("default", "cm"), []

    async def play() -> tuple[list[Any], bool]:
        store = Store(lambda manifest: manifest.get("data"))

        async def reconcile(key: Key) -> Result:
            seen.append(store.get(key))
            return DONE

        controller = Controller("test", reconcile)
        async with Session(connection(cluster)) as session, asyncio.TaskGroup() as tasks:
            api = Api(session)
            controller.follow(Collection(api, CONFIGMAPS, Selection("default", fields="metadata.name=cm")), store)
            tasks.create_task(controller.run())
            await store.wait_synced()
            await api.apply(CONFIGMAPS, configmap("default", a="1"))
            await until(lambda: store.get(key) == {"a": "1"})
            await asyncio.to_thread(fleet.stop, unique)
            await until(lambda: store.error is not None)
            kept = store.get(key) == {"a": "1"}
            await asyncio.to_thread(fleet.clusters, unique)
            await until(lambda: store.current)
            await api.apply(CONFIGMAPS, configmap("default", a="2"))
            await until(lambda: {"a": "2"} in seen)
            await api.delete(CONFIGMAPS, key)
            await until(lambda: None in seen)
            controller.stop()
        return seen, kept

    assert run(play()) == ([{"a": "1"}, {"a": "2"}, None], True)
    fleet.stop(unique)
