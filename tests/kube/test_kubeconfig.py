"""Kubeconfigs are read as kubectl reads them."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from kfed.errors import CredentialsError
from kfed.kube import config
from kfed.kube.config import Connection, Identity, Plugin, Trust
from kfed.kube.kubeconfig import default_connection, parse_kubeconfig, read_kubeconfig

if TYPE_CHECKING:
    from collections.abc import Callable


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _config(cluster: dict[str, Any] | None = None, user: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A kubeconfig with one context, ``shop``."""
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "shop",
        "contexts": [{"name": "shop", "context": {"cluster": "c", "user": "u", "namespace": "front"}}],
        "clusters": [{"name": "c", "cluster": {"server": "https://c:6443", **(cluster or {})}}],
        "users": [{"name": "u", "user": user or {}}],
        **more,
    }


def _parsed(**parts: Any) -> Connection:
    return parse_kubeconfig(json.dumps(_config(**parts)).encode(), "kubeconfig").connection()


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., str]:
    """Write a kubeconfig and return its path; ``write("a/config", contexts=[…])``."""

    def to_file(name: str, content: dict[str, Any]) -> str:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(yaml.safe_dump(content))
        return str(path)

    return to_file


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("KUBECONFIG", raising=False)


def test_context_comes_to_a_connection() -> None:
    cluster = {"certificate-authority-data": _encoded("CA"), "tls-server-name": "api", "proxy-url": "http://proxy:3128"}
    assert _parsed(cluster=cluster, user={"token": "t0ken"}) == Connection(
        "shop", "https://c:6443", Trust(ca=b"CA", server_name="api"), Identity(token="t0ken"), "http://proxy:3128"
    )


@pytest.mark.parametrize(
    ("user", "identity"),
    [
        ({}, Identity()),
        ({"username": "me", "password": "secret"}, Identity(username="me", password="secret")),
        (
            {"client-certificate-data": _encoded("CERT"), "client-key-data": _encoded("KEY")},
            Identity(certificate=b"CERT", key=b"KEY"),
        ),
        (
            {"token": "t", "as": "bob", "as-uid": "7", "as-groups": ["a", "b"], "as-user-extra": {"why": ["x", "y"]}},
            Identity(
                token="t",
                act_as=(
                    ("Impersonate-User", "bob"),
                    ("Impersonate-Uid", "7"),
                    ("Impersonate-Group", "a"),
                    ("Impersonate-Group", "b"),
                    ("Impersonate-Extra-why", "x"),
                    ("Impersonate-Extra-why", "y"),
                ),
            ),
        ),
    ],
)
def test_user_says_who_asks(user: dict[str, Any], identity: Identity) -> None:
    assert _parsed(user=user).identity == identity


def test_insecure_cluster_is_not_verified() -> None:
    assert _parsed(cluster={"insecure-skip-tls-verify": True}).trust == Trust(verify=False)


def test_plugin_is_all_that_the_user_and_the_cluster_say() -> None:
    extension = {"name": "client.authentication.k8s.io/exec", "extension": {"audience": "shop"}}
    spec = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": "kubelogin",
        "args": ["get-token", 1],
        "env": [{"name": "A", "value": "b"}],
        "provideClusterInfo": True,
        "interactiveMode": "Never",
        "installHint": "Install kubelogin.",
    }
    assert _parsed(user={"exec": spec}, cluster={"extensions": [extension]}).identity.plugin == Plugin(
        command="kubelogin",
        args=("get-token", "1"),
        env=(("A", "b"),),
        api_version="client.authentication.k8s.io/v1beta1",
        cluster_config='{"audience":"shop"}',
        wants_cluster=True,
        interactive="Never",
        install_hint="Install kubelogin.",
    )


def test_paths_are_relative_to_the_file(write: Callable[..., str], tmp_path: Path) -> None:
    user = {
        "client-certificate": "pki/me.crt",
        "client-key": "/etc/me.key",
        "tokenFile": "token",
        "exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "./bin/login"},
    }
    path = write("a/config", _config({"certificate-authority": "ca.crt"}, user))
    connection = read_kubeconfig(path).connection()
    assert connection.trust == Trust(ca_file=f"{tmp_path}/a/ca.crt")
    assert connection.identity == Identity(
        certificate_file=f"{tmp_path}/a/pki/me.crt",
        key_file="/etc/me.key",
        token_file=f"{tmp_path}/a/token",
        plugin=Plugin(f"{tmp_path}/a/./bin/login"),
    )


def test_what_is_inline_goes_before_a_path(write: Callable[..., str]) -> None:
    user = {"client-certificate": "x", "client-certificate-data": _encoded("CERT"), "client-key-data": _encoded("KEY")}
    cluster = {"certificate-authority": "x", "certificate-authority-data": _encoded("CA")}
    connection = read_kubeconfig(write("config", _config(cluster, user))).connection()
    assert (connection.trust, connection.identity) == (Trust(ca=b"CA"), Identity(certificate=b"CERT", key=b"KEY"))


def test_of_several_files_the_first_that_says_something_wins(
    write: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = write("a", {"contexts": [{"name": "other", "context": {"cluster": "c", "user": "u"}}]})
    second = write("b", _config({"server": "https://second"}, {"token": "second"}))
    third = write("c", _config({"server": "https://third"}, {"token": "third"}) | {"current-context": "other"})
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join([first, "/no/such/file", second, "", third]))
    kubeconfig = read_kubeconfig()
    assert (kubeconfig.current, sorted(kubeconfig.contexts)) == ("shop", ["other", "shop"])
    assert kubeconfig.connection("other") == Connection("other", "https://second", identity=Identity(token="second"))


