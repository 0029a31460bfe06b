"""``kfed generate`` as a whole: which types it finds, what it writes, and what it leaves alone."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from kfed.offline.tree.paths import TYPE_FOLDERS

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "tests" / "cases" / "sources"
WIDGETS = ROOT / "docs" / "examples" / "custom" / "widgets.yaml"
CRD = ROOT / "tests" / "cases" / "mistakes" / "widgets.crd.yaml"


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def documents(text: str) -> list[Any]:
    return list(yaml.load_all(text, Loader=yaml.CSafeLoader))


def wrapper(text: str) -> Any:
    """The schema in the first document, which is a CRD."""
    return documents(text)[0]["spec"]["versions"][0]["schema"]["openAPIV3Schema"]


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all types of the newest release."""
    from kfed.cli.main import main  # noqa: PLC0415  (the command as it is when the test runs)

    folder = tmp_path_factory.mktemp("everything")
    assert main(["generate", "--all", "-o", str(folder)]) == 0
    return folder


@pytest.mark.parametrize(
    "name",
    ["deployments", "deployment", "deploy", "Deployment", "deployments.apps", "deployments.v1.apps", "DEPLOYMENTS"],
)
def test_a_type_is_found_by_every_name_that_kubectl_accepts(name: str, kfed_here: Callable[..., Any]) -> None:
    crd, config, *roles = documents(kfed_here("generate", name).stdout)
    assert crd["metadata"]["name"] == "federateddeployments.types.kubefed.io"
    assert config["metadata"]["name"] == "deployments.apps"
    assert [role["kind"] for role in roles] == ["ClusterRole", "ClusterRole"]


def test_names_are_those_of_upstream(kfed_here: Callable[..., Any]) -> None:
    crd = documents(kfed_here("generate", "networkpolicies").stdout)[0]
    assert crd["spec"]["names"] == {
        "kind": "FederatedNetworkPolicy",
        "listKind": "FederatedNetworkPolicyList",
        "plural": "federatednetworkpolicies",
        "singular": "federatednetworkpolicy",
        "shortNames": ["fnetpol"],
        "categories": ["federated"],
    }


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["deploymnt"], "the nearest: deployments"),
        (["deployments.v2.apps"], "the nearest: deployments.v1.apps"),
        (["events", "events.events.k8s.io"], "FederatedEvent of types.kubefed.io is the federated type of events;"),
        (["tokenreviews"], "never stored"),
        (["clustercidrs"], "in its releases 1.25 to 1.28"),
        (["deployments", "--kubernetes", "1.2"], "has 1.25 to"),
        (["widgets", "--from", str(CRD), "--version", "v9"], "it serves v1"),
        (["deployments", "--from", str(CRD)], "No type is called 'deployments' in what was read"),
        (["x", "--from", str(ROOT / "docs" / "examples" / "shop.yaml")], "expected an OpenAPI document"),
        (["x", "--from", "-"], "<stdin> is empty"),
    ],
)
def test_what_cannot_be_generated_is_one_sentence(args: list[str], says: str, kfed_here: Callable[..., Any]) -> None:
    result = kfed_here("generate", *args)
    assert (result.code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: ")
    assert says in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"\xff\xfe\x00", "is not UTF-8 text"),
        (b"a: [", "<stdin>:1:"),
        (b"just words", "<stdin>"),
        (b'{"definitions": 5}', "<stdin>"),
        (b'{"openapi": "3.0.0", "components": {"schemas": []}}', "<stdin>"),
        (b'{"kind": "CustomResourceDefinition", "apiVersion": "apiextensions.k8s.io/v1"}', "<stdin>"),
    ],
)
def test_a_source_that_is_none_is_one_sentence(data: bytes, says: str, kfed_here: Callable[..., Any]) -> None:
    result = kfed_here("generate", "x", "--from", "-", stdin=data)
    assert result.code == 1
    assert says in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("args", "says"),
    [
        ([], "Name the types to generate, or give --all"),
        (["--all", "deploy"], "Name the types to generate, or give --all"),
        (["deploy", "-o", ""], "-o names no folder"),
        (["deploy", "--check"], "--check compares with a folder"),
        (["deploy", "--federated-group", "x"], "is no API group"),
        (["deploy", "--federated-group", "Types.example.com"], "is no API group"),
        (["deploy", "--federated-version", "V1_"], "is no version"),
        (["deploy", "--descriptions", "some"], "is not one of"),
    ],
)
def test_wrong_usage_is_told(args: list[str], says: str, kfed_here: Callable[..., Any]) -> None:
    result = kfed_here("generate", *args)
    assert (result.code, result.stdout) == (2, "")
    assert says in result.stderr


def test_a_file_that_is_not_there_is_an_error_of_the_environment(kfed_here: Callable[..., Any]) -> None:
    result = kfed_here("generate", "x", "--from", "missing.yaml")
    assert (result.code, result.stderr) == (3, "Error: missing.yaml cannot be read: No such file or directory.\n")


