"""``kfed generate`` and names: what a server would not take, or would take for another type, is found beforehand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SPEC = {"type": "object", "properties": {"spec": {"type": "object", "properties": {"size": {"type": "integer"}}}}}


def crd(group: str, kind: str, plural: str, *short_names: str) -> dict[str, Any]:
    names = {"kind": kind, "plural": plural, "shortNames": list(short_names)}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": SPEC}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {"group": group, "scope": "Namespaced", "names": names, "versions": [version]},
    }


@pytest.fixture
def generate(kfed_here: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    """Run the command over these CRDs, with more arguments."""

    def run(crds: list[dict[str, Any]], *args: str) -> Any:
        (tmp_path / "crds.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": crds}))
        return kfed_here("generate", "--from", "crds.json", *args)

    return run


def short_names(text: str) -> dict[str, list[str]]:
    manifests = yaml.load_all(text, Loader=yaml.CSafeLoader)
    return {
        one["spec"]["names"]["kind"]: one["spec"]["names"].get("shortNames", [])
        for one in manifests
        if one["kind"] == "CustomResourceDefinition"
    }


SEARCH = crd("search.example.com", "Elastic", "elastics", "es", "el")
SECRETS = crd("secrets.example.com", "External", "externals", "es")
SERVING = crd("serving.knative.dev", "Service", "services", "kservice")


def test_a_short_name_is_given_to_one_type_and_the_other_is_told(generate: Callable[..., Any]) -> None:
    result = generate([SECRETS, SEARCH], "--all")
    assert short_names(result.stdout) == {"FederatedElastic": ["fes", "fel"], "FederatedExternal": []}
    assert result.stderr == (
        "FederatedExternal:\n"
        "  The short name fes is left out. FederatedElastic has it, and an API server gives a name to one type.\n"
    )


def test_a_built_in_type_keeps_its_short_name(generate: Callable[..., Any]) -> None:
    result = generate([crd("a.example.com", "Agent", "agents", "deploy")], "agents", "deployments", "--kubernetes=1.37")
    assert short_names(result.stdout) == {"FederatedAgent": [], "FederatedDeployment": ["fdeploy"]}


def test_a_short_name_that_is_anothers_plural_is_left_out(generate: Callable[..., Any]) -> None:
    result = generate([crd("a.example.com", "Agent", "agents", "ederatedexternals"), SECRETS], "--all")
    assert short_names(result.stdout) == {"FederatedAgent": [], "FederatedExternal": ["fes"]}


def test_types_that_the_folder_holds_keep_their_short_names(generate: Callable[..., Any], tmp_path: Path) -> None:
    generate([SECRETS], "externals", "-o", "out")
    result = generate([SEARCH], "elastics", "-o", "out")
    assert "The short name fes is left out. FederatedExternal has it" in result.stderr
    path = tmp_path / "out" / "crds" / "types.kubefed.io_federatedelastics.yaml"
    assert short_names(path.read_text()) == {"FederatedElastic": ["fel"]}
    before = path.read_bytes()
    again = generate([SEARCH], "elastics", "-o", "out")
    assert (again.code, path.read_bytes()) == (0, before)
    assert short_names((tmp_path / "out/crds/types.kubefed.io_federatedexternals.yaml").read_text()) == {
        "FederatedExternal": ["fes"]
    }


def test_types_that_the_host_has_keep_their_short_names(generate: Callable[..., Any]) -> None:
    host = crd("types.kubefed.io", "FederatedExternal", "federatedexternals", "fes")
    result = generate([host, SEARCH], "elastics")
    assert short_names(result.stdout) == {"FederatedElastic": ["fel"]}


@pytest.mark.parametrize("held", [[], ["services", "--kubernetes", "1.37"]])
def test_a_type_with_the_plural_of_a_built_in_one_does_not_take_its_place(
    generate: Callable[..., Any], kfed_here: Callable[..., Any], tmp_path: Path, held: list[str]
) -> None:
    if held:
        assert kfed_here("generate", *held, "-o", "out").code == 0
    files = {path: path.read_bytes() for path in tmp_path.rglob("out/*/*")}
    result = generate([SERVING], "services.serving.knative.dev", "-o", "out")
    assert result.code == 1
    assert result.stderr == (
        "Error: services.serving.knative.dev cannot be federated: FederatedService of types.kubefed.io is the "
        "federated type of services; choose another group with --federated-group.\n"
    )
    assert {path: path.read_bytes() for path in tmp_path.rglob("out/*/*")} == files
    own = generate([SERVING], "services", "-o", "out", "--federated-group", "serving.kubefed.io")
    assert (own.code, own.stderr) == (0, "out holds 1 type; 4 files changed.\n")


def test_a_type_with_the_plural_of_one_that_the_folder_holds_does_not_take_its_place(
    generate: Callable[..., Any],
) -> None:
    generate([crd("a.example.com", "Pool", "pools")], "pools", "-o", "out")
    result = generate([crd("b.example.com", "Pool", "pools")], "pools", "-o", "out")
    assert result.code == 1
    assert result.stderr == (
        "Error: pools.b.example.com cannot be federated: FederatedPool of types.kubefed.io is the federated type of "
        "pools.a.example.com; choose another group with --federated-group.\n"
    )
    assert generate([crd("a.example.com", "Pool", "pools", "po")], "pools", "-o", "out").code == 0


@pytest.mark.parametrize(
    "other",
    [
        crd("a.example.com", "FOO", "bigfoos"),  # the singular, which is the kind in lower case
        crd("b.example.com", "Foo", "otherfoos"),
        crd("b.example.com", "FooList", "foolists"),  # the kind of the other's lists
        crd("b.example.com", "Bar", "foos"),
        crd("b.example.com", "Bar", "foo"),
    ],
)
def test_of_types_that_one_server_cannot_have_the_second_is_left_out_and_told(
    generate: Callable[..., Any], other: dict[str, Any]
) -> None:
    both = [crd("a.example.com", "Foo", "foos"), other]
    result = generate(both, "--all")
    assert result.code == 0
    assert len(short_names(result.stdout)) == 1
    assert "is left out: Federated" in result.stderr
    named = generate(both, *(one["metadata"]["name"] for one in both))
    assert (named.code, named.stdout) == (1, "")
    assert "cannot be federated: Federated" in named.stderr


@pytest.mark.parametrize("length", [50, 51, 52, 53, 54])
def test_names_that_are_too_long_for_a_server_are_found_before_anything_is_written(
    generate: Callable[..., Any], tmp_path: Path, length: int
) -> None:
    """Federated takes 9 letters of 63, and List, of the kind of lists, 4."""
    long = crd("a.example.com", "L" + "o" * (length - 5) + "ng", "l" + "o" * (length - 3) + "ng")
    result = generate([long], long["metadata"]["name"], "-o", "out")
    if length <= 52:
        assert result.code == 0
        return
    assert result.code == 1
    assert f"has {length + 11} characters, and an API server takes 63 in the name of a type." in result.stderr
    assert not (tmp_path / "out").exists()
    assert generate([long, SEARCH], "--all").code == 0
