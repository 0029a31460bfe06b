"""Exec plugins: the programs of a kubeconfig that tell who we are.

The protocol is that of https://kubernetes.io/docs/reference/access-authn-authz/authentication/, "client-go credential
plugins": the question in ``KUBERNETES_EXEC_INFO``, an ExecCredential on standard output.
"""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import logging
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from kfed.errors import CredentialsError

if TYPE_CHECKING:
    from asyncio.subprocess import Process

    from kfed.kube.config import Connection, Plugin, Trust

_log = logging.getLogger(__name__)
_WITHIN = 60.0
_TOLD = 500  # characters of what a plugin says when it fails


@dataclass(frozen=True, slots=True)
class Credential:
    """What a plugin gave.

    Attributes:
        token: a bearer token.
        certificate: PEM of a client certificate.
        key: PEM of its key.
        expires: when all this is worth nothing any more, in seconds since the epoch; ``None`` for never.
    """

    token: str = field(default="", repr=False)
    certificate: bytes = field(default=b"", repr=False)
    key: bytes = field(default=b"", repr=False)
    expires: float | None = None


async def run_plugin(plugin: Plugin, connection: Connection, ca: bytes) -> Credential:
    """Run a plugin and return what it gives.

    Args:
        plugin: which.
        connection: of which cluster; a plugin may be told about it.
        ca: PEM of the cluster's authorities.

    Raises:
        CredentialsError: it is not there, fails, says something else, or takes longer than a minute with nobody at a
            terminal.
    """
    asks = plugin.interactive != "Never" and sys.stdin is not None and sys.stdin.isatty()
    if plugin.interactive == "Always" and not asks:
        raise CredentialsError(f"{_named(plugin, connection)} wants to ask a user something, and there is no terminal.")
    info = _question(plugin, connection, ca, interactive=asks)
    environment = os.environ | dict(plugin.env) | {"KUBERNETES_EXEC_INFO": orjson.dumps(info).decode()}
    _log.info("plugin runs", extra={"cluster": connection.name, "command": plugin.command})
    try:
        process = await asyncio.create_subprocess_exec(
            plugin.command,
            *plugin.args,
            env=environment,
            stdin=None if asks else DEVNULL,
            stdout=PIPE,
            stderr=None if asks else PIPE,  # where there is somebody to read it
        )
    except OSError as error:
        hint = f"\n{plugin.install_hint}" if plugin.install_hint else ""
        raise CredentialsError(f"{_named(plugin, connection)} cannot be run: {error.strerror}.{hint}") from error
    output = await _output(process, _named(plugin, connection), None if asks else _WITHIN)
    return _credential(output, plugin, connection)


async def _output(process: Process, named: str, within: float | None) -> bytes:
    """What a plugin prints; it does not outlive us or its time."""
    try:
        async with asyncio.timeout(within):
            output, complaint = await process.communicate()
    except TimeoutError as error:
        raise CredentialsError(f"{named} said nothing for {within:.0f} s.") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        said = (complaint or b"").decode("utf-8", "replace").strip()[-_TOLD:]
        raise CredentialsError(f"{named} failed with exit code {process.returncode}. {said}")
    return output


def _question(plugin: Plugin, connection: Connection, ca: bytes, *, interactive: bool) -> dict[str, Any]:
    spec: dict[str, Any] = {"interactive": interactive}
    if plugin.wants_cluster:
        spec["cluster"] = _cluster(connection, connection.trust, ca) | {"config": orjson.loads(plugin.cluster_config)}
    return {"apiVersion": plugin.api_version, "kind": "ExecCredential", "spec": spec}


def _cluster(connection: Connection, trust: Trust, ca: bytes) -> dict[str, Any]:
    described = {
        "server": connection.server,
        "tls-server-name": trust.server_name,
        "insecure-skip-tls-verify": not trust.verify,
        "certificate-authority-data": base64.b64encode(ca).decode(),
        "proxy-url": connection.proxy,
    }
    return {name: value for name, value in described.items() if value}


def _credential(output: bytes, plugin: Plugin, connection: Connection) -> Credential:
    try:
        answer = orjson.loads(output)
        version, status = answer["apiVersion"], answer["status"]
        expires = status.get("expirationTimestamp")
        credential = Credential(
            token=str(status.get("token") or ""),
            certificate=str(status.get("clientCertificateData") or "").encode(),
            key=str(status.get("clientKeyData") or "").encode(),
            expires=dt.datetime.fromisoformat(expires).timestamp() if expires else None,
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise CredentialsError(f"{_named(plugin, connection)} printed something that is no ExecCredential.") from error
    if version != plugin.api_version:
        raise CredentialsError(f"{_named(plugin, connection)} speaks {version}; write that into the kubeconfig.")
    if not credential.token and not (credential.certificate and credential.key):
        raise CredentialsError(f"{_named(plugin, connection)} gave neither a token nor a certificate with its key.")
    return credential


def _named(plugin: Plugin, connection: Connection) -> str:
    return f"The exec plugin {plugin.command} of {connection.name}"
