"""Names to paths: injective, inside the folder, and plain for plain names."""

from __future__ import annotations

import os
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kfed.offline.tree.paths import folder_name, from_key, is_cluster_path, kustomization_in, object_path, to_key

ROOT = "/out"
ODD = [
    "",
    ".",
    "..",
    "../../x",
    "a/b",
    "A",
    "a",
    "_cluster",
    "con",
    "nul.x",
    "CON",
    "=",
    "==",
    "=2e",
    "a.",
    "-a",
    ".git",
]
ODD += [
    "system:foo",
    "kustomization.yaml",
    "kfed-index.json",
    "\0",
    "\ud800",
    "é",
    "e\u0301",
    "x" * 300,
    "x" * 301,
    "\u0131",
    "\u212a",
]
names = st.one_of(
    st.sampled_from(ODD), st.text(max_size=8), st.text("=_.-/aA0:", max_size=6), st.text("x.", min_size=230)
)
paths = st.tuples(names, names, names, names)


def unescape(part: str) -> str:
    raw = re.sub(rb"=([0-9a-f]{2})", lambda match: bytes([int(match[1], 16)]), part.encode())
    return "" if part == "=" else raw.decode("utf-8", "surrogatepass")


def test_names_as_most_objects_have_them_come_out_unchanged() -> None:
    assert object_path("cluster-1", "test-ns", "deployment", "web.v1") == "cluster-1/test-ns/deployment_web.v1.yaml"
    assert object_path("c.example.com", "", "clusterrole", "0") == "c.example.com/_cluster/clusterrole_0.yaml"


@pytest.mark.parametrize(
    ("name", "escaped"),
    [
        ("system:node", "system=3anode"),
        ("../../x", "=2e.=2f..=2fx"),
        ("..", "=2e=2e"),
        (".", "=2e"),
        ("", "="),
        ("Web", "=57eb"),
        ("nul", "=6eul"),
        ("con.d", "=63on.d"),
        ("_cluster", "=5fcluster"),
        ("kfed-index.json", "=6bfed-index.json"),
        ("a=b", "a=3db"),
    ],
)
def test_odd_names_are_escaped(name: str, escaped: str) -> None:
    assert folder_name(name) == escaped


@settings(deadline=None, max_examples=200)
@given(paths, paths)
@example(("c", "", "k", "n"), ("c", "_cluster", "k", "n"))
@example(("c", "n", "a_b", "c"), ("c", "n", "a", "b_c"))
@example(("c", "n", "k", "x" * 300), ("c", "n", "k", "x" * 301))
def test_two_objects_never_share_a_path_even_where_case_is_ignored(
    one: tuple[str, ...], other: tuple[str, ...]
) -> None:
    assert (object_path(*one).casefold() == object_path(*other).casefold()) == (one == other)


@settings(deadline=None, max_examples=200)
@given(paths)
def test_a_path_stays_in_the_folder_of_its_cluster(parts: tuple[str, ...]) -> None:
    path = object_path(*parts)
    assert is_cluster_path(path)
    assert os.path.normpath(f"{ROOT}/{path}") == f"{ROOT}/{path}"
    assert path.count("/") == 2
    assert path.startswith(f"{folder_name(parts[0])}/")
    assert all(len(part.encode()) <= 255 for part in path.split("/"))
    assert not any(re.match(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\.|$)|.*[. ]$", part) for part in path.split("/"))


@settings(deadline=None)
@given(st.text(max_size=20))
def test_what_a_folder_is_called_tells_the_name(name: str) -> None:
    assert unescape(folder_name(name)) == name


@settings(deadline=None)
@given(paths)
def test_a_key_tells_the_path(parts: tuple[str, ...]) -> None:
    path = object_path(*parts)
    assert from_key(to_key(path)) == path


@settings(deadline=None, max_examples=200)
@given(names.filter(bool))
@example("3scale")
@example("0")
@example("con")
def test_what_has_no_namespace_sorts_before_every_namespace(namespace: str) -> None:
    assert object_path("c", "", "z", "z") < object_path("c", namespace, "a", "a")


def test_keys_sort_by_cluster_then_namespace_then_kind_then_name() -> None:
    parts = [
        ("a", "", "clusterrole", "x"),
        ("a", "n", "deployment", "web"),
        ("a", "n", "deployment", "web-1"),
        ("a", "n", "deployment", "web.1"),
        ("a", "n", "deployment.apps", "a"),
        ("a", "n-1", "deployment", "a"),
        ("a-1", "", "clusterrole", "x"),
    ]
    paths = [kustomization_in("a"), *(object_path(*part) for part in parts)]
    assert sorted(set(paths), key=to_key) == paths


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/etc/passwd",
        "../x/a_b.yaml",
        "a/../a_b.yaml",
        "a/b/..",
        "a/b/c_d.yml",
        "a/b/c.yaml",
        "a/b/c_d.yaml\n",
        "a//c_d.yaml",
        "a/b/c/d_e.yaml",
        ".git/b/c_d.yaml",
        "a/.b/c_d.yaml",
        "A/b/c_d.yaml",
        "a/_other/c_d.yaml",
        "a\\b/c/d_e.yaml",
        "kustomization.yaml",
        f"a/b/c_{'d' * 300}.yaml",
        "a/b/c_d.yaml/",
        "./a/b/c_d.yaml",
    ],
)
def test_what_kfed_does_not_make_is_no_path_of_a_tree(path: str) -> None:
    assert not is_cluster_path(path)
