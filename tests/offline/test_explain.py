"""Explaining: each field that is not the template's, with the rule that made it so."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from kfed.rendering.explaining import FieldOrigin, explain_json, explain_text

from .whole import cluster, federated, patch, run, write

if TYPE_CHECKING:
    from pathlib import Path

    from kfed.offline.run import Output


def explained(folder: Path, template: dict[str, Any], *patches: dict[str, Any]) -> dict[str, FieldOrigin]:
    one = federated(
        "ConfigMap",
        template=template,
        placement={"clusterSelector": {}},
        overrides=[{"clusterName": "berlin", "clusterOverrides": list(patches)}],
    )
    found: list[FieldOrigin] = []

    def visit(output: Output) -> None:
        found.extend(output.explain())

    report = run(write(folder, {"in.json": [one, cluster("berlin")]}), visit)
    assert not report.failed(), report.findings
    return {field.path: field for field in found}


OWN = {"/apiVersion", "/kind", "/metadata/labels/kubefed.io~1managed", "/metadata/name", "/metadata/namespace"}


def test_kfeds_own_rules_are_told_as_such(tmp_path: Path) -> None:
    fields = explained(tmp_path, {"data": {"a": "b"}})
    assert set(fields) == OWN
    assert {step.source for field in fields.values() for step in field.steps} == {""}


def test_a_field_that_is_as_in_the_template_is_not_told(tmp_path: Path) -> None:
    template = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "web", "namespace": "shop"},
        "data": {"a": "b"},
    }
    fields = explained(tmp_path, template, patch("/data/a", "c"), patch("/data/a", "b"))
    assert set(fields) == {"/metadata/labels/kubefed.io~1managed"}


def test_the_rule_that_won_comes_first_in_the_text(tmp_path: Path) -> None:
    fields = explained(tmp_path, {"data": {"a": "b"}}, patch("/data/a", "c"), patch("/data/a", "d"))
    field = fields["/data/a"]
    assert [(step.value, step.before) for step in field.steps] == [("c", "b"), ("d", "c")]
    text = explain_text([field], redact=False)
    assert text.index('= "d"  by overrides of berlin, entry 1') < text.index('= "c"  by overrides of berlin, entry 0')


def test_what_was_changed_again_below_is_told_with_what_came_of_it(tmp_path: Path) -> None:
    fields = explained(tmp_path, {}, patch("/data", {"a": "b", "c": "d"}, "add"), patch("/data/a", op="remove"))
    assert fields["/data"].result == {"c": "d"}
    assert 'in the end: {"c":"d"}' in explain_text([fields["/data"]], redact=False)
    assert "/data/a" in fields


def test_a_removal_says_what_would_have_been(tmp_path: Path) -> None:
    fields = explained(tmp_path, {"data": {"a": "b"}}, patch("/data/a", op="remove"))
    text = explain_text([fields["/data/a"]], redact=False)
    assert text.splitlines()[1].startswith("    removed  by overrides of berlin, entry 0 at ")
    assert text.splitlines()[2] == '        without it: "b"'


def test_values_that_are_nobodys_to_see_are_shown_by_neither_form(tmp_path: Path) -> None:
    fields = explained(
        tmp_path,
        {"data": {"a": "hush"}},
        patch("/data/a", "hush-hush"),
        patch("/data", {"a": "hush3"}),
        patch("/data/a", op="remove"),
    )
    shown = explain_text(list(fields.values()), redact=True) + explain_json(
        "berlin", list(fields.values()), redact=True
    )
    assert "hush" not in shown
    assert '= "web"' in shown


def test_the_form_for_programs_has_all_that_the_text_has(tmp_path: Path) -> None:
    fields = list(explained(tmp_path, {"data": {"a": "b"}}, patch("/data/a", "c")).values())
    line = json.loads(explain_json("berlin", fields, redact=False))
    assert line["cluster"] == "berlin"
    [told] = [field for field in line["fields"] if field["path"] == "/data/a"]
    [step] = told["steps"]
    assert (told["result"], step["op"], step["value"], step["before"]) == ("c", "replace", "c", "b")
    assert step["source"].endswith(":21:6")


def test_an_object_that_is_the_template_says_so() -> None:
    assert explain_text([], redact=False) == "Nothing differs from the template.\n"