@pytest.mark.parametrize(
    ("source", "name"), [("openapi_v2/swagger.json", "leases"), ("openapi_v3/apis__apps__v1.json", "deployments")]
)
def test_an_openapi_document_is_a_source(source: str, name: str, kfed_here: Callable[..., Any]) -> None:
    result = kfed_here("generate", name, "--from", SOURCES / source)
    assert result.code == 0
    assert (
        wrapper(result.stdout)["properties"]["spec"]["properties"]["template"]["properties"]["spec"]["type"] == "object"
    )


def test_a_crd_is_a_source_and_what_it_comes_with_is_passed_over(kfed_here: Callable[..., Any]) -> None:
    by_name = kfed_here("generate", "widgets", "--from", CRD)
    size = wrapper(by_name.stdout)["properties"]["spec"]["properties"]["template"]["properties"]["spec"]["properties"][
        "size"
    ]
    assert size == {"enum": ["Small", "Large"], "type": "string"}
    assert "CustomResourceDefinition widgets.example.com" in by_name.stdout.splitlines()[1]
    assert kfed_here("generate", "wd", "--from", WIDGETS).code == 0
    piped = kfed_here("generate", "widgets", "--from", "-", stdin=CRD.read_bytes())
    assert documents(piped.stdout) == documents(by_name.stdout)


def test_built_in_types_and_those_of_files_go_together_when_both_are_asked_for(kfed_here: Callable[..., Any]) -> None:
    args = ("generate", "widgets", "deployments", "--from", CRD)
    assert kfed_here(*args).code == 1
    result = kfed_here(*args, "--kubernetes", "1.36")
    kinds = [one["spec"]["names"]["kind"] for one in documents(result.stdout) if "names" in one.get("spec", {})]
    assert kinds == ["FederatedDeployment", "FederatedWidget"]


def test_group_and_version_of_the_wrapper_are_the_users(kfed_here: Callable[..., Any]) -> None:
    args = ("deployments", "--federated-group", "fed.example.com", "--federated-version", "v2")
    crd, config, view, _ = documents(kfed_here("generate", *args).stdout)
    assert (crd["spec"]["group"], crd["spec"]["versions"][0]["name"]) == ("fed.example.com", "v2")
    assert crd["metadata"]["name"] == "federateddeployments.fed.example.com"
    assert config["spec"]["federatedType"]["group"] == "fed.example.com"
    assert view["rules"][0]["apiGroups"] == ["fed.example.com"]


def test_partial_templates_need_nothing_but_the_keys_of_lists(kfed_here: Callable[..., Any]) -> None:
    whole, partial = (
        wrapper(kfed_here("generate", "deployments", *args).stdout)["properties"]["spec"]["properties"]["template"]
        for args in ((), ("--partial",))
    )
    assert whole["properties"]["spec"]["required"] == ["selector", "template"]
    assert "required" not in partial["properties"]["spec"]
    container = partial["properties"]["spec"]["properties"]["template"]["properties"]["spec"]["properties"][
        "containers"
    ]
    assert container["items"]["required"] == ["name"]


def test_descriptions_are_as_many_as_asked_for(kfed_here: Callable[..., Any]) -> None:
    counts = {
        choice: kfed_here("generate", "pods", "--descriptions", choice).stdout.count("description:")
        for choice in ("full", "fit", "none")
    }
    assert counts["full"] > counts["fit"] > counts["none"]
    crd = documents(kfed_here("generate", "configmaps", "--descriptions", "none").stdout)[0]
    assert "description" not in json.dumps(crd["spec"]["versions"][0]["schema"])


def test_everything_is_written_twice_alike_and_fits(
    everything: Path, kfed_here: Callable[..., Any], tmp_path: Path
) -> None:
    assert kfed_here("generate", "--all", "-o", "again").code == 0
    assert tree(tmp_path / "again") == tree(everything)
    names = {path.stem for path in (everything / "crds").iterdir()}
    assert len(names) > 60
    for folder in TYPE_FOLDERS:
        assert {path.stem for path in (everything / folder).iterdir()} == names


def test_check_is_silent_where_nothing_differs(everything: Path, kfed_here: Callable[..., Any]) -> None:
    result = kfed_here("generate", "--all", "-o", everything, "--check")
    assert (result.code, result.stdout) == (0, "")


def test_check_tells_what_differs_and_changes_nothing(
    everything: Path, kfed_here: Callable[..., Any], tmp_path: Path
) -> None:
    shutil.copytree(everything, tmp_path / "out")
    changed, gone, more = (
        tmp_path / "out" / path
        for path in (
            "crds/types.kubefed.io_federatedpods.yaml",
            "rbac/types.kubefed.io_federatedjobs.yaml",
            "crds/types.kubefed.io_federatedold.yaml",
        )
    )
    shutil.copy(changed, more)
    changed.write_text(changed.read_text() + "\n")
    gone.unlink()
    before = tree(tmp_path / "out")
    result = kfed_here("generate", "--all", "-o", "out", "--check")
    assert result.code == 1
    assert result.stdout.splitlines() == [
        "unwanted: crds/types.kubefed.io_federatedold.yaml",
        "differs: crds/types.kubefed.io_federatedpods.yaml",
        "missing: rbac/types.kubefed.io_federatedjobs.yaml",
    ]
    assert tree(tmp_path / "out") == before
    assert kfed_here("generate", "--all", "-o", "out").code == 0
    assert tree(tmp_path / "out") == tree(everything)


