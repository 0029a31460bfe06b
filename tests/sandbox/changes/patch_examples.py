"""Patches whose results by a real kube-apiserver are recorded: what there was, the patch, its media type."""

from __future__ import annotations

from typing import Any

from tests.sandbox.examples import manifest, service, template, workload

JSON = "application/json-patch+json"
MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"


def _container(name: str, **fields: Any) -> dict[str, Any]:
    return {"name": name, "image": "x", **fields}


_DEPLOYMENT = workload(
    template=template(
        _container("a", env=[{"name": "A", "value": "1"}, {"name": "B", "value": "2"}], args=["q", "r"]),
        _container("b"),
        _container("c"),
        volumes=[{"name": "v", "emptyDir": {}}, {"name": "w", "configMap": {"name": "q"}}],
        tolerations=[{"key": "a", "operator": "Exists"}],
    )
)
_CONFIG = manifest("ConfigMap", data={"a": "b"}) | {
    "metadata": {"name": "one", "annotations": {"x": "y"}, "finalizers": ["a.b/c", "a.b/d"]}
}
_SERVICE = service(selector={"a": "b"}, ports=[{"name": "x", "port": 80}, {"name": "y", "port": 81}])


def _pod(**spec: Any) -> dict[str, Any]:
    return {"spec": {"template": {"spec": spec}}}


def _first(**fields: Any) -> dict[str, Any]:
    return _pod(containers=[{"name": "a", **fields}])


_ORDER = "$setElementOrder/containers"
_STRATEGIC: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "element changed": (_DEPLOYMENT, _pod(containers=[{"name": "b", "image": "y"}])),
    "element new": (_DEPLOYMENT, _pod(containers=[_container("z")])),
    "element deleted": (_DEPLOYMENT, _pod(containers=[{"$patch": "delete", "name": "b"}])),
    "list replaced": (_DEPLOYMENT, _pod(containers=[{"$patch": "replace"}, _container("n")])),
    "order": (_DEPLOYMENT, _pod(**{_ORDER: [{"name": "c"}, {"name": "a"}, {"name": "b"}]})),
    "order with a new one": (
        _DEPLOYMENT,
        _pod(**{_ORDER: [{"name": "c"}, {"name": "n"}, {"name": "a"}]}, containers=[_container("n")]),
    ),
    "order that is not the patch's": (
        _DEPLOYMENT,
        _pod(**{_ORDER: [{"name": "a"}, {"name": "n"}]}, containers=[_container("n"), {"name": "a"}]),
    ),
    "lists within": (_DEPLOYMENT, _first(env=[{"name": "B", "value": "3"}, {"name": "C", "value": "4"}], args=["z"])),
    "lists removed": (_DEPLOYMENT, _first(env=None, args=None)),
    "element within deleted": (_DEPLOYMENT, _first(env=[{"name": "A", "$patch": "delete"}])),
    "kept keys": (
        _DEPLOYMENT,
        _pod(volumes=[{"name": "v", "$retainKeys": ["name", "configMap"], "configMap": {"name": "r"}}]),
    ),
    "kept keys that miss one": (
        _DEPLOYMENT,
        _pod(volumes=[{"name": "v", "$retainKeys": ["name"], "configMap": {"name": "r"}}]),
    ),
    "kept keys of a map": (_DEPLOYMENT, {"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}}),
    "map replaced": (_DEPLOYMENT, {"spec": {"strategy": {"$patch": "replace", "type": "Recreate"}}}),
    "list without a key": (_DEPLOYMENT, _pod(tolerations=[{"key": "b", "operator": "Exists"}])),
    "element without its key": (_DEPLOYMENT, _pod(containers=[{"image": "nokey"}])),
    "directive where nothing is": (_DEPLOYMENT, {"metadata": {"annotations": {"x": "y", "$patch": "merge"}}}),
    "deleted where nothing is": (
        _DEPLOYMENT,
        _pod(imagePullSecrets=[{"name": "n", "$patch": "delete"}, {"name": "m"}]),
    ),
    "unknown directive": (_CONFIG, {"data": {"$patch": "foo"}}),
    "map deleted": (_CONFIG, {"data": {"$patch": "delete"}}),
    "ports by number": (_SERVICE, {"spec": {"ports": [{"port": 80, "targetPort": 90}]}}),
    "port new": (_SERVICE, {"spec": {"ports": [{"port": 82, "name": "z"}]}}),
    "port deleted": (_SERVICE, {"spec": {"ports": [{"port": 80, "$patch": "delete"}]}}),
}
_MERGE: dict[str, Any] = {
    "removed and added": {"data": {"a": None, "c": "d"}},
    "map removed": {"data": None},
    "null in what is new": {"metadata": {"labels": {"a": None, "b": "c"}}},
    "nothing": {},
    "no map": [1],
    "unreadable": {"data": {"x": 1}},
}
_JSON: dict[str, Any] = {
    "add": [{"op": "add", "path": "/data/x", "value": "y"}],
    "remove": [{"op": "remove", "path": "/data/a"}],
    "remove what is not there": [{"op": "remove", "path": "/data/q"}],
    "replace what is not there": [{"op": "replace", "path": "/data/q", "value": "z"}],
    "test and move": [
        {"op": "test", "path": "/data/a", "value": "b"},
        {"op": "move", "from": "/data/a", "path": "/data/z"},
    ],
    "copy": [{"op": "copy", "from": "/data/a", "path": "/data/z"}],
    "failed test": [{"op": "test", "path": "/data/a", "value": "q"}],
    "test for nothing": [{"op": "test", "path": "/data/q", "value": None}],
    "escaped": [{"op": "add", "path": "/metadata/annotations/a~1b", "value": "c"}],
    "unknown operation": [{"op": "bogus", "path": "/data/q"}],
    "no parent": [{"op": "add", "path": "/a/b/c", "value": 1}],
    "the whole": [{"op": "remove", "path": ""}],
    "no list": {"a": 1},
    "no operation": [1],
}
PATCHES: dict[str, tuple[dict[str, Any], Any, str]] = {
    **{f"strategic: {name}": (before, patch, STRATEGIC) for name, (before, patch) in _STRATEGIC.items()},
    **{f"merge: {name}": (_CONFIG, patch, MERGE) for name, patch in _MERGE.items()},
    **{f"json: {name}": (_CONFIG, patch, JSON) for name, patch in _JSON.items()},
}
