"""Where an API server is, how it is trusted, and who asks: a Connection, which is a value.

It comes from a kubeconfig (``kubeconfig``), from the files in a pod, or from a KubeFedCluster and its Secret. Nothing
is asked of a server here, and no plugin run: ``credentials`` does that when it is time.
"""

from __future__ import annotations

import base64
import binascii
import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from kfed.errors import CredentialsError

if TYPE_CHECKING:
    from collections.abc import Mapping

# https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/
_POD = "/var/run/secrets/kubernetes.io/serviceaccount"
_PROXIES = ("http", "https", "socks5", "socks5h")


@dataclass(frozen=True, slots=True)
class Trust:
    """When a server is believed to be the one that is meant.

    Attributes:
        ca: PEM of the authorities that may have signed its certificate; those of the system where there are none.
        ca_file: the file of the same, read again when it changes.
        server_name: the name that its certificate must have; that of its address when empty.
        verify: whether anything is checked at all.
        check_name: whether the name is.
        check_dates: whether the certificate must be of today.
    """

    ca: bytes = field(default=b"", repr=False)
    ca_file: str = ""
    server_name: str = ""
    verify: bool = True
    check_name: bool = True
    check_dates: bool = True


@dataclass(frozen=True, slots=True)
class Plugin:
    """A program that tells who we are (https://kubernetes.io/docs/reference/access-authn-authz/authentication/).

    Attributes:
        command: its name or path.
        args: its arguments.
        env: variables that it gets besides ours.
        api_version: of the ExecCredential that is exchanged.
        cluster_config: what the kubeconfig says to it about the cluster, as JSON.
        wants_cluster: whether it is told about the cluster.
        interactive: ``Never``, ``IfAvailable`` or ``Always``.
        install_hint: how to get it.
    """

    command: str
    args: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    api_version: str = "client.authentication.k8s.io/v1"
    cluster_config: str = field(default="null", repr=False)
    wants_cluster: bool = False
    interactive: str = "IfAvailable"
    install_hint: str = ""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks, and how that is proved; nothing in it is shown by ``repr``.

    Attributes:
        token: a bearer token.
        token_file: the file of one, which is read again when it changes and goes before ``token``.
        username: for basic authentication.
        password: the same.
        certificate: PEM of a client certificate.
        key: PEM of its key.
        certificate_file: the file of the certificate.
        key_file: the file of the key.
        plugin: a program that gives a token or a certificate.
        act_as: further headers, to act as somebody else (``Impersonate-User``…).
    """

    token: str = field(default="", repr=False)
    token_file: str = ""
    username: str = ""
    password: str = field(default="", repr=False)
    certificate: bytes = field(default=b"", repr=False)
    key: bytes = field(default=b"", repr=False)
    certificate_file: str = ""
    key_file: str = ""
    plugin: Plugin | None = None
    act_as: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Connection:
    """All that is needed to speak to an API server.

    Attributes:
        name: what the cluster is called in messages and logs.
        server: its address, such as ``https://10.0.0.1:6443``, perhaps with a path.
        trust: when it is believed.
        identity: who asks.
        proxy: the proxy that is gone through; without one, the environment's (``HTTPS_PROXY``, ``NO_PROXY``).
    """

    name: str
    server: str
    trust: Trust = Trust()
    identity: Identity = Identity()
    proxy: str = field(default="", repr=False)  # it may hold a password


def is_in_cluster() -> bool:
    """Whether this process runs in a pod that has a service account."""
    return bool(os.environ.get("KUBERNETES_SERVICE_HOST")) and os.path.exists(f"{_POD}/token")


def in_cluster(name: str = "host") -> Connection:
    """The connection of a pod to the cluster that it runs in.

    Raises:
        CredentialsError: this process does not run in a pod, or in one without a service account.
    """
    host, port = (os.environ.get(f"KUBERNETES_SERVICE_{part}", "") for part in ("HOST", "PORT"))
    if not (is_in_cluster() and port):
        raise CredentialsError(
            "This process does not run in a pod with a service account, so the cluster must be named: "
            "give a kubeconfig, or set KUBECONFIG."
        )
    host = f"[{host}]" if ":" in host else host
    trust, identity = Trust(ca_file=f"{_POD}/ca.crt"), Identity(token_file=f"{_POD}/token")
    return Connection(name, f"https://{host}:{port}", trust, identity)


def namespace_in_cluster() -> str:
    """The namespace of the pod that this process runs in; empty where it runs in none."""
    try:
        return Path(_POD, "namespace").read_text("utf-8").strip()
    except OSError:
        return ""


def from_cluster(cluster: Mapping[str, Any], secret: Mapping[str, Any]) -> Connection:
    """The connection to a member, of its KubeFedCluster and of the Secret that this names, which holds a token.

    Raises:
        CredentialsError: one of them does not say what it must.
    """
    name, spec = cluster["metadata"]["name"], cluster.get("spec") or {}
    token = secret_value(secret, "token").decode("utf-8", "replace").strip()
    if not token:
        raise CredentialsError(
            f"The Secret {secret['metadata']['name']} of the cluster {name} has no token; join the cluster again."
        )
    return Connection(
        name=name,
        server=address(spec.get("apiEndpoint") or "", f"spec.apiEndpoint of the KubeFedCluster {name}"),
        trust=_trust(name, spec),
        identity=Identity(token=token),
        proxy=proxy_address(spec.get("proxyURL") or "", f"spec.proxyURL of the KubeFedCluster {name}"),
    )


def _trust(name: str, spec: Mapping[str, Any]) -> Trust:
    """Trust as ``spec.caBundle`` and ``spec.disabledTLSValidations`` have it."""
    disabled = frozenset(spec.get("disabledTLSValidations") or ())
    unknown = disabled - {"*", "SubjectName", "ValidityPeriod"}
    if unknown:
        raise CredentialsError(
            f"spec.disabledTLSValidations of the KubeFedCluster {name} has {', '.join(sorted(map(str, unknown)))}; "
            "there are *, SubjectName and ValidityPeriod."
        )
    return Trust(
        ca=decoded(spec.get("caBundle") or "", f"spec.caBundle of the KubeFedCluster {name}"),
        verify="*" not in disabled,
        check_name="SubjectName" not in disabled,
        check_dates="ValidityPeriod" not in disabled,
    )


def secret_value(secret: Mapping[str, Any], entry: str) -> bytes:
    """What a Secret has under a name; empty where it has nothing.

    Raises:
        CredentialsError: it is no base64.
    """
    text = (secret.get("data") or {}).get(entry) or ""
    return decoded(text, f"data.{entry} of the Secret {secret['metadata']['name']}")


def decoded(text: str, what: str) -> bytes:
    """The bytes that *text* has in base64.

    Raises:
        CredentialsError: it is no base64.
    """
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise CredentialsError(f"{what} is no base64: {error}.") from error


def address(text: str, what: str) -> str:
    """The URL of a server, without a slash at its end; ``host:port`` means https, as in client-go.

    Raises:
        CredentialsError: it is none.
    """
    url = text.strip().rstrip("/")
    url = url if "://" in url else f"https://{url}"
    if not _is_url(url, ("http", "https")):
        raise CredentialsError(f"{what} is {text!r}, which is no address of a server; write https://HOST:PORT.")
    return url


def proxy_address(text: str, what: str) -> str:
    """The URL of a proxy, or nothing.

    Raises:
        CredentialsError: it is neither.
    """
    if text and not _is_url(text, _PROXIES):
        raise CredentialsError(f"{what} is no address of a proxy; write http://HOST:PORT, https:// or socks5://.")
    return text


def _is_url(url: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in schemes and bool(parts.hostname) and parts.port != 0 and not parts.query
    except ValueError:  # of a port, or of brackets
        return False


def called(connection: Connection, name: str) -> Connection:
    """The same connection under another name."""
    return replace(connection, name=name)