def test_types_by_name_leave_the_others_alone(kfed_here: Callable[..., Any], tmp_path: Path) -> None:
    kfed_here("generate", "pods", "jobs", "-o", "out")
    both = tree(tmp_path / "out")
    kfed_here("generate", "pods", "-o", "out")
    assert tree(tmp_path / "out") == both
    assert len(both) == 8
    assert kfed_here("generate", "pods", "-o", "out", "--check").code == 0


def test_files_of_others_are_never_touched(kfed_here: Callable[..., Any], tmp_path: Path) -> None:
    mine = {"crds/mine.yaml": b"kind: A\n", "schemas/mine.json": b"{}", "README.md": b"x", "crds/deep/x.yaml": b"y"}
    for path, data in mine.items():
        (tmp_path / "out" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "out" / path).write_bytes(data)
    assert kfed_here("generate", "--all", "-o", "out").code == 0
    assert {path: tree(tmp_path / "out")[path] for path in mine} == mine


POD_CRD = "crds/types.kubefed.io_federatedpods.yaml"


def as_file(path: Path, outside: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes((outside / "mine").read_bytes())


def as_link(path: Path, outside: Path) -> None:
    path.parent.mkdir(parents=True)
    path.symlink_to(outside / "mine")


def as_link_to_nowhere(path: Path, outside: Path) -> None:
    path.parent.mkdir(parents=True)
    path.symlink_to(outside / "nothing")


def as_folder(path: Path, _outside: Path) -> None:
    path.mkdir(parents=True)


def as_linked_folder(path: Path, outside: Path) -> None:
    path.parent.parent.mkdir()
    path.parent.symlink_to(outside)


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize("obstruct", [as_file, as_link, as_link_to_nowhere, as_folder, as_linked_folder])
def test_what_is_not_kfeds_stops_everything_and_a_link_leads_nowhere(
    kfed_here: Callable[..., Any],
    tmp_path: Path,
    obstruct: Callable[[Path, Path], None],
    check: bool,  # noqa: FBT001, a parameter of the law
) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "mine").write_text("mine")
    obstruct(tmp_path / "out" / POD_CRD, tmp_path / "outside")
    before = look(tmp_path)
    result = kfed_here("generate", "pods", "jobs", "-o", "out", *(["--check"] if check else []))
    assert result.code == 1
    assert "not of kfed's making" in result.stderr
    assert check == ("foreign: crds" in result.stdout)
    assert look(tmp_path) == before


def look(folder: Path) -> dict[str, str]:
    """Everything below a folder, links by where they lead."""
    return {
        str(path): os.readlink(path) if path.is_symlink() else path.read_text() if path.is_file() else ""
        for path in folder.rglob("*")
    }


def test_what_is_right_is_not_written_again(kfed_here: Callable[..., Any], tmp_path: Path) -> None:
    kfed_here("generate", "pods", "jobs", "-o", "out")
    (tmp_path / "out" / "rbac" / "types.kubefed.io_federatedjobs.yaml").unlink()
    before = {path: path.stat() for path in (tmp_path / "out").rglob("*.*")}
    result = kfed_here("generate", "pods", "jobs", "-o", "out")
    assert result.stderr == "out holds 2 types; 1 file changed.\n"
    assert {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in before} == {
        path: (state.st_ino, state.st_mtime_ns) for path, state in before.items()
    }


def test_an_output_folder_that_is_a_file_is_told(kfed_here: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    result = kfed_here("generate", "pods", "-o", "out")
    assert (result.code, result.stdout) == (1, "")
    assert "is not a folder" in result.stderr
    assert (tmp_path / "out").read_text() == "mine"


def test_what_is_lost_is_told_and_strict_fails_on_it(kfed_here: Callable[..., Any], tmp_path: Path) -> None:
    told = kfed_here("generate", "customresourcedefinitions", "-o", "out")
    assert told.code == 0
    assert "FederatedCustomResourceDefinition:\n  " in told.stderr
    sentences = [line.strip() for line in told.stderr.splitlines() if line.startswith("  ")]
    crd = (tmp_path / "out" / "crds" / "types.kubefed.io_federatedcustomresourcedefinitions.yaml").read_text()
    head = " ".join(line.removeprefix("#").strip() for line in crd.splitlines() if line.startswith("#"))
    assert all(" ".join(sentence.split()) in head for sentence in sentences)
    strict = kfed_here("generate", "customresourcedefinitions", "-o", "strict", "--strict")
    assert strict.code == 1
    assert not (tmp_path / "strict").exists()
    assert kfed_here("generate", "configmaps", "-o", "strict", "--strict").code == 0
