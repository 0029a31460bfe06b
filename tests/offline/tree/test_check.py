"""A check of a tree that a stranger committed: it writes nothing, repairs nothing, and misses nothing."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING

import pytest

from kfed.errors import InputError, UnavailableError
from kfed.offline.tree.clusters import ClusterFolders, add_kustomizations
from kfed.offline.tree.folder import Folder, WritableFolder
from kfed.offline.tree.spool import Spool
from kfed.offline.tree.tree import Difference, What, commit, compare

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WEB = "c1/shop/deployment_web.yaml"
RIGHT, EVIL = b"image: web\n", b"image: evil\n"


def wanted(spool: Spool) -> Spool:
    spool.add(WEB, RIGHT)
    spool.add("c2/_cluster/clusterrole_reader.yaml", b"rules: []\n")
    add_kustomizations(spool, ["c1", "c2"])
    return spool


def write(out: Path) -> None:
    with Spool() as spool, WritableFolder(str(out)) as folder:
        commit(folder, wanted(spool), ClusterFolders(folder, ()))


def check(out: Path) -> list[tuple[str, str]]:
    """What is found, the folder and all beside it being the same afterwards."""
    before = everything(out.parent)
    with Spool() as spool, Folder(str(out)) as folder:
        found = compare(folder, wanted(spool), ClusterFolders(folder, ()))
    assert everything(out.parent) == before
    return [(difference.path, difference.what.value) for difference in found]


def everything(folder: Path) -> dict[str, tuple[int, int, int, str | bytes]]:
    """Every name below a folder, with what could change: mode, inode, time and content."""
    there: dict[str, tuple[int, int, int, str | bytes]] = {}
    for path in sorted(folder.rglob("*")):
        content: str | bytes = os.readlink(path) if path.is_symlink() else path.read_bytes() if path.is_file() else ""
        state = path.lstat()
        there[str(path)] = (state.st_mode, state.st_ino, state.st_mtime_ns, content)
    return there


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "work" / "out"
    write(folder)
    return folder


def test_what_was_just_written_has_no_difference(out: Path) -> None:
    assert check(out) == []


def test_a_committed_journal_mends_nothing(out: Path) -> None:
    (out / WEB).write_bytes(EVIL)
    (out / ".kfed-new").mkdir()
    (out / ".kfed-new" / "0").write_bytes(RIGHT)
    (out / ".kfed-new" / "journal").write_text(f"put {WEB}\n")
    assert check(out) == [(".kfed-new", "left"), (WEB, "differs")]
    assert (out / WEB).read_bytes() == EVIL


def test_a_committed_journal_hides_no_removal(out: Path) -> None:
    path = "c1/shop/secret_more.yaml"
    (out / path).write_bytes(EVIL)
    index = json.loads((out / "kfed-index.json").read_text())
    index["files"] = dict(sorted({**index["files"], path: "0" * 64}.items()))
    right = (out / "kfed-index.json").read_bytes()
    (out / "kfed-index.json").write_text(json.dumps(index, indent=2))
    (out / ".kfed-new").mkdir()
    (out / ".kfed-new" / "kfed-index.json").write_bytes(right)
    (out / ".kfed-new" / "journal").write_text(f"drop {path}\n")
    assert check(out) == [(".kfed-new", "left"), (path, "unwanted"), ("kfed-index.json", "differs")]


@pytest.mark.parametrize("beside", [False, True])
@pytest.mark.parametrize("kind", ["folder", "file", "link"])
def test_whatever_an_interrupted_run_leaves_is_a_difference(out: Path, kind: str, beside: bool) -> None:  # noqa: FBT001, a parameter of the law
    left = out.parent / "out.kfed-new" if beside else out / ".kfed-new"
    match kind:
        case "folder":
            left.mkdir()
        case "file":
            left.write_text("")
        case "link":
            left.symlink_to(out)
    assert check(out) == [(str(left) if beside else ".kfed-new", "left")]


@pytest.mark.parametrize("beside", [False, True])
@pytest.mark.parametrize("kind", ["file", "link", "filled"])
def test_what_only_looks_like_the_leavings_of_a_run_is_left_alone_and_told(
    out: Path,
    kind: str,
    beside: bool,  # noqa: FBT001, a parameter of the law
) -> None:
    left = out.parent / "out.kfed-new" if beside else out / ".kfed-new"
    outside = out.parent / "outside"
    outside.mkdir()
    (outside / "mine").write_text("mine")
    match kind:
        case "file":
            left.write_text("mine")
        case "link":
            left.symlink_to(outside)
        case "filled":
            (left / "folder").mkdir(parents=True)
            (left / "folder" / "mine").write_text("mine")
    before = everything(out.parent)
    with pytest.raises((InputError, UnavailableError), match=r"kfed-new .*(remove it|move them elsewhere)"):
        write(out)
    assert everything(out.parent) == before


@pytest.mark.parametrize(
    "path",
    [
        "c1/shop/evil.yaml",
        "c1/shop/configmap_evil.yaml",
        "c1/evil.yml",
        "c1/evil.YAML",
        "c1/a/b/c/d/e/f/evil.json",
        "c1/.hidden/evil.yaml",
        "c1/kustomization.yml",
        "c1/kustomization.yaml",
        "c1/Chart.yaml",
        "c1/.argocd-source.yaml",
        "c1/.sourceignore",
        "c1/evil.jsonnet",
        "c2/_cluster/clusterrole_evil.yaml",
        "/".join(["c1", *"deep" * 50, "evil.yaml"]),
    ],
)
def test_a_file_that_others_take_for_part_of_the_tree_is_a_difference(out: Path, path: str) -> None:
    (out / path).parent.mkdir(parents=True, exist_ok=True)
    (out / path).write_bytes(EVIL)
    ((found, what),) = check(out)
    assert what == "stray"
    assert path.startswith(found)


@pytest.mark.parametrize("path", ["README.md", "c1/README.md", "c1/shop/OWNERS", "c1/.gitattributes", "notes.yaml"])
def test_notes_beside_the_manifests_are_no_difference(out: Path, path: str) -> None:
    (out / path).write_text("mine")
    assert check(out) == []


@pytest.mark.parametrize(("cluster", "name"), [("c1", "C1"), ("k1", "\u212a1")])
def test_a_name_that_some_file_systems_take_for_a_clusters_is_a_difference(
    tmp_path: Path, cluster: str, name: str
) -> None:
    (tmp_path / name).mkdir()
    with Spool() as spool, Folder(str(tmp_path)) as folder:
        add_kustomizations(spool, [cluster])
        found = compare(folder, spool, ClusterFolders(folder, ()))
    assert Difference(name, What.STRAY) in found


def test_a_link_is_a_difference_wherever_it_leads(out: Path, tmp_path: Path) -> None:
    shutil.copytree(out / "c1", tmp_path / "c1")
    (out / "c1" / "shop" / "note.txt").symlink_to(tmp_path / "c1" / "shop" / "deployment_web.yaml")
    assert check(out) == [("c1/shop/note.txt", "stray")]


def as_file(out: Path, copy: Path) -> None:
    (out / WEB).unlink()
    (out / WEB).symlink_to(copy / WEB)


def as_folder(out: Path, copy: Path) -> None:
    shutil.rmtree(out / "c1" / "shop")
    (out / "c1" / "shop").symlink_to(copy / "c1" / "shop")


def as_cluster(out: Path, copy: Path) -> None:
    shutil.rmtree(out / "c1")
    (out / "c1").symlink_to(copy / "c1")


def as_folder_in_its_place(out: Path, _copy: Path) -> None:
    (out / WEB).unlink()
    (out / WEB).mkdir()


@pytest.mark.parametrize(
    ("replace", "difference"),
    [
        (as_file, (WEB, "differs")),
        (as_folder, ("c1/shop", "foreign")),
        (as_cluster, ("c1", "foreign")),
        (as_folder_in_its_place, (WEB, "foreign")),
    ],
)
def test_what_leads_to_the_right_content_is_not_the_file(
    out: Path, tmp_path: Path, replace: Callable[[Path, Path], None], difference: tuple[str, str]
) -> None:
    shutil.copytree(out, tmp_path / "copy")
    replace(out, tmp_path / "copy")
    assert check(out) == [difference]


def test_an_index_that_forgets_a_file_makes_it_no_less_a_difference(out: Path) -> None:
    text = (out / "kfed-index.json").read_text()
    (out / "kfed-index.json").write_text("".join(line for line in text.splitlines(keepends=True) if WEB not in line))
    assert check(out) == [(WEB, "foreign")]


@pytest.mark.parametrize("content", [b"{" * 10_000_000, b'{\n"version": 1,\n"files": {\n' + b" " * 10_000_000])
def test_an_index_of_one_endless_line_is_refused_without_reading_it(out: Path, content: bytes) -> None:
    (out / "kfed-index.json").write_bytes(content)
    with pytest.raises(InputError, match="not an index"):
        check(out)


def test_an_index_that_is_a_folder_is_refused(out: Path) -> None:
    (out / "kfed-index.json").unlink()
    (out / "kfed-index.json").mkdir()
    with pytest.raises(InputError, match="is a link or a folder"):
        check(out)
