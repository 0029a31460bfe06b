"""Ask a real API server for the tables of `tests/cases/sandbox/tables/objects.yaml`, and keep them as golden cases.

    python tools/table_cases.py https://127.0.0.1:6443 TOKEN ca.crt

Creates everything, with its status, in the namespace ``tables`` of a server that nobody else uses.
"""

from __future__ import annotations

import base64
import datetime as dt
import ssl
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import orjson
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

ROOT = Path(__file__).parent.parent / "tests" / "cases" / "sandbox" / "tables"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"


class Server:
    """One API server, by its address, a token and the file of its certificate authority."""

    def __init__(self, url: str, token: str, ca: str) -> None:
        self._url = url
        self._token = token
        self._tls = ssl.create_default_context(cafile=ca)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The answer, parsed; an error is printed, and an answer like another."""
        request = urllib.request.Request(self._url + path, method=method)  # noqa: S310  # given by whoever runs this
        request.add_header("Authorization", f"Bearer {self._token}")
        request.add_header("Content-Type", "application/json")
        for key, value in headers.items():
            request.add_header(key.replace("_", "-"), value)
        data = None if body is None else orjson.dumps(body)
        try:
            with urllib.request.urlopen(request, data, timeout=30, context=self._tls) as response:  # noqa: S310
                return orjson.loads(response.read())
        except urllib.error.HTTPError as error:
            answer = orjson.loads(error.read())
            if answer.get("reason") != "AlreadyExists":
                print(method, path, answer.get("message"))
            return answer

    def plurals(self, api_version: str) -> dict[str, tuple[str, bool]]:
        """Kind to plural, and whether its objects live in a namespace."""
        prefix = "/apis/" if "/" in api_version else "/api/"
        found = self.ask("GET", prefix + api_version)["resources"]
        return {entry["kind"]: (entry["name"], entry["namespaced"]) for entry in found if "/" not in entry["name"]}


def main() -> None:
    """Create the objects, and write down what comes back."""
    server = Server(*sys.argv[1:4])
    server.ask("POST", "/api/v1/namespaces", {"metadata": {"name": "tables"}})
    collections: dict[str, str] = {}
    for manifest in yaml.safe_load_all((ROOT / "objects.yaml").read_text().replace("REQUEST", _request())):
        path, plural = _create(server, manifest)
        collections[path] = plural
    time.sleep(1.5)
    for path, plural in collections.items():
        _keep(server, path, plural)


def _create(server: Server, manifest: dict[str, Any]) -> tuple[str, str]:
    api_version, kind = manifest["apiVersion"], manifest["kind"]
    if kind in {"Plain", "Column"}:
        time.sleep(1)  # until the type is served
    plural, namespaced = server.plurals(api_version)[kind]
    prefix = ("/apis/" if "/" in api_version else "/api/") + api_version
    path = f"{prefix}/namespaces/tables/{plural}" if namespaced else f"{prefix}/{plural}"
    name = manifest["metadata"]["name"]
    server.ask("POST", path, manifest)
    if "status" in manifest and "example.com" not in api_version:
        merge = {"Content_Type": "application/merge-patch+json"}
        server.ask("PATCH", f"{path}/{name}/status", {"status": manifest["status"]}, **merge)
    if manifest["metadata"].get("annotations", {}).get("test") == "delete":
        server.ask("DELETE", f"{path}/{name}?gracePeriodSeconds=30")
    return path, f"{plural}.{api_version.rpartition('/')[0] or 'core'}"


def _keep(server: Server, path: str, name: str) -> None:
    """Write down a list, the table of it, and the second in which both were made."""
    while True:
        start = dt.datetime.now(dt.UTC)
        objects = server.ask("GET", path)
        table = server.ask("GET", f"{path}?includeObject=None", Accept=TABLE)
        if dt.datetime.now(dt.UTC).second == start.second:
            break
    for item in objects["items"]:
        item["metadata"].pop("managedFields", None)
    for column in table["columnDefinitions"]:
        del column["description"]
    case = {"now": start.replace(microsecond=0).isoformat(), "objects": objects, "table": table}
    (ROOT / f"{name}.json").write_bytes(orjson.dumps(case, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    print(name, len(table["rows"] or []))


def _request() -> str:
    """What a CertificateSigningRequest holds."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    made = x509.CertificateSigningRequestBuilder().subject_name(name)
    pem = made.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    return base64.b64encode(pem).decode()


if __name__ == "__main__":
    main()
