"""How trust becomes a context of Python's ``ssl``."""

from __future__ import annotations

import os
import ssl
import tempfile
from typing import TYPE_CHECKING

from kfed.errors import CredentialsError

if TYPE_CHECKING:
    from kfed.kube.config import Trust

_NO_CHECK_TIME = ssl.VerifyFlags(0x200000)  # X509_V_FLAG_NO_CHECK_TIME, to which ssl gives no name


def tls_context(trust: Trust, ca: bytes, certificate: bytes, key: bytes) -> ssl.SSLContext:
    """A context that believes a server as *trust* has it.

    Args:
        trust: what is checked.
        ca: PEM of the authorities; those of the system when empty.
        certificate: PEM of the certificate that we show, or nothing.
        key: PEM of its key.

    Raises:
        CredentialsError: the certificates or the key are none.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = trust.verify and trust.check_name
    context.verify_mode = ssl.CERT_REQUIRED if trust.verify else ssl.CERT_NONE
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # as in Go: a certificate that is given is trusted
    if not trust.check_dates:
        context.verify_flags |= _NO_CHECK_TIME
    if trust.verify:
        _believe(context, ca)
    if certificate or key:
        _show(context, certificate, key)
    return context


def _believe(context: ssl.SSLContext, ca: bytes) -> None:
    """Let the context believe these authorities, or those of the system when there are none."""
    if not ca:
        context.load_default_certs()
        return
    try:
        context.load_verify_locations(cadata=ca.decode("ascii"))
    except (ssl.SSLError, UnicodeDecodeError, ValueError) as error:
        raise CredentialsError(f"The certificate authority is no PEM that can be read: {error}.") from error


def _show(context: ssl.SSLContext, certificate: bytes, key: bytes) -> None:
    """Let the context show a certificate; ``ssl`` reads it from a file only, which is there for no longer than that."""
    with tempfile.TemporaryDirectory(prefix="kfed-") as folder:  # for the owner alone
        path = os.path.join(folder, "client.pem")
        with open(path, "wb") as file:
            file.write(certificate + b"\n" + key)
        try:
            context.load_cert_chain(path)
        except (ssl.SSLError, OSError) as error:
            raise CredentialsError(f"The client certificate and its key are no PEM that fits: {error}.") from error
