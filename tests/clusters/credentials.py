"""What an API server and its users prove themselves with: certificates, keys, tokens and kubeconfigs.

Made with the package cryptography: a program such as openssl is not on every machine, and kube-apiserver's own
self-signed certificate leaves the key for service accounts still to be made.
"""

from __future__ import annotations

import base64
import datetime as dt
import ipaddress
import json
import os
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from pathlib import Path

USERS = {"admin": "system:masters", "alice": "", "bob": ""}
"""Who may come to every server, and in which group: alice and bob may do nothing until a test allows it."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """The files of one server, and its users' tokens."""

    ca: Path
    certificate: Path
    key: Path
    service_account_key: Path
    token_file: Path
    tokens: dict[str, str]


def make_credentials(folder: Path, name: str) -> Credentials:
    """Make everything for the server ``name`` and write it into ``folder``.

    Each server has a certificate authority and tokens of its own, so that one server's are worth nothing at another.
    """
    ca_key = ec.generate_private_key(ec.SECP256R1())
    ca = _certificate(f"kfed test authority of {name}", ca_key, None)
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _certificate(name, key, (ca, ca_key))
    tokens = {user: secrets.token_urlsafe(24) for user in USERS}
    rows = "".join(f'{tokens[user]},{user},{user},"{group}"\n' for user, group in USERS.items())
    return Credentials(
        ca=_write(folder / "ca.crt", ca.public_bytes(serialization.Encoding.PEM)),
        certificate=_write(folder / "server.crt", certificate.public_bytes(serialization.Encoding.PEM)),
        key=_write(folder / "server.key", _pem(key)),
        service_account_key=_write(folder / "service-account.key", _pem(ec.generate_private_key(ec.SECP256R1()))),
        token_file=_write(folder / "tokens.csv", rows.encode()),
        tokens=tokens,
    )


def write_kubeconfig(path: Path, server: str, url: str, ca: Path, token: str) -> Path:
    """Write the kubeconfig (JSON, which is YAML) of one user of one server, and return its path."""
    authority = base64.b64encode(ca.read_bytes()).decode()
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": server,
        "contexts": [{"name": server, "context": {"cluster": server, "user": path.stem}}],
        "clusters": [{"name": server, "cluster": {"server": url, "certificate-authority-data": authority}}],
        "users": [{"name": path.stem, "user": {"token": token}}],
    }
    return _write(path, json.dumps(config, indent=1).encode())


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None,
) -> x509.Certificate:
    """An authority's certificate when there is no ``issuer``, else that of a server on this machine, for two days."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    signer = issuer[1] if issuer else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[0].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))  # clocks differ
        .not_valid_after(now + dt.timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .add_extension(_usage(of_authority=issuer is None), critical=True)
    )
    if issuer:
        names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    return builder.sign(signer, hashes.SHA256())


def _usage(*, of_authority: bool) -> x509.KeyUsage:
    """What a key may be used for; without it a strict client (Python 3.13) refuses the chain."""
    return x509.KeyUsage(
        digital_signature=not of_authority,
        key_cert_sign=of_authority,
        crl_sign=of_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """A private key in the form kube-apiserver reads for service accounts too: it takes no PKCS #8 there."""
    form = serialization.PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def _write(path: Path, content: bytes) -> Path:
    """Write a file that only its owner may read."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    return path
