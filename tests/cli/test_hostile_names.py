"""Whatever the input is called, what kfed says of it neither forges a line nor moves a cursor nor gives a command."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.hostile import HOSTILE, is_harmless, is_harmless_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Result

CLUSTERS = Path(__file__).parents[1] / "cases" / "mistakes" / "clusters.yaml"
# In a manifest: JSON, for it has a form for every text that a manifest may hold.
NAMES = [text for text in HOSTILE if not any("\ud800" <= char <= "\udfff" for char in text)]
FILES = [text for text in NAMES if "/" not in text and "\0" not in text]


def federated(**spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "types.kubefed.io/v1beta1",
        "kind": "FederatedConfigMap",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"template": {"data": {"a": "b"}}, "placement": {"clusterSelector": {}}} | spec,
    }


def mistakes(text: str) -> list[dict[str, Any]]:
    """Objects with *text* wherever there is a place for one."""
    override = {"path": text, "value": {text: text}}
    objects = [
        federated(placement={"clusters": [{"name": text}]}),
        federated(template={"data": {text: 5}, text: text}),
        federated(template={"metadata": {"labels": {text: text}, "annotations": {text: text}, "finalizers": [text]}}),
        federated(overrides=[{"clusterName": "lab", "clusterOverrides": [override, {"path": f"/data/{text}"}]}]),
        federated(overrides=[{"clusterName": text, "clusterOverrides": [{"path": "/data", "op": text}]}]),
        federated(placement={"clusterSelector": {"matchLabels": {text: text}}}),
        federated(placement={"clusterSelector": {"matchExpressions": [{"key": text, "operator": text}]}}),
        {text: text},
        {"apiVersion": text, "kind": text, "metadata": {"name": text, "namespace": text}},
        {"apiVersion": "types.kubefed.io/v1beta1", "kind": f"Federated{text}", "metadata": {"name": text}},
        {"apiVersion": "core.kubefed.io/v1beta1", "kind": "KubeFedCluster", "metadata": {"name": text}},
        {"apiVersion": "core.kubefed.io/v1beta1", "kind": "FederatedTypeConfig", "metadata": {"name": text}},
    ]
    objects[1]["metadata"] = {"name": text, "namespace": text, text: text}
    return objects


def write(folder: Path, name: str, *objects: Any) -> Path:
    path = folder / f"{name}.json"
    path.write_text("\n".join(json.dumps(one) for one in objects))
    return path


@pytest.mark.parametrize("form", ["text", "github", "json", "sarif", "junit"])
def test_findings_are_harmless_whatever_is_in_the_objects(
    form: str, kfed_here: Callable[..., Result], tmp_path: Path
) -> None:
    write(tmp_path, "in", *(one for text in NAMES for one in mistakes(text)))
    result = kfed_here("render", "-f", "in.json", "--clusters", CLUSTERS, "-o", "out", "--findings", form)
    assert result.code == 1
    check(form, result)


@pytest.mark.parametrize("form", ["text", "github", "json", "sarif", "junit"])
def test_findings_are_harmless_whatever_files_are_called(
    form: str, kfed_here: Callable[..., Result], tmp_path: Path
) -> None:
    for text in FILES:
        write(tmp_path, text, *mistakes("x"))
    result = kfed_here("render", "-f", ".", "--clusters", CLUSTERS, "-o", "out", "--findings", form)
    assert result.code == 1
    check(form, result)


@pytest.mark.parametrize("text", FILES)
def test_a_file_that_is_named_itself_forges_no_line(
    text: str, kfed_here: Callable[..., Result], tmp_path: Path
) -> None:
    path = write(tmp_path, text, *mistakes("x"))
    check("text", kfed_here("render", "-f", path.name, "--clusters", CLUSTERS, "-o", "out"))


def check(form: str, result: Result) -> None:
    if form != "github":
        assert is_harmless_text(result.stdout)
        assert is_harmless_text(result.stderr)
        assert form != "junit" or ET.fromstring(result.stdout) is not None  # noqa: S314, our own
        assert form not in ("json", "sarif") or json.loads(result.stdout)
        return
    *lines, summary, end = result.stdout.split("\n")
    assert all(line.startswith(("::error ", "::warning ")) and is_harmless(line) for line in lines)
    assert sum(map(int, (word for word in summary.split() if word.isdigit()))) == len(lines)
    assert end == ""


@pytest.mark.parametrize("text", FILES)
def test_an_error_is_one_harmless_line_whatever_it_quotes(text: str, kfed_here: Callable[..., Result]) -> None:
    for args in (
        ("render", "-f", text),
        ("render", "-f", CLUSTERS, "--kubernetes", text),
        ("render", "-f", CLUSTERS, "-o", f"{CLUSTERS}/{text}"),
        ("generate", text),
        ("generate", "x", "--from", text),
        ("generate", "x", "--from", CLUSTERS, "--version", text),
    ):
        result = kfed_here(*args)
        assert result.code != 0
        assert result.stdout == ""
        assert is_harmless_text(result.stderr)


@pytest.mark.parametrize("args", [("--{}",), ("render", "--{}"), ("render", "-f", "x", "--as", "{}"), ("{}",)])
@pytest.mark.parametrize("text", FILES)
def test_wrong_usage_is_told_on_harmless_lines(
    args: tuple[str, ...], text: str, kfed_here: Callable[..., Result]
) -> None:
    result = kfed_here(*(arg.replace("{}", text) for arg in args))
    assert (result.code, result.stdout) == (2, "")
    assert is_harmless_text(result.stderr)


@pytest.mark.parametrize("text", NAMES)
def test_an_explanation_is_harmless_and_as_json_exact(
    text: str, kfed_here: Callable[..., Result], tmp_path: Path
) -> None:
    patches = [{"path": "/data/a", "value": text}, {"path": "/data/b", "op": "add", "value": text}]
    write(tmp_path, "in", federated(overrides=[{"clusterName": "lab", "clusterOverrides": patches}]))
    args = ("render", "-f", "in.json", "--clusters", CLUSTERS, "--cluster", "lab", "--explain", "--object")
    shown = kfed_here(*args, "configmap/shop/web")
    assert shown.code == 0, shown.stderr
    assert is_harmless_text(shown.stdout)
    lines = shown.stdout.splitlines()
    assert [line for line in lines if line.startswith("/data")] == ["/data/a", "/data/b"]
    assert all(line == "" or line.startswith(("# ", "/", "    ")) for line in lines)
    exact = kfed_here(*args, "configmap/shop/web", "--as", "json")
    assert is_harmless_text(exact.stdout)
    fields = {one["path"]: one["result"] for one in json.loads(exact.stdout)["fields"]}
    assert (fields["/data/a"], fields["/data/b"]) == (text, text)
    unknown = kfed_here(*args, f"configmap/shop/{text.replace('/', '')}")
    assert is_harmless_text(unknown.stdout + unknown.stderr)


@pytest.mark.parametrize("text", NAMES)
def test_what_generate_says_is_harmless(text: str, kfed_here: Callable[..., Result], tmp_path: Path) -> None:
    lossy = {"anyOf": [{"properties": {text: {"type": "string"}}}, {"not": {"required": [text]}}], "format": text}
    schema = {"type": "object", "properties": {text: lossy, "spec": {"properties": {text: lossy}, "type": "object"}}}
    crd = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.com"},
        "spec": {
            "group": "example.com",
            "scope": "Namespaced",
            "names": {"plural": "widgets", "kind": "Widget"},
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}],
        },
    }
    write(tmp_path, "crd", crd)
    for target in (("-o", "out"), ("-o", "out", "--check"), ("-o", "out", "--strict")):
        result = kfed_here("generate", "widgets", "--from", "crd.json", *target)
        assert is_harmless_text(result.stdout + result.stderr)
    crd["spec"]["names"] = {"plural": text, "kind": text, "singular": text, "shortNames": [text]}  # type: ignore[index]
    write(tmp_path, "crd", crd)
    result = kfed_here("generate", "--all", "--from", "crd.json")
    assert is_harmless_text(result.stderr)
