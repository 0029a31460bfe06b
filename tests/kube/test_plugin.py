"""Exec plugins are asked as client-go asks them, and believed as far as they go."""

from __future__ import annotations

import base64
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from kfed.errors import CredentialsError
from kfed.kube import plugin as plugins
from kfed.kube.config import Connection, Plugin, Trust
from kfed.kube.plugin import Credential, run_plugin

if TYPE_CHECKING:
    from collections.abc import Callable

V1 = "client.authentication.k8s.io/v1"
AT = "The exec plugin"


def _answer(**status: Any) -> str:
    return json.dumps({"apiVersion": V1, "kind": "ExecCredential", "status": status})


def _prints(text: str, **more: Any) -> Plugin:
    """A plugin that prints a text."""
    return Plugin(sys.executable, ("-c", f"print({text!r})"), **more)


def _runs(code: str, **more: Any) -> Plugin:
    """A plugin in Python."""
    return Plugin(sys.executable, ("-c", code), **more)


CONNECTION = Connection("member1", "https://m:1", Trust(server_name="api", verify=False), proxy="http://p:1")


@pytest.mark.parametrize(
    ("status", "credential"),
    [
        ({"token": "t"}, Credential("t")),
        ({"clientCertificateData": "C", "clientKeyData": "K"}, Credential("", b"C", b"K")),
        ({"token": "t", "expirationTimestamp": "2030-01-02T03:04:05Z"}, Credential("t", expires=1893553445.0)),
        ({"token": "t", "expirationTimestamp": "2030-01-02T05:04:05+02:00"}, Credential("t", expires=1893553445.0)),
    ],
)
def test_what_is_printed_is_a_credential(
    run: Callable[..., Any], status: dict[str, str], credential: Credential
) -> None:
    assert run(run_plugin(_prints(_answer(**status)), CONNECTION, b"")) == credential


ECHO = """
import json, os
info = json.loads(os.environ["KUBERNETES_EXEC_INFO"])
told = json.dumps([info, os.environ["SHOP"]])
print(json.dumps({"apiVersion": info["apiVersion"], "kind": "ExecCredential", "status": {"token": told}}))
"""


def test_plugin_is_told_what_it_wants_to_know(run: Callable[..., Any]) -> None:
    asked = _runs(ECHO, env=(("SHOP", "open"),), wants_cluster=True, cluster_config='{"audience": "shop"}')
    info, variable = json.loads(run(run_plugin(asked, CONNECTION, b"CA")).token)
    cluster = {
        "server": "https://m:1",
        "tls-server-name": "api",
        "insecure-skip-tls-verify": True,
        "certificate-authority-data": base64.b64encode(b"CA").decode(),
        "proxy-url": "http://p:1",
        "config": {"audience": "shop"},
    }
    spec = {"interactive": False, "cluster": cluster}
    assert (info, variable) == ({"apiVersion": V1, "kind": "ExecCredential", "spec": spec}, "open")


def test_plugin_is_told_nothing_that_it_does_not_ask_for(run: Callable[..., Any]) -> None:
    version = "client.authentication.k8s.io/v1beta1"
    info, _ = json.loads(run(run_plugin(_runs(ECHO, env=(("SHOP", ""),), api_version=version), CONNECTION, b"")).token)
    assert info == {"apiVersion": version, "kind": "ExecCredential", "spec": {"interactive": False}}


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (Plugin("no-such-plugin", install_hint="Get it from X."), "cannot be run: No such file or directory.\nGet it"),
        (_runs("import sys; sys.exit('not logged in')"), "failed with exit code 1. not logged in"),
        (_prints("hello"), "printed something that is no ExecCredential"),
        (_prints("[]"), "printed something that is no ExecCredential"),
        (_prints(_answer(token="t", expirationTimestamp="soon")), "printed something that is no ExecCredential"),
        (_prints(_answer()), "gave neither a token nor a certificate with its key"),
        (_prints(_answer(clientCertificateData="C")), "gave neither a token nor a certificate with its key"),
        (_prints(_answer(token="t"), api_version="v9"), f"speaks {V1}; write that into the kubeconfig"),
        (_prints(_answer(token="t"), interactive="Always"), "wants to ask a user something, and there is no terminal"),
    ],
)
def test_plugin_that_gives_nothing_is_named_with_what_it_said(
    run: Callable[..., Any], asked: Plugin, said: str
) -> None:
    with pytest.raises(CredentialsError) as raised:
        run(run_plugin(asked, CONNECTION, b""))
    assert str(raised.value).startswith(f"{AT} {asked.command} of member1 ")
    assert said in str(raised.value)


def test_plugin_that_says_nothing_is_ended(run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "_WITHIN", 0.2)
    with pytest.raises(CredentialsError, match="said nothing for"):
        run(run_plugin(_runs("import time; time.sleep(3600)"), CONNECTION, b""))
