"""The entries of a kubeconfig, and what a cluster's and a user's come to: trust and identity."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from kfed.errors import CredentialsError
from kfed.kube.config import Identity, Plugin, Trust, decoded

if TYPE_CHECKING:
    from collections.abc import Mapping

_API_VERSIONS = ("client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1")
_EXTENSION = "client.authentication.k8s.io/exec"  # of a cluster: what it says to plugins


@dataclass(frozen=True, slots=True)
class Entry:
    """A named part of a kubeconfig, and where it was read.

    Attributes:
        fields: the part itself.
        where: what it is called in messages.
        folder: what its paths are relative to; ``None`` where it may name no file.
    """

    fields: Mapping[str, Any]
    where: str
    folder: str | None

    def text(self, field: str) -> str:
        """What a field says; empty where it says nothing."""
        value = self.fields.get(field)
        if value is None or isinstance(value, str):
            return value or ""
        raise CredentialsError(f"{field} of {self.where} is no text; put quotes around it.")

    def path(self, field: str) -> str:
        """The path in a field, from where this process is."""
        path = self.text(field)
        if path and self.folder is None:
            raise CredentialsError(f"{field} of {self.where} names a file, which nobody has; put its content inline.")
        return os.path.join(self.folder or "", path) if path else ""

    def data(self, field: str) -> bytes:
        """The bytes in a field of base64."""
        return decoded(self.text(field), f"{field} of {self.where}")


def trust_of(cluster: Entry) -> Trust:
    """How a cluster's entry wants it to be trusted.

    Raises:
        CredentialsError: something in it is wrong.
    """
    ca = cluster.data("certificate-authority-data")
    return Trust(
        ca=ca,
        ca_file="" if ca else cluster.path("certificate-authority"),
        server_name=cluster.text("tls-server-name"),
        verify=cluster.fields.get("insecure-skip-tls-verify") is not True,
    )


def identity_of(user: Entry, cluster: Entry) -> Identity:
    """Who a user's entry says that we are; the cluster's has what a plugin is told.

    Raises:
        CredentialsError: something in it is wrong.
    """
    if "auth-provider" in user.fields:
        raise CredentialsError(
            f"{user.where} logs in through an auth-provider, which kfed does not know; let an exec plugin do it, "
            "such as kubelogin or gke-gcloud-auth-plugin."
        )
    certificate, key = user.data("client-certificate-data"), user.data("client-key-data")
    return Identity(
        token=user.text("token"),
        token_file=user.path("tokenFile"),
        username=user.text("username"),
        password=user.text("password"),
        certificate=certificate,
        key=key,
        certificate_file="" if certificate else user.path("client-certificate"),
        key_file="" if key else user.path("client-key"),
        plugin=_plugin(user, cluster) if user.fields.get("exec") else None,
        act_as=tuple(_acting(user)),
    )


def _acting(user: Entry) -> list[tuple[str, str]]:
    """The headers for ``as`` and its like."""
    fields = user.fields
    headers = [("Impersonate-User", user.text("as")), ("Impersonate-Uid", user.text("as-uid"))]
    headers += [("Impersonate-Group", str(group)) for group in fields.get("as-groups") or ()]
    extra = fields.get("as-user-extra") or {}
    headers += [(f"Impersonate-Extra-{name}", str(value)) for name, values in extra.items() for value in values or ()]
    return [(header, value) for header, value in headers if value]


def _plugin(user: Entry, cluster: Entry) -> Plugin:
    entry = Entry(user.fields["exec"], f"exec of {user.where}", user.folder)
    version, command = entry.text("apiVersion"), entry.text("command")
    if version not in _API_VERSIONS:
        raise CredentialsError(f"apiVersion of {entry.where} is {version!r}; there are {' and '.join(_API_VERSIONS)}.")
    if not command:
        raise CredentialsError(f"{entry.where} has no command; say which program to run.")
    has_path = os.path.basename(command) != command
    return Plugin(
        command=entry.path("command") if has_path else command,
        args=tuple(map(str, entry.fields.get("args") or ())),
        env=tuple((str(one["name"]), str(one["value"])) for one in entry.fields.get("env") or ()),
        api_version=version,
        cluster_config=orjson.dumps(_extension(cluster)).decode(),
        wants_cluster=entry.fields.get("provideClusterInfo") is True,
        interactive=entry.text("interactiveMode") or "IfAvailable",
        install_hint=entry.text("installHint"),
    )


def _extension(cluster: Entry) -> Any:
    """What the cluster's entry says to plugins."""
    extensions = cluster.fields.get("extensions") or ()
    return next((one.get("extension") for one in extensions if one.get("name") == _EXTENSION), None)
