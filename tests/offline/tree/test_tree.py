"""What a commit does to a folder, what it leaves alone, and what it refuses."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import random
import shutil
import subprocess
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from kfed.errors import InputError, UnavailableError
from kfed.offline.tree import atomic, folder
from kfed.offline.tree.clusters import ClusterFolders, add_kustomizations
from kfed.offline.tree.folder import Folder, WritableFolder
from kfed.offline.tree.index import path_of
from kfed.offline.tree.paths import object_path
from kfed.offline.tree.spool import Spool
from kfed.offline.tree.tree import Counts, ForeignFileError, commit
from kfed.offline.tree.tree import compare as compare_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Object = tuple[str, str, str, str, bytes]

WEB: Object = ("c1", "test-ns", "deployment", "web", b"kind: Deployment\n")
ROLE: Object = ("c1", "", "clusterrole", "system:reader", b"kind: ClusterRole\n")
OTHER: Object = ("c2", "test-ns", "deployment", "web", b"kind: Deployment\n")
WEB_PATH = "c1/test-ns/deployment_web.yaml"
INDEX = "kfed-index.json"


def spooled(spool: Spool, objects: Iterable[Object], clusters: Iterable[str] = ()) -> Spool:
    """What is wanted: a file for each object, and a kustomization for each cluster."""
    for cluster, namespace, kind, name, data in objects:
        spool.add(object_path(cluster, namespace, kind, name), data)
    add_kustomizations(spool, clusters)
    return spool


def write(folder: Path, *objects: Object, only: Iterable[str] = (), clusters: Iterable[str] = ()) -> Counts:
    with Spool() as spool, WritableFolder(str(folder)) as opened:
        return commit(opened, spooled(spool, objects, clusters), ClusterFolders(opened, frozenset(only)))


def compare(
    folder: Path, *objects: Object, only: Iterable[str] = (), clusters: Iterable[str] = ()
) -> list[tuple[str, str]]:
    with Spool() as spool, Folder(str(folder)) as opened:
        differences = compare_tree(opened, spooled(spool, objects, clusters), ClusterFolders(opened, frozenset(only)))
    return [(difference.path, difference.what.value) for difference in differences]


def write_all(folder: Path, objects: Iterable[Object]) -> None:
    with Spool() as spool, WritableFolder(str(folder)) as opened:
        commit(opened, spooled(spool, objects), ClusterFolders(opened, ()))


def look(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): os.readlink(path).encode() if path.is_symlink() else path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_symlink() or not path.is_dir()
    }


@pytest.fixture
def out(tmp_path: Path) -> Iterable[Path]:
    """An output folder to be; nothing may be left beside it."""
    (tmp_path / "work").mkdir()
    yield tmp_path / "work" / "out"
    assert set(os.listdir(tmp_path / "work")) <= {"out"}
    assert not (tmp_path / "work" / "out" / ".kfed-new").exists()


@pytest.fixture(params=["whole", "foreign", "no-exchange", "no-links", "mount", "inside", "read-only-parent"])
def way(  # noqa: C901, a branch for each way
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, out: Path
) -> Callable[[], None]:
    """Every way to write to a folder that is there; to be called once it is."""
    real_mkdir = os.mkdir

    def refuse(*_args: Any, **_kwargs: Any) -> None:
        raise PermissionError(errno.EPERM, "refused")

    def mkdir(path: str, *args: Any, **kwargs: Any) -> None:
        if path.endswith("out.kfed-new"):
            refuse()
        real_mkdir(path, *args, **kwargs)

    def enter() -> None:
        match request.param:
            case "foreign":
                (out / "notes.txt").write_text("mine")
            case "no-exchange":
                monkeypatch.setattr(folder, "exchange", lambda *_: False)
            case "no-links":
                monkeypatch.setattr(os, "link", refuse)
            case "mount":
                monkeypatch.setattr(os.path, "ismount", lambda path: path == str(out))
            case "inside":
                monkeypatch.chdir(out)
            case "read-only-parent":
                monkeypatch.setattr(os, "mkdir", mkdir)

    return enter


def test_each_cluster_gets_a_folder_with_a_kustomization(out: Path) -> None:
    assert write(out, WEB, ROLE, OTHER) == Counts(5, 0, 0)
    assert [*look(out)] == [
        "c1/Kustomization",
        "c1/_cluster/clusterrole_system=3areader.yaml",
        WEB_PATH,
        "c2/Kustomization",
        "c2/test-ns/deployment_web.yaml",
        INDEX,
    ]
    assert yaml.safe_load((out / "c1/Kustomization").read_text()) == {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": ["_cluster/clusterrole_system=3areader.yaml", "test-ns/deployment_web.yaml"],
    }


def test_the_index_has_the_hash_of_every_file(out: Path) -> None:
    write(out, WEB, ROLE, OTHER)
    text = (out / INDEX).read_text()
    index = json.loads(text)
    files = look(out)
    del files[INDEX]
    assert index == {"version": 1, "files": {path: hashlib.sha256(data).hexdigest() for path, data in files.items()}}
    assert text == json.dumps(index, indent=2) + "\n"


def test_the_tree_does_not_depend_on_the_order_of_adding(tmp_path: Path) -> None:
    objects = [(f"c{i % 3}", f"ns-{i % 5}", "configmap", f"m-{i}", b"%d" % i) for i in range(40)]
    write(tmp_path / "one", *objects)
    random.Random(1).shuffle(objects)  # noqa: S311, only the order of a test
    write(tmp_path / "other", *objects)
    assert look(tmp_path / "one") == look(tmp_path / "other")


def test_a_commit_makes_the_folder_what_is_wanted_and_comparing_agrees(out: Path, way: Callable[[], None]) -> None:
    new = ("c3", "a", "configmap", "new", b"new\n")
    changed = (*WEB[:4], b"changed\n")
    write(out, WEB, ROLE, OTHER)
    way()
    foreign = {name: data for name, data in look(out).items() if name == "notes.txt"}
    kept = (out / "c1/_cluster/clusterrole_system=3areader.yaml").stat()
    wanted = [changed, ROLE, new]
    assert compare(out, *wanted) == [
        (WEB_PATH, "differs"),
        ("c2/Kustomization", "unwanted"),
        ("c2/test-ns/deployment_web.yaml", "unwanted"),
        ("c3/Kustomization", "missing"),
        ("c3/a/configmap_new.yaml", "missing"),
        (INDEX, "differs"),
    ]
    assert write(out, *wanted) == Counts(written=3, removed=2, unchanged=2)
    fresh = out.parent / "out" / ".." / "fresh"
    write(fresh, *wanted)
    assert look(out) == look(fresh) | foreign
    shutil.rmtree(fresh)
    assert compare(out, *wanted) == []
    now = (out / "c1/_cluster/clusterrole_system=3areader.yaml").stat()
    assert (now.st_ino, now.st_mtime_ns) == (kept.st_ino, kept.st_mtime_ns)


def test_nothing_is_touched_when_nothing_differs(out: Path) -> None:
    write(out, WEB)
    before = {path: path.stat() for path in [out, *out.rglob("*")]}
    assert write(out, WEB) == Counts(0, 0, 2)
    assert {path: path.stat().st_mtime_ns for path in before} == {p: s.st_mtime_ns for p, s in before.items()}
    assert out.stat().st_ino == before[out].st_ino


def test_a_folder_in_use_is_not_exchanged(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(out, WEB)
    monkeypatch.chdir(out)
    inode = out.stat().st_ino
    write(Path(), WEB, OTHER)
    assert out.stat().st_ino == inode
    assert (out / "c2/Kustomization").exists()


def test_a_listed_file_is_kfeds_whatever_was_made_of_it(out: Path, way: Callable[[], None]) -> None:
    write(out, WEB, ROLE, OTHER)
    fresh = look(out)
    way()
    (out / WEB_PATH).write_text("edited by hand")
    (out / "c2/test-ns/deployment_web.yaml").unlink()
    (out / "c1/Kustomization").unlink()
    (out / "c1/Kustomization").symlink_to("/etc/passwd")
    assert write(out, WEB, ROLE, OTHER).written == 3
    assert {name: data for name, data in look(out).items() if name != "notes.txt"} == fresh
    assert not (out / "c1/Kustomization").is_symlink()


def test_files_of_others_stay_and_so_do_their_folders(out: Path) -> None:
    write(out, WEB, OTHER)
    (out / "c1/test-ns/README.md").write_text("mine")
    (out / "empty").mkdir()
    (out / "link").symlink_to("nowhere")
    write(out, OTHER)
    assert (out / "c1/test-ns/README.md").read_text() == "mine"
    assert not (out / WEB_PATH).exists()
    assert (out / "empty").is_dir()
    assert (out / "link").is_symlink()


@pytest.mark.parametrize("obstacle", ["file", "same", "link", "folder", "parent-file", "parent-link"])
def test_a_file_of_others_in_the_way_is_a_finding_and_nothing_changes(out: Path, obstacle: str, tmp_path: Path) -> None:
    write(out, OTHER)
    outside = tmp_path / "outside"
    outside.mkdir()
    target = out / WEB_PATH
    if not obstacle.startswith("parent"):
        target.parent.mkdir(parents=True)
    match obstacle:
        case "file":
            target.write_text("mine")
        case "same":
            target.write_bytes(WEB[4])
        case "link":
            target.symlink_to(outside / "file")
        case "folder":
            target.mkdir()
        case "parent-file":
            (out / "c1").write_text("mine")
        case "parent-link":
            (out / "c1").symlink_to(outside)
    before = look(out)
    in_the_way = "c1" if obstacle.startswith("parent") else WEB_PATH
    with pytest.raises(ForeignFileError, match=f"{out / in_the_way} is not of kfed's making") as caught:
        write(out, WEB)
    assert caught.value.paths == (in_the_way,)
    assert compare(out, WEB)[0] == (in_the_way, "foreign")
    assert look(out) == before
    assert look(outside) == {}


@pytest.mark.parametrize("replaced", ["c1", "c1/test-ns"])
def test_a_folder_replaced_by_a_link_leads_nowhere(out: Path, tmp_path: Path, replaced: str) -> None:
    write(out, WEB)
    outside = tmp_path / "outside"
    shutil.copytree(out / replaced, outside)
    shutil.rmtree(out / replaced)
    (out / replaced).symlink_to(outside)
    before = look(outside)
    for objects in [(WEB,), ((*WEB[:4], b"changed"),), (OTHER,)]:
        with pytest.raises(ForeignFileError):
            write(out, *objects)
    assert look(outside) == before


@pytest.mark.parametrize(
    "path", ["../victim", "/victim", "c1/../../victim", "c1/x/../../../victim_x.yaml", "victim", "c1/.git/a_b.yaml"]
)
def test_an_index_that_lists_other_paths_is_refused(out: Path, path: str) -> None:
    write(out, WEB)
    index = json.loads((out / INDEX).read_text())
    index["files"][path] = "0" * 64
    (out / INDEX).write_text(json.dumps(index, indent=2) + "\n")
    before = look(out)
    with pytest.raises(InputError, match="no path that kfed writes"):
        write(out)
    assert look(out) == before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.replace(b'"version": 1', b'"version": 2'), "index.json:2: .*newer kfed"),
        (lambda text: b"<<<<<<< ours\n" + text, "index.json:1: .*not an index"),
        (lambda text: text[:-10], "not an index"),
        (lambda text: text + b"{}\n", "not an index"),
        (lambda _: b"", "not an index"),
        (lambda _: b"\xff\0", "not an index"),
        (lambda text: text.replace(b'": "', b'": "X', 5), "not an index"),
    ],
)
def test_an_index_that_cannot_be_read_is_refused(out: Path, change: Callable[[bytes], bytes], message: str) -> None:
    write(out, WEB)
    (out / INDEX).write_bytes(change((out / INDEX).read_bytes()))
    before = look(out)
    with pytest.raises(InputError, match=message):
        write(out, OTHER)
    assert look(out) == before


def test_an_index_that_is_a_link_is_refused(out: Path, tmp_path: Path) -> None:
    write(out, WEB)
    (out / INDEX).rename(tmp_path / "index")
    (out / INDEX).symlink_to(tmp_path / "index")
    with pytest.raises(InputError, match="is a link or a folder"):
        write(out, OTHER)


def test_a_kustomization_of_its_former_name_goes(out: Path, way: Callable[[], None]) -> None:
    write(out, WEB, clusters=["c1"])
    fresh = look(out)
    (out / "c1/Kustomization").rename(out / "c1/kustomization.yaml")
    (out / INDEX).write_bytes((out / INDEX).read_bytes().replace(b"c1/Kustomization", b"c1/kustomization.yaml"))
    way()
    assert compare(out, WEB, clusters=["c1"]) == [
        ("c1/Kustomization", "missing"),
        ("c1/kustomization.yaml", "unwanted"),
        (INDEX, "differs"),
    ]
    assert write(out, WEB, clusters=["c1"]) == Counts(1, 1, 1)
    assert {name: data for name, data in look(out).items() if name != "notes.txt"} == fresh


def test_an_index_that_went_through_a_merge_still_says_what_is_kfeds(out: Path) -> None:
    write(out, WEB, ROLE, OTHER)
    lines = (out / INDEX).read_bytes().splitlines()
    shuffled = [*lines[:3], *lines[7:2:-1], lines[4], *lines[8:]]
    (out / INDEX).write_bytes(b"\r\n".join(line.rstrip(b",") if b".yaml" in line else line for line in shuffled))
    assert write(out, WEB) == Counts(written=1, removed=3, unchanged=1)
    assert [*look(out)] == ["c1/Kustomization", WEB_PATH, INDEX]


def test_a_limited_run_leaves_other_clusters_as_they_are(out: Path, way: Callable[[], None]) -> None:
    write(out, WEB, ROLE, OTHER)
    way()
    (out / "c2/test-ns/deployment_web.yaml").write_text("edited, and not this run's")
    entry = json.loads((out / INDEX).read_text())["files"]["c2/test-ns/deployment_web.yaml"]
    only = frozenset({"c1"})
    assert compare(out, WEB, only=only) == [
        ("c1/Kustomization", "differs"),
        ("c1/_cluster/clusterrole_system=3areader.yaml", "unwanted"),
        (INDEX, "differs"),
    ]
    assert write(out, WEB, only=only) == Counts(1, 1, 1)
    assert (out / "c2/test-ns/deployment_web.yaml").read_text() == "edited, and not this run's"
    assert json.loads((out / INDEX).read_text())["files"]["c2/test-ns/deployment_web.yaml"] == entry
    (out / "c2/test-ns/deployment_web.yaml").unlink()
    assert compare(out, WEB, only=only) == []
    assert write(out, ROLE, WEB, only=only).written == 2
    assert compare(out, ROLE, WEB, OTHER) == [("c2/test-ns/deployment_web.yaml", "missing")]


def test_a_cluster_without_objects_keeps_an_empty_kustomization_if_it_is_known(out: Path) -> None:
    write(out, WEB, OTHER)
    assert write(out, clusters=["c1"]) == Counts(written=1, removed=3, unchanged=0)
    assert [*look(out)] == ["c1/Kustomization", INDEX]
    assert yaml.safe_load((out / "c1/Kustomization").read_text())["resources"] == []


def test_kubectl_builds_what_was_written_whatever_the_names(out: Path, kubectl_program: Path) -> None:
    manifest = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole"}
    names = ["system:reader", "a=b", "..", "Web", "on", "x" * 300]
    texts = [yaml.safe_dump(manifest | {"metadata": {"name": name}}).encode() for name in names]
    objects = [("c1", "", "clusterrole", name, text) for name, text in zip(names, texts, strict=True)]
    write(out, *objects, clusters=["empty"])
    built = subprocess.check_output([kubectl_program, "kustomize", out / "c1"])
    assert sorted(one["metadata"]["name"] for one in yaml.safe_load_all(built)) == sorted(names)
    assert subprocess.check_output([kubectl_program, "kustomize", out / "empty"]) == b""


def test_a_link_to_a_folder_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "real" / "out")
    write(tmp_path / "link", WEB)
    write(tmp_path / "link", OTHER)
    assert (tmp_path / "link").is_symlink()
    assert "c2/Kustomization" in look(tmp_path / "real/out")
    assert os.listdir(tmp_path / "real") == ["out"]


def test_the_folder_keeps_its_mode(out: Path) -> None:
    write(out, WEB)
    out.chmod(0o750)
    write(out, OTHER)
    assert out.stat().st_mode & 0o7777 == 0o750


def test_comparing_makes_no_folder(out: Path) -> None:
    assert compare(out, WEB) == [("c1/Kustomization", "missing"), (WEB_PATH, "missing"), (INDEX, "missing")]
    assert not out.exists()


def test_a_commit_that_fails_on_the_way_leaves_the_old_tree(
    out: Path, way: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(out, WEB)
    way()
    before = look(out)
    real, count = os.write, 0

    def full(descriptor: int, data: bytes) -> int:
        nonlocal count
        count += 1
        if count > 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(descriptor, data)

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(UnavailableError, match=r"cannot write to the output folder .*: No space left on device"):
            write(out, WEB, OTHER)
    assert look(out) == before


def test_of_two_runs_at_once_the_second_is_told(out: Path) -> None:
    write(out, WEB)
    with Spool() as spool, WritableFolder(str(out)) as first:
        for second in (Folder, WritableFolder):
            with pytest.raises(UnavailableError, match="Another run"):
                second(str(out))
        commit(first, spooled(spool, [OTHER]), ClusterFolders(first, ()))
        with pytest.raises(UnavailableError, match="Another run"):
            WritableFolder(str(out))
    assert compare(out, OTHER) == []


def test_of_two_runs_that_make_the_folder_the_second_is_told(out: Path) -> None:
    with WritableFolder(str(out)) as first, WritableFolder(str(out)) as second, Spool() as one, Spool() as other:
        commit(first, spooled(one, [WEB]), ClusterFolders(first, ()))
        with pytest.raises(UnavailableError, match="made by another program"):
            commit(second, spooled(other, [OTHER]), ClusterFolders(second, ()))
    assert compare(out, WEB) == []


def test_any_number_may_look_at_once(out: Path) -> None:
    write(out, WEB)
    with Folder(str(out)), Folder(str(out)):
        pass


def test_the_folder_beside_is_not_emptied_of_what_others_put_there(tmp_path: Path) -> None:
    beside = tmp_path / "out.kfed-new"
    (beside / "c1").mkdir(parents=True)
    (beside / "c1" / "mine.txt").write_text("mine")
    with pytest.raises(UnavailableError, match="holds other files"):
        write(tmp_path / "out", WEB)
    assert (beside / "c1" / "mine.txt").read_text() == "mine"


def test_a_file_or_a_place_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="is not a folder"):
        write(tmp_path / "file", WEB)
    with pytest.raises(InputError, match="is not a folder"):
        write(tmp_path / "file" / "out", WEB)
    with pytest.raises(UnavailableError, match="output folder /proc/kfed-out"):
        write(Path("/proc/kfed-out"), WEB)


@pytest.mark.parametrize("line", [b"drop ../victim_x.yaml\n", b"put /etc/x_y.yaml\n", b"rm c1/a/b_c.yaml\n", b"put "])
def test_a_journal_that_kfed_did_not_write_is_refused(tmp_path: Path, line: bytes) -> None:
    out = tmp_path / "out"
    write(out, WEB)
    (out / ".kfed-new").mkdir()
    (out / ".kfed-new" / "journal").write_bytes(line)
    before = look(out)
    with pytest.raises(InputError, match="nothing is touched"):
        write(out, OTHER)
    assert look(out) == before


def test_one_path_twice_is_the_callers_mistake(out: Path) -> None:
    with pytest.raises(ValueError, match=r"deployment_web.yaml was added twice"):
        write(out, WEB, WEB)
    assert not out.exists()


def test_a_spool_gives_back_what_was_added_in_the_order_of_the_tree() -> None:
    objects = [
        ("C", "b", "x", "1", b"4"),
        ("C", "", "x", "1", b"2"),
        ("C", "a", "x", "1", b"3"),
        ("=", "z", "x", "1", b"1"),
    ]
    with Spool() as spool:
        for item in objects:
            spool.add(object_path(*item[:4]), item[4])
        found = [(path_of(record), spool.content(record)) for record in spool.records()]
    assert [data for _, data in found] == [b"1", b"2", b"3", b"4"]
    assert {path for path, _ in found} == {object_path(*item[:4]) for item in objects}


@pytest.mark.slow
@pytest.mark.parametrize("there", [False, True])
def test_a_file_costs_less_than_200_bytes_of_memory(tmp_path: Path, there: bool) -> None:  # noqa: FBT001, a parameter of the law
    def peak(count: int) -> int:
        objects = (
            (f"cluster-{n % 10:02}", f"ns-{n % 7}", "deployment", f"web-{n:05}", b"x" * 999) for n in range(count)
        )
        folder = tmp_path / str(count)
        if there:
            write(folder, WEB)
        tracemalloc.start()
        try:
            write_all(folder, objects)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    few, many = 500, 1500
    assert (peak(many) - peak(few)) / (many - few) < 200


def test_without_the_calls_of_linux_a_tree_can_be_written(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(atomic, "_libc", object())
    write(out, WEB)
    assert write(out, OTHER) == Counts(2, 2, 0)
    assert [*look(out)] == ["c2/Kustomization", "c2/test-ns/deployment_web.yaml", INDEX]
