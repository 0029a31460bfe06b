"""What an Identity says at this moment: files are read again, and a plugin is asked again before its answer expires."""

from __future__ import annotations

import asyncio
import base64
import logging
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from kfed.errors import CredentialsError
from kfed.kube.plugin import Credential, run_plugin

if TYPE_CHECKING:
    from kfed.kube.config import Connection, Identity

_log = logging.getLogger(__name__)
_READ_AGAIN = 10.0  # the kubelet renews the token of a pod long before it expires
_AHEAD = 60.0  # a plugin is asked so long before its answer expires, or after four fifths of a shorter life


@dataclass(frozen=True, slots=True)
class Proof:
    """What proves who we are, and the server who it is, at one moment.

    Attributes:
        authorization: the header of that name, or nothing.
        ca: PEM of the authorities.
        certificate: PEM of the certificate that we show.
        key: PEM of its key.
    """

    authorization: str = field(default="", repr=False)
    ca: bytes = field(default=b"", repr=False)
    certificate: bytes = field(default=b"", repr=False)
    key: bytes = field(default=b"", repr=False)


class Credentials:
    """The proof of one connection, kept fresh as it is asked for.

    A file that cannot be read any more, and a plugin that fails before its last answer has expired, are logged, and the
    last proof is used on: a token may be good for longer than the file of it.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._proof: Proof | None = None
        self._fresh_until = 0.0
        self._credential = Credential()
        # By the clock on the wall, as a plugin's answer expires by that; never where there is none to ask.
        self._ask_after = self._ask_at_first = 0.0 if _needs_plugin(connection.identity) else float("inf")
        self._turn = asyncio.Lock()

    @property
    def fresh(self) -> Proof | None:
        """The proof, unless it is time to look again."""
        return self._proof if time.monotonic() < self._fresh_until else None

    async def renewed(self, refused: Proof | None = None) -> Proof:
        """The proof after a look at the files and, when it is time, at the plugin.

        Args:
            refused: a proof that the server does not take: a plugin is asked for another, unless there is one already.

        Raises:
            CredentialsError: there is no proof to be had.
        """
        async with self._turn:
            if refused is not None and refused is self._proof:
                self._fresh_until = 0.0
                self._ask_after = self._ask_at_first
            if time.monotonic() >= self._fresh_until or self._proof is None:
                proof = await self._look()
                self._proof = self._proof if self._proof == proof else proof  # one that is equal stays the same
                self._fresh_until = time.monotonic() + min(_READ_AGAIN, self._ask_after - time.time())
            return self._proof

    async def _look(self) -> Proof:
        trust, identity = self._connection.trust, self._connection.identity
        last = self._proof or Proof()
        ca = trust.ca or self._file(trust.ca_file, last.ca)
        await self._ask(identity, ca)
        gave = self._credential
        return Proof(
            authorization=self._authorization(identity, last),
            ca=ca,
            certificate=identity.certificate
            or self._file(identity.certificate_file, last.certificate)
            or gave.certificate,
            key=identity.key or self._file(identity.key_file, last.key) or gave.key,
        )

    def _authorization(self, identity: Identity, last: Proof) -> str:
        """The header: of the first of a token's file, a token, a password and the plugin, as in client-go."""
        before = last.authorization.removeprefix("Bearer ").encode()
        token = self._file(identity.token_file, before or identity.token.encode()).decode("utf-8", "replace").strip()
        if token := token or identity.token:
            return f"Bearer {token}"
        if identity.username:
            return f"Basic {base64.b64encode(f'{identity.username}:{identity.password}'.encode()).decode()}"
        return f"Bearer {self._credential.token}" if self._credential.token else ""

    async def _ask(self, identity: Identity, ca: bytes) -> None:
        """Ask the plugin, if there is one and it is time."""
        if identity.plugin is None or time.time() < self._ask_after:
            return
        try:
            self._credential = await run_plugin(identity.plugin, self._connection, ca)
        except CredentialsError as error:
            if not _is_good(self._credential):
                raise
            _log.warning("plugin failed", extra={"cluster": self._connection.name, "error": str(error)})
            self._ask_after = time.time() + _READ_AGAIN
            return
        expires = self._credential.expires
        left = float("inf") if expires is None else expires - time.time()
        self._ask_after = time.time() + max(left - _AHEAD, left * 0.8)

    def _file(self, path: str, last: bytes) -> bytes:
        """What a file holds; what it held, when it cannot be read now.

        Raises:
            CredentialsError: it cannot be read, and never could.
        """
        if not path:
            return b""
        cluster = self._connection.name
        try:
            content = Path(path).read_bytes()
        except OSError as error:
            if not last:
                raise CredentialsError(f"{path}, of {cluster}, cannot be read: {error.strerror}.") from error
            _log.warning("credentials unreadable", extra={"cluster": cluster, "file": path, "error": str(error)})
            return last
        return content or last


def _needs_plugin(identity: Identity) -> bool:
    """Whether a plugin is what says who we are: a token or a password of the kubeconfig goes before it."""
    return identity.plugin is not None and not (identity.token or identity.token_file or identity.username)


def _is_good(credential: Credential) -> bool:
    """Whether a plugin's answer can still be used."""
    is_empty = not credential.token and not credential.certificate
    return not is_empty and (credential.expires is None or credential.expires > time.time())
