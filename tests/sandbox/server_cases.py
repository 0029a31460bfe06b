"""Ask a real API server for what the sandbox is to answer, and keep it as golden cases under `tests/cases/sandbox`.

    python -m tests.sandbox.server_cases https://127.0.0.1:6443 TOKEN ca.crt

``tables/`` has tables of objects that are created, with their status, in the namespace ``tables``; ``surface/`` has
discovery and OpenAPI documents. The server is to be new, and nobody else's.
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

CASES = Path(__file__).parent.parent / "cases" / "sandbox"
ROOT = CASES / "tables"
SURFACE = CASES / "surface"
DEFINITIONS = CASES / "definitions.json"
AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
DOCUMENTS = {
    "groups": "/apis",
    "autoscaling": "/apis/autoscaling",
    "apps-v1": "/apis/apps/v1",
    "multi-v1": "/apis/multi.example.com/v1",
}
OPENAPI = ("apps/v1", "multi.example.com/v1")
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
    _definitions(server)
    _surface(server)
    server.ask("POST", "/api/v1/namespaces", {"metadata": {"name": "tables"}})
    collections: dict[str, str] = {}
    for manifest in yaml.safe_load_all((ROOT / "objects.yaml").read_text().replace("REQUEST", _request())):
        path, plural = _create(server, manifest)
        collections[path] = plural
    time.sleep(1.5)
    for path, plural in collections.items():
        _keep(server, path, plural)


def _definitions(server: Server) -> None:
    """Ask for types that cannot be, and write down why not."""
    cases = orjson.loads(DEFINITIONS.read_bytes())
    for case in cases:
        path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions?dryRun=All"
        answer = server.ask("POST", path, definition(case["versions"]))
        case["causes"] = answer.get("details", {}).get("causes", [])
    _write(DEFINITIONS, cases)


def definition(versions: list[dict[str, Any]]) -> dict[str, Any]:
    """A CustomResourceDefinition with the given versions; the first one is stored."""
    whole = [
        {"name": f"v{place + 1}", "served": True, "storage": place == 0, **version}
        for place, version in enumerate(versions)
    ]
    names = {"plural": "as", "kind": "A"}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "as.example.com"},
        "spec": {"group": "example.com", "scope": "Namespaced", "names": names, "versions": whole},
    }


def _surface(server: Server) -> None:
    """Define custom types, and write down discovery and OpenAPI documents."""
    for manifest in yaml.safe_load_all((SURFACE / "definitions.yaml").read_text()):
        server.ask("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", manifest)
    time.sleep(4)
    for root in ("api", "apis"):
        _write(SURFACE / f"aggregated-{root}.json", server.ask("GET", f"/{root}", Accept=AGGREGATED))
    for name, path in DOCUMENTS.items():
        _write(SURFACE / f"{name}.json", server.ask("GET", path))
    for name in OPENAPI:
        document = server.ask("GET", f"/openapi/v3/apis/{name}")
        _write(SURFACE / f"openapi-{name.replace('/', '-')}.json", outline(document))


def outline(document: dict[str, Any]) -> dict[str, Any]:
    """What matters of an OpenAPI document, without the words: schemas, and the operations with their parameters."""
    operations = {
        path: {
            method: [
                operation["x-kubernetes-action"],
                operation["x-kubernetes-group-version-kind"],
                sorted(parameter["name"] for parameter in operation.get("parameters", ())),
            ]
            for method, operation in item.items()
            if "x-kubernetes-action" in operation
        }
        for path, item in document["paths"].items()
        if "/watch/" not in path
    }
    return {"schemas": _wordless(document["components"]["schemas"]), "operations": operations}


def _wordless(value: Any) -> Any:
    """Schemas without descriptions, and without the defaults that the definitions of a release do not tell."""
    if isinstance(value, list):
        return [_wordless(element) for element in value]
    if not isinstance(value, dict):
        return value
    is_words = {"description": str, "default": object}
    return {key: _wordless(sub) for key, sub in value.items() if not isinstance(sub, is_words.get(key, ()))}


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
    _write(ROOT / f"{name}.json", case)


def _write(path: Path, case: Any) -> None:
    path.write_bytes(orjson.dumps(case, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    print(path.name)


def _request() -> str:
    """What a CertificateSigningRequest holds."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    made = x509.CertificateSigningRequestBuilder().subject_name(name)
    pem = made.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    return base64.b64encode(pem).decode()


if __name__ == "__main__":
    main()
