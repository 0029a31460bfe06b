"""Kubernetes releases, read offline by number."""

from __future__ import annotations

import pytest

from kfed.core.resource import Gvk
from kfed.errors import SchemaError
from kfed.schema.upstream.discovery import facts
from kfed.schema.upstream.documents import read_release, releases

# Sub-resources and answers: they have a schema, and no path of their own in any release.
WITHOUT_PATH = {"TokenRequest", "Scale", "Eviction"}


def test_releases_are_listed_with_the_newest_last() -> None:
    minors = [int(release.removeprefix("1.")) for release in releases()]
    assert minors == sorted(minors)
    assert {25, 37} <= set(minors)


@pytest.mark.parametrize("release", releases())
def test_each_release_has_exactly_the_types_that_its_discovery_has(release: str) -> None:
    types = read_release(release)
    usable = {upstream.resource.gvk for upstream in types if not upstream.missing}
    served = {
        fact.resource(version).gvk
        for fact in facts().values()
        for version in fact.versions
        if fact.is_served(version, release)
    }
    assert usable == served
    assert {upstream.resource.gvk.kind for upstream in types if upstream.missing} == WITHOUT_PATH


@pytest.mark.parametrize("release", releases())
def test_each_release_prefers_one_version_of_each_kind(release: str) -> None:
    types = read_release(release)
    kinds = {(upstream.resource.gvk.group, upstream.resource.gvk.kind) for upstream in types}
    preferred = [(upstream.resource.gvk.group, upstream.resource.gvk.kind) for upstream in types if upstream.preferred]
    assert len(preferred) == len(set(preferred))
    assert set(preferred) == kinds


def test_without_a_number_the_newest_is_read() -> None:
    assert {upstream.origin for upstream in read_release()} == {f"Kubernetes {releases()[-1]}"}


@pytest.mark.parametrize("version", ["1.31", "v1.31", "1.31.4", "v1.31.0", "v1.31.2+k3s1", "1.31.0-rc.1"])
def test_a_patch_release_has_the_types_of_its_minor_release(version: str) -> None:
    assert {upstream.origin for upstream in read_release(version)} == {"Kubernetes 1.31"}


@pytest.mark.parametrize(
    ("version", "nearest"),
    [
        ("1.2", "1.25"),
        ("1.99", "1.37"),
        ("2.0", "1.25"),
        ("", "1.37"),
        ("latest", "1.37"),
        ("1", "1.37"),
        ("../x", "1.37"),
    ],
)
def test_a_release_that_is_not_shipped_is_told_with_the_nearest(version: str, nearest: str) -> None:
    with pytest.raises(SchemaError, match=rf"has 1\.25 to 1\.37.*nearest is {nearest}"):
        read_release(version)


def test_versions_come_and_go_with_releases() -> None:
    def has(release: str, gvk: Gvk) -> bool:
        return any(upstream.resource.gvk == gvk for upstream in read_release(release))

    beta = Gvk("flowcontrol.apiserver.k8s.io", "v1beta3", "FlowSchema")
    assert [release for release in releases() if has(release, beta)] == ["1.26", "1.27", "1.28", "1.29", "1.30", "1.31"]
