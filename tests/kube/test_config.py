"""Where a server is and who asks, from a pod and from a KubeFedCluster."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from kfed.errors import CredentialsError
from kfed.kube import config
from kfed.kube.config import Connection, Identity, Plugin, Trust, from_cluster, in_cluster

if TYPE_CHECKING:
    from pathlib import Path


def _cluster(**spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": "member1"}, "spec": {"apiEndpoint": "https://10.0.0.1:6443", **spec}}


def _secret(**data: str) -> dict[str, Any]:
    encoded = {name: base64.b64encode(text.encode()).decode() for name, text in data.items()}
    return {"metadata": {"name": "member1-token"}, "data": encoded}


TOKEN = _secret(token="t0ken")


def test_cluster_and_its_secret_come_to_a_connection() -> None:
    bundle = base64.encodebytes(b"-----BEGIN" * 20).decode()  # in lines, as openssl has it
    assert from_cluster(_cluster(caBundle=bundle, proxyURL="socks5://proxy:1080"), TOKEN) == Connection(
        name="member1",
        server="https://10.0.0.1:6443",
        trust=Trust(ca=b"-----BEGIN" * 20),
        identity=Identity(token="t0ken"),
        proxy="socks5://proxy:1080",
    )


@pytest.mark.parametrize(
    ("disabled", "trust"),
    [
        ([], Trust()),
        (["*"], Trust(verify=False)),
        (["SubjectName"], Trust(check_name=False)),
        (["ValidityPeriod"], Trust(check_dates=False)),
        (["SubjectName", "ValidityPeriod", "SubjectName"], Trust(check_name=False, check_dates=False)),
    ],
)
def test_cluster_says_what_of_tls_is_not_checked(disabled: list[str], trust: Trust) -> None:
    assert from_cluster(_cluster(disabledTLSValidations=disabled), TOKEN).trust == trust


@pytest.mark.parametrize(
    ("endpoint", "server"),
    [
        ("https://api.example.com/", "https://api.example.com"),
        ("https://host/clusters/m1", "https://host/clusters/m1"),
        ("api.example.com:6443", "https://api.example.com:6443"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("[::1]:6443", "https://[::1]:6443"),
    ],
)
def test_endpoint_without_a_scheme_means_https(endpoint: str, server: str) -> None:
    assert from_cluster(_cluster(apiEndpoint=endpoint), TOKEN).server == server


@pytest.mark.parametrize(
    ("cluster", "secret", "said"),
    [
        (_cluster(apiEndpoint=""), TOKEN, "spec.apiEndpoint of the KubeFedCluster member1 is ''"),
        (_cluster(apiEndpoint="ftp://x"), TOKEN, "no address of a server; write https://HOST:PORT"),
        (_cluster(apiEndpoint="https://x:99999"), TOKEN, "no address of a server"),
        (_cluster(apiEndpoint="https://x:0"), TOKEN, "no address of a server"),
        (_cluster(apiEndpoint="https://[::1"), TOKEN, "no address of a server"),
        (_cluster(caBundle="not base64!"), TOKEN, "spec.caBundle of the KubeFedCluster member1 is no base64"),
        (
            _cluster(disabledTLSValidations=["Subject"]),
            TOKEN,
            "has Subject; there are *, SubjectName",
        ),
        (
            _cluster(proxyURL="proxy:1080"),
            TOKEN,
            "spec.proxyURL of the KubeFedCluster member1 is no address",
        ),
        (_cluster(), _secret(), "The Secret member1-token of the cluster member1 has no token; join the cluster again"),
        (_cluster(), {"metadata": {"name": "s"}, "data": {"token": "%%"}}, "data.token of the Secret s is no base64"),
    ],
)
def test_what_is_missing_or_wrong_is_said(cluster: dict[str, Any], secret: dict[str, Any], said: str) -> None:
    with pytest.raises(CredentialsError) as raised:
        from_cluster(cluster, secret)
    assert said in str(raised.value)


def test_no_secret_is_shown() -> None:
    plugin = Plugin("login", env=(("PASSWORD", "hunter2"),), cluster_config='"hunter2"')
    identity = Identity("hunter2", "file", "me", "hunter2", b"hunter2", b"hunter2", "cert", "key", plugin)
    connection = Connection("m", "https://m", Trust(), identity, "http://me:hunter2@proxy:1")
    assert "hunter2" not in repr(connection)


@pytest.fixture
def pod(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files and variables of a pod."""
    monkeypatch.setattr(config, "_POD", str(tmp_path))
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")
    (tmp_path / "token").write_text("t0ken")
    (tmp_path / "namespace").write_text("kube-federation-system\n")
    return tmp_path


def test_pod_knows_its_cluster(pod: Path) -> None:
    assert in_cluster() == Connection(
        "host", "https://10.0.0.1:443", Trust(ca_file=f"{pod}/ca.crt"), Identity(token_file=f"{pod}/token")
    )
    assert (config.is_in_cluster(), config.namespace_in_cluster()) == (True, "kube-federation-system")


def test_address_of_version_6_is_put_in_brackets(pod: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "fd00::1")
    assert (pod / "token").exists()
    assert in_cluster().server == "https://[fd00::1]:443"


@pytest.mark.parametrize("missing", ["KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT", "token"])
def test_what_is_no_pod_is_told_what_to_do(pod: Path, monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    monkeypatch.delenv(missing, raising=False)
    (pod / missing).unlink(missing_ok=True)
    with pytest.raises(CredentialsError, match="give a kubeconfig, or set KUBECONFIG"):
        in_cluster()


def test_without_a_pod_there_is_no_namespace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "_POD", str(tmp_path))
    assert config.namespace_in_cluster() == ""
