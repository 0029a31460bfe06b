"""Nothing that is sent makes the sandbox fail: whatever comes, it is answered or refused."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kfed.sandbox.port.auth import ADMIN
from kfed.sandbox.port.requests import Query, Request
from kfed.sandbox.port.routes import respond
from kfed.sandbox.port.site import Site
from tests.sandbox import examples

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kfed.sandbox.port.showing import Answer
    from kfed.sandbox.port.watching import Wish

JSON, APPLY = "application/json", "application/apply-patch+yaml"
PATCHES = ("application/merge-patch+json", "application/strategic-merge-patch+json", APPLY)
NAMESPACE = "/api/v1/namespaces/default"
# What is sent in place of something else: values of every sort, and those at the edges.
ODD = st.sampled_from(
    (
        *(None, True, 0, -1, 1.5, 2**31, 2**63, 10**40, "", "x", "a b", "é", "²", "9" * 5000, "0000-01-01T00:00:00Z"),
        *([], [None], [[]], [{}], [1], {}, {"": None}, {"a": None}, {"name": []}, {"$patch": []}),
    )
)
OBJECTS = [
    ("/api/v1/namespaces", {"metadata": {"name": "one"}}),
    ("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", examples.CRD),
    *(
        (f"/{'apis' if '/' in version else 'api'}/{version}/namespaces/default/{plural}", body)
        for body in [*examples.CREATED.values(), *examples.CUSTOM.values()]
        for version, plural in [examples.TYPES[body["kind"]]]
    ),
]
CREATED = [
    ("/apis/authentication.k8s.io/v1/tokenreviews", {"spec": {"token": "x", "audiences": ["a"]}}),
    (f"{NAMESPACE}/serviceaccounts/one/token", {"spec": {"audiences": ["a"], "expirationSeconds": 600}}),
    (f"{NAMESPACE}/pods/one/eviction", {"metadata": {"name": "one"}, "deleteOptions": {"gracePeriodSeconds": 1}}),
    (f"{NAMESPACE}/pods/one/binding", {"metadata": {"name": "one"}, "target": {"kind": "Node", "name": "x"}}),
]
SCALE = {"metadata": {"name": "one", "resourceVersion": "1"}, "spec": {"replicas": 1}}
PARAMETERS = (
    *("limit", "continue", "labelSelector", "fieldSelector", "resourceVersion", "resourceVersionMatch", "watch"),
    *("timeoutSeconds", "sendInitialEvents", "dryRun", "fieldManager", "fieldValidation", "gracePeriodSeconds"),
    *("propagationPolicy", "orphanDependents", "pretty", "includeObject"),
)
VALUES = ("", "0", "-1", "x", "true", "All", "NotOlderThan", "1" * 30, "9" * 5000, "1.5", "²", "a=b", "a in (", "a>1")


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop, for what a cluster does after a moment."""
    with asyncio.Runner() as runner:
        yield runner.get_loop()


@pytest.fixture(scope="module")
def site(loop: asyncio.AbstractEventLoop) -> Iterator[Site]:
    """A cluster with an object of every example that is valid, each called ``one``."""
    made = Site("host", "token", b"s" * 32)

    async def fill() -> None:
        made.open(None, "PEM")
        for path, body in reversed(OBJECTS):
            ask(made, Sent("POST", path, {**body, "metadata": {**body["metadata"], "name": "one"}}))

    loop.run_until_complete(fill())
    yield made
    made.close()


@dataclass(frozen=True)
class Sent:
    """What a client sends."""

    method: str
    path: str
    body: Any
    query: str = ""
    media: str = JSON


def ask(site: Site, sent: Sent) -> Answer | Wish:
    """What is answered; what fails is raised."""
    headers = {"Content-Type": sent.media, "Accept": JSON}
    body = json.dumps(sent.body).encode()
    return respond(site, Request(sent.method, sent.path, Query.parse(sent.query), headers, body, ADMIN))


def spoilt(draw: st.DrawFn, value: Any) -> Any:
    """A value with something odd at some place in it."""
    if not value or not isinstance(value, dict | list) or draw(st.integers(0, 3)) == 0:
        return draw(ODD)
    places = list(value) if isinstance(value, dict) else list(range(len(value)))
    changed = value.copy()
    place = draw(st.sampled_from(places))
    changed[place] = spoilt(draw, value[place])
    return changed


@st.composite
def requests(draw: st.DrawFn) -> Sent:
    """A request that is meant well, but for one thing."""
    names = draw(st.lists(st.sampled_from(PARAMETERS), max_size=2, unique=True))
    query = "".join(f"&{name}={quote(draw(st.sampled_from(VALUES)))}" for name in names)
    kind = draw(st.sampled_from(["create", "update", "patch", "read", "other"]))
    path, body = draw(st.sampled_from(OBJECTS))
    named = {**body, "metadata": {**body["metadata"], "name": "one"}}
    part = draw(st.sampled_from(["", "", "/status", "/scale"]))
    if kind == "create":
        return Sent("POST", path, spoilt(draw, body), query)
    if kind == "update":
        return Sent("PUT", f"{path}/one{part}", spoilt(draw, SCALE if part == "/scale" else named), query)
    if kind == "patch":
        media = draw(st.sampled_from(PATCHES))
        sent = spoilt(draw, SCALE if part == "/scale" else named)
        return Sent("PATCH", f"{path}/one{part}", sent, f"fieldManager=me&force=true{query}", media)
    if kind == "read":
        method = draw(st.sampled_from(["GET", "DELETE"]))
        options = {"gracePeriodSeconds": 1, "preconditions": {"uid": "x"}, "dryRun": ["All"], "propagationPolicy": ""}
        sent = spoilt(draw, options) if method == "DELETE" else None
        return Sent(method, path + draw(st.sampled_from(["", f"/one{part}"])), sent, f"dryRun=All{query}")
    path, body = draw(st.sampled_from(CREATED))
    return Sent("POST", path, spoilt(draw, body), query)


@settings(max_examples=1000, deadline=None)
@given(requests())
def test_nothing_that_is_sent_makes_the_sandbox_fail(site: Site, loop: asyncio.AbstractEventLoop, sent: Sent) -> None:
    async def answer() -> Answer | Wish:
        return ask(site, sent)

    assert loop.run_until_complete(answer()) is not None