def test_usual_place_is_in_the_home_folder(write: Callable[..., str]) -> None:
    write("home/.kube/config", _config())
    assert read_kubeconfig().connection(name="host") == Connection("host", "https://c:6443")


def test_context_may_prefer_a_namespace() -> None:
    kubeconfig = parse_kubeconfig(json.dumps(_config()).encode(), "x")
    assert [kubeconfig.namespace(context) for context in ("", "shop", "no such")] == ["front", "front", ""]


def test_pod_is_meant_when_nothing_is_said(
    write: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write("home/.kube/config", _config())
    assert default_connection().server == "https://c:6443"
    monkeypatch.setattr(config, "_POD", str(tmp_path))
    (tmp_path / "token").write_text("t")
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")
    servers = [default_connection(), default_connection(path), default_connection(context="shop")]
    monkeypatch.setenv("KUBECONFIG", path)
    servers.append(default_connection())
    assert [one.server for one in servers] == ["https://10.0.0.1:443", *["https://c:6443"] * 3]


V1 = "client.authentication.k8s.io/v1"


@pytest.mark.parametrize(
    ("content", "context", "said"),
    [
        (_config(), "shopp", "kubeconfig has no context 'shopp'; did you mean shop?"),
        (_config(), "x", "kubeconfig has no context 'x'; it has the contexts shop."),
        ({}, "x", "kubeconfig has no context 'x'; it has no context at all."),
        (_config() | {"current-context": ""}, "", "kubeconfig has no current context; it has the contexts shop."),
        (_config(clusters=[]), "", "kubeconfig has no cluster 'c'; it has no cluster at all."),
        (_config(users=[]), "", "kubeconfig has no user 'u'"),
        (_config({"server": ""}), "", "server of the cluster 'c' in kubeconfig is '', which is no address of a server"),
        (_config({"server": 7}), "", "server of the cluster 'c' in kubeconfig is no text"),
        (_config({"certificate-authority-data": "%"}), "", "certificate-authority-data of the cluster 'c'"),
        (_config({"certificate-authority": "x"}), "", "names a file, which nobody has; put its content inline"),
        (_config(user={"tokenFile": "/etc/passwd"}), "", "tokenFile of the user 'u' in kubeconfig names a file"),
        (_config(user={"auth-provider": {"name": "oidc"}}), "", "let an exec plugin do it"),
        (_config(user={"exec": {"apiVersion": "v9", "command": "x"}}), "", "apiVersion of exec of the user 'u'"),
        (_config(user={"exec": {"apiVersion": V1}}), "", "has no command; say which program to run"),
        (_config(contexts=[{"name": "a", "context": []}]), "", "has the context"),
        (_config(contexts=["a"]), "", "an entry of contexts has no name, or its context is no map"),
        (["a"], "", "kubeconfig is no kubeconfig: it is no map"),
    ],
)
def test_what_is_missing_or_wrong_is_said(content: Any, context: str, said: str) -> None:
    with pytest.raises(CredentialsError) as raised:
        parse_kubeconfig(json.dumps(content).encode(), "kubeconfig").connection(context)
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"\xff\xfe", "is no kubeconfig"), (b"a: [", "is no kubeconfig"), (b"", "has no current context")],
)
def test_text_that_is_no_kubeconfig_is_said_to_be_none(content: bytes, said: str) -> None:
    with pytest.raises(CredentialsError, match=said):
        parse_kubeconfig(content, "kubeconfig").connection()


def test_no_file_at_all_is_told_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CredentialsError, match="name one with --kubeconfig, or set KUBECONFIG"):
        read_kubeconfig(str(tmp_path / "none"))
    with pytest.raises(CredentialsError, match="cannot be read: Is a directory"):
        read_kubeconfig(str(tmp_path))


PLAIN = [
    _config(),
    _config({"server": "https://c/path/", "certificate-authority-data": _encoded("CA")}, {"token": "t"}),
    _config({"insecure-skip-tls-verify": True, "proxy-url": "http://p:1"}, {"username": "u", "password": "p"}),
    _config({"tls-server-name": "api"}, {"client-certificate-data": _encoded("C"), "client-key-data": _encoded("K")}),
]


@pytest.mark.parametrize("content", PLAIN)
def test_kubernetes_own_client_reads_the_same(write: Callable[..., str], content: dict[str, Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from kubernetes.aio import client  # noqa: PLC0415  (half a second, for this test alone)
        from kubernetes.aio.config import load_kube_config  # noqa: PLC0415
    theirs, path = client.Configuration(), write("config", content)
    asyncio.run(load_kube_config(path, client_configuration=theirs, persist_config=False))
    ours = read_kubeconfig(path).connection()
    identity = ours.identity
    basic = f"Basic {base64.b64encode(f'{identity.username}:{identity.password}'.encode()).decode()}"
    bearer = f"Bearer {identity.token}" if identity.token else basic if identity.username else None
    read = {theirs.ssl_ca_cert: ours.trust.ca, theirs.cert_file: identity.certificate, theirs.key_file: identity.key}
    assert (theirs.host, theirs.verify_ssl, theirs.proxy or "", theirs.tls_server_name or "") == (
        ours.server,
        ours.trust.verify,
        ours.proxy,
        ours.trust.server_name,
    )
    assert theirs.api_key.get("BearerToken") == bearer
    for file, content_of in read.items():
        assert (Path(file).read_bytes() if file else b"") == content_of
