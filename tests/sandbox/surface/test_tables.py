"""Tables are the ones of a real kube-apiserver, cell for cell; see tests/sandbox/server_cases.py."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from kfed.sandbox.errors import ApiError
from kfed.sandbox.surface.registry import Registry
from kfed.sandbox.surface.tables import partial, partial_list, printer_of, table
from kfed.sandbox.values.ages import age, human_duration
from tests.clusters.samples import full
from tests.sandbox.crd import crd

if TYPE_CHECKING:
    from kfed.sandbox.kinds.served import ServedType

CASES = Path(__file__).parents[2] / "cases" / "sandbox" / "tables"
NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
NO_TABLE_OF_ITS_OWN = {"Role", "LimitRange", "CSIStorageCapacity"}


def read(name: str) -> Any:
    return orjson.loads((CASES / f"{name}.json").read_bytes())


def served_by_case(name: str) -> ServedType:
    registry = Registry()
    crds = read("customresourcedefinitions.apiextensions.k8s.io")["objects"]
    for manifest in crds["items"]:
        registry.add_crd({"apiVersion": crds["apiVersion"], **manifest})  # of which the items of a list have none
    plural, _, group = name.partition(".")
    version = read(name)["objects"]["apiVersion"].rpartition("/")[2]
    found = registry.find("" if group == "core" else group, version, plural)
    assert found is not None
    return found


def pods() -> ServedType:
    return served_by_case("pods.core")


@pytest.mark.parametrize("name", sorted(path.stem for path in CASES.glob("*.json")))
def test_table_is_the_real_servers(name: str) -> None:
    case = read(name)
    now = dt.datetime.fromisoformat(case["now"])
    expected = case["table"]
    found = table(served_by_case(name), case["objects"]["items"], now, metadata=expected["metadata"], include="None")
    for heading in found["columnDefinitions"]:
        del heading["description"]
    assert found == expected


def test_every_built_in_type_is_printed_without_a_field_but_its_name() -> None:
    for served in Registry().types():
        obj = {"metadata": {"name": "bare", "creationTimestamp": "2025-12-31T00:00:00Z"}}
        cells = printer_of(served).cells(obj, NOW)
        assert "bare" in cells, served.kind
        assert len(cells) >= len(printer_of(served).headings)


def test_every_built_in_type_is_printed_with_every_field_that_it_can_have() -> None:
    for served in Registry().types():
        assert served.schema is not None
        obj = full(served.schema, {})
        cells = printer_of(served).cells(obj, NOW)
        assert len(cells) >= len(printer_of(served).headings), served.kind
        assert all(isinstance(cell, str | int | bool) for cell in cells), served.kind


@pytest.mark.parametrize("include", ["", "Metadata", "Object", "None"])
def test_rows_hold_as_much_of_the_object_as_is_asked_for(include: str) -> None:
    obj = {"metadata": {"name": "a"}, "spec": {}}
    found = table(pods(), [obj], NOW, metadata={}, include=include)["rows"][0]["object"]
    assert found == {"Object": obj, "None": None}.get(include, partial(obj))


def test_anything_else_to_include_is_a_bad_request() -> None:
    with pytest.raises(ApiError) as caught:
        table(pods(), [], NOW, metadata={}, include="Foo")
    assert caught.value.code == 400
    assert caught.value.message == (
        "Unable to convert to Table as requested: includeObject: Invalid value: \"Foo\": must be 'Metadata', "
        "'Object', 'None', or empty"
    )


def test_columns_are_left_out_when_they_were_sent_before() -> None:
    assert table(pods(), [], NOW, metadata={}, headings=False)["columnDefinitions"] is None


def test_the_default_storage_class_is_marked_in_lists_only() -> None:
    name = "storageclasses.storage.k8s.io"
    objects = read(name)["objects"]["items"]
    cells = [
        table(served_by_case(name), objects, NOW, metadata={}, is_list=is_list)["rows"][0]["cells"][0]
        for is_list in (True, False)
    ]
    assert cells == ["fast (default)", "fast"]


def test_the_newest_of_two_default_storage_classes_is_the_default() -> None:
    def make(name: str, created: str) -> dict[str, Any]:
        mark = {"storageclass.kubernetes.io/is-default-class": "true"}
        return {"metadata": {"name": name, "creationTimestamp": created, "annotations": mark}}

    objects = [
        make("a", "2025-01-01T00:00:00Z"),
        make("c", "2025-01-02T00:00:00Z"),
        make("b", "2025-01-02T00:00:00Z"),
    ]
    rows = table(served_by_case("storageclasses.storage.k8s.io"), objects, NOW, metadata={})["rows"]
    assert [row["cells"][0] for row in rows] == ["a", "c", "b (default)"]


def test_columns_without_a_description_say_their_path() -> None:
    (served,) = Registry().add_crd(crd())
    column = table(served, [], NOW, metadata={})["columnDefinitions"][1]
    assert (
        column["description"] == "Custom resource definition column (in JSONPath format): .metadata.creationTimestamp"
    )


def test_bare_metadata_has_nothing_else() -> None:
    obj = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {}}
    expected = {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": {"name": "a"}}
    assert partial(obj) == expected
    assert partial_list([obj], {"resourceVersion": "5"})["items"] == [expected]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "<invalid>"),
        (-1.9, "0s"),
        (0, "0s"),
        (119, "119s"),
        (120, "2m"),
        (121, "2m1s"),
        (599, "9m59s"),
        (600, "10m"),
        (3 * 3600 - 1, "179m"),
        (3 * 3600, "3h"),
        (3 * 3600 + 60, "3h1m"),
        (8 * 3600, "8h"),
        (47 * 3600 + 3599, "47h"),
        (48 * 3600, "2d"),
        (50 * 3600, "2d2h"),
        (8 * 86400, "8d"),
        (2 * 365 * 86400 - 1, "729d"),
        (2 * 365 * 86400, "2y"),
        (3 * 365 * 86400 + 86400 * 5, "3y5d"),
        (8 * 365 * 86400, "8y"),
    ],
)
def test_ages_have_two_or_three_figures(seconds: float, text: str) -> None:
    assert human_duration(dt.timedelta(seconds=seconds)) == text


@pytest.mark.parametrize("given", [None, 3, "", "yesterday", "2026-01-01T00:00:00"])
def test_what_is_no_time_has_no_age(given: object) -> None:
    assert age(given, NOW) == "<unknown>"
