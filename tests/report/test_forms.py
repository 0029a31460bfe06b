"""The forms of findings: what each promises to its readers."""

from __future__ import annotations

import json
import os
import re
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kfed.core.escaping import encodable
from kfed.core.finding import Finding, Severity, Source
from kfed.core.rules import RULES, Rule
from kfed.report import sarif
from kfed.report.brief import Omitted
from kfed.report.forms import FORMS, report
from kfed.report.places import Place
from kfed.report.text import Look
from kfed.report.words import details
from tests.hostile import HOSTILE, is_harmless, is_harmless_text

SCHEMA = json.loads((Path(__file__).parent.parent / "cases/report/sarif_2_1_0/schema.json").read_text())

TYPO = Finding(
    "unknown-field",
    "The field replcas is not one that the type has.",
    source=Source("deploy/web.yaml", 12, 15),
    object="FederatedDeployment test-ns/web",
    clusters=("cluster1",),
    path="/spec/template/spec/replcas",
    expected="an integer",
    nearest="replicas",
)
DOUBT = Finding("unused-override", "Nothing uses it.", severity=Severity.WARNING, source=Source("deploy/a.yaml", 3))
NOWHERE = Finding("no-clusters", "No cluster is known.")

WORDS = st.sampled_from(HOSTILE) | st.text(st.characters())  # lone surrogates included
FINDINGS = st.lists(
    st.builds(
        Finding,
        rule=st.sampled_from(sorted(RULES)),
        message=WORDS,
        severity=st.sampled_from(Severity),
        source=st.none()
        | st.builds(
            Source,
            WORDS.filter(bool).map(encodable) | st.binary(min_size=1, max_size=20).map(os.fsdecode),
            st.integers(1, 10**6),
            st.integers(1, 10**4),
        ),
        object=WORDS,
        clusters=st.lists(WORDS, max_size=3).map(tuple),
        path=WORDS,
        expected=WORDS,
        nearest=WORDS,
        also=st.lists(st.builds(Source, st.just("a.yaml"), st.integers(1, 99)), max_size=3, unique=True).map(tuple),
    ),
    max_size=5,
)


@pytest.mark.parametrize("form", FORMS)
@given(findings=FINDINGS)
@settings(max_examples=40, deadline=None)
def test_any_finding_has_every_form_whatever_is_in_it(form: str, findings: list[Finding]) -> None:
    text = report(findings, form, version="1.0", place=Place("/repo/sub", "/repo"))
    assert text == report(findings[::-1], form, version="1.0", place=Place("/repo/sub", "/repo"))
    assert text.encode().decode() == text
    assert text == "" or text.endswith("\n")


@pytest.mark.parametrize("form", FORMS)
def test_findings_come_in_the_order_of_their_places(form: str) -> None:
    text = report([TYPO, DOUBT, NOWHERE], form)
    marks = [text.index(finding.message) for finding in (NOWHERE, DOUBT, TYPO)]
    assert marks == sorted(marks)


def test_an_unknown_form_is_refused() -> None:
    with pytest.raises(ValueError, match="there are text, json"):
        report([], "html")


def test_text_is_for_people_and_for_editors_that_jump() -> None:
    assert report([TYPO, DOUBT, NOWHERE], "text") == (
        "error: No cluster is known. [no-clusters]\n"
        "deploy/a.yaml:3:1: warning: Nothing uses it. [unused-override]\n"
        "deploy/web.yaml:12:15: error: The field replcas is not one that the type has. [unknown-field]\n"
        "    object: FederatedDeployment test-ns/web /spec/template/spec/replcas\n"
        "    cluster: cluster1\n"
        "    did you mean: replicas?\n"
        "\n"
        "2 errors, 1 warning.\n"
    )


def test_what_the_message_says_is_not_said_again() -> None:
    finding = Finding(
        "wrong-type", "It must be an integer; did you mean replicas?", expected="an integer", nearest="replicas"
    )
    assert report([finding], "text").splitlines()[:-2] == [f"error: {finding.message} [wrong-type]"]


def test_text_names_all_clusters_and_places_of_one_thing_or_where_it_is_brief_the_first() -> None:
    clusters = tuple(f"c{number}" for number in range(1, 8))
    also = tuple(
        Source("a.yaml", line, column) for line, column in ((10, 1), (20, 1), (20, 2), (30, 1), (40, 1), (50, 1))
    )
    finding = Finding("bad-path", "It is wrong.", source=Source("a.yaml", 5, 7), clusters=clusters, also=also)
    assert report([finding], "text").splitlines()[1:3] == [
        "    clusters: c1, c2, c3, c4, c5, c6, c7",
        "    also in lines: 10, 20, 30, 40, 50",
    ]
    assert report([finding], "text", look=Look(brief=True)).splitlines()[1:3] == [
        "    clusters: c1, c2, c3 and 4 more",
        "    also in lines: 10, 20, 30 and 2 more",
    ]


def _again(count: int, severity: Severity, rule: Rule) -> list[Finding]:
    return [Finding(rule, "It is.", severity, Source(f"{rule}-{number:03}.yaml")) for number in range(count)]


def test_of_a_rule_that_finds_the_same_again_and_again_the_first_few_are_shown() -> None:
    findings = [
        *_again(400, Severity.WARNING, "lost-members"),
        *_again(30, Severity.ERROR, "bad-path"),
        *_again(6, Severity.WARNING, "unused-override"),
        *_again(11, Severity.ERROR, "bad-name"),
    ]
    shown = report(findings, "text", look=Look(brief=True)).splitlines()
    assert Counter(line.rpartition(" ")[2] for line in shown[:-4]) == {
        "[lost-members]": 5,
        "[bad-path]": 10,
        "[unused-override]": 6,
        "[bad-name]": 11,
    }
    assert shown[-4:] == [
        "error: 20 more of these in 20 files; --all-findings shows them. [bad-path]",
        "warning: 395 more of these in 395 files; --all-findings shows them. [lost-members]",
        "",
        "41 errors, 406 warnings.",
    ]
    assert len(report(findings, "text").splitlines()) == len(findings) + 2


def test_what_was_not_looked_up_is_counted() -> None:
    findings = _again(6, Severity.WARNING, "lost-members")
    omitted = {(Severity.WARNING, "lost-members"): Omitted(7, {"lost-members-005.yaml", "z.yaml"})}
    assert report(findings, "text", look=Look(brief=True, omitted=omitted)).splitlines()[5:] == [
        "warning: 8 more of these in 2 files; --all-findings shows them. [lost-members]",
        "",
        "13 warnings.",
    ]


def test_text_of_nothing_is_nothing() -> None:
    assert report([], "text") == report([], "github") == ""


def test_text_has_colours_only_when_told() -> None:
    plain, coloured = report([TYPO], "text"), report([TYPO], "text", look=Look(colour=True))
    assert "\x1b" not in plain
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain != coloured


@given(findings=FINDINGS)
@settings(max_examples=60, deadline=None)
def test_text_lets_no_file_speak_to_the_terminal_nor_forge_a_line(findings: list[Finding]) -> None:
    text = report(findings, "text")
    assert is_harmless_text(text)
    lines = text.splitlines()
    assert len(lines) == (sum(1 + len(list(details(one))) for one in findings) + 2 if findings else 0)
    for line in lines:
        assert line == "" or re.match(r"    |.*(error|warning): |\d+ (error|warning)s?[,.]", line), line


@pytest.mark.parametrize("form", ["json", "sarif", "junit"])
@given(findings=FINDINGS)
@settings(max_examples=60, deadline=None)
def test_what_machines_read_is_harmless_in_a_log_too(form: str, findings: list[Finding]) -> None:
    assert is_harmless_text(report(findings, form, place=Place("/repo/sub", "/repo")))


@given(findings=FINDINGS)
@settings(max_examples=60, deadline=None)
def test_json_says_what_was_found(findings: list[Finding]) -> None:
    told = json.loads(report(findings, "json"))["findings"]
    assert sorted(one["message"] for one in told) == sorted(encodable(one.message) for one in findings)
    assert sorted(one["source"]["file"] for one in told if one["source"]) == sorted(
        encodable(one.source.file) for one in findings if one.source
    )


def test_json_has_its_shape() -> None:
    assert json.loads(report([TYPO, NOWHERE], "json")) == {
        "version": 1,
        "errors": 2,
        "warnings": 0,
        "findings": [
            {
                "rule": "no-clusters",
                "severity": "error",
                "message": "No cluster is known.",
                "source": None,
                "object": "",
                "clusters": [],
                "path": "",
                "expected": "",
                "nearest": "",
                "also": [],
            },
            {
                "rule": "unknown-field",
                "severity": "error",
                "message": "The field replcas is not one that the type has.",
                "source": {"file": "deploy/web.yaml", "line": 12, "column": 15},
                "object": "FederatedDeployment test-ns/web",
                "clusters": ["cluster1"],
                "path": "/spec/template/spec/replcas",
                "expected": "an integer",
                "nearest": "replicas",
                "also": [],
            },
        ],
    }


def _sarif(findings: list[Finding], **options: Any) -> Any:
    log = json.loads(report(findings, "sarif", version="1.0", **options))
    checker = jsonschema.Draft7Validator(SCHEMA, format_checker=jsonschema.Draft7Validator.FORMAT_CHECKER)
    checker.validate(log)
    return log["runs"][0]


@given(findings=FINDINGS)
@settings(max_examples=20, deadline=None)
def test_sarif_validates_whatever_is_found(findings: list[Finding]) -> None:
    run = _sarif(findings, place=Place("/repo/sub", "/repo"))
    assert len(run["results"]) == len(findings)
    prints = [result["partialFingerprints"]["kfedFinding/v1"] for result in run["results"]]
    assert len(set(prints)) == len(prints)


def test_the_schema_that_sarif_is_held_against_refuses_what_is_wrong() -> None:
    log = json.loads(report([TYPO], "sarif"))
    log["runs"][0]["results"][0]["level"] = "fatal"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(log, SCHEMA)


def test_sarif_knows_every_rule_and_says_where_and_what() -> None:
    run = _sarif([TYPO])
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == list(RULES)
    (result,) = run["results"]
    assert (result["ruleId"], result["level"]) == ("unknown-field", "error")
    assert result["message"]["text"].startswith(TYPO.message)
    assert "did you mean: replicas?" in result["message"]["text"]
    (location,) = result["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "deploy/web.yaml"},
        "region": {"startLine": 12, "startColumn": 15},
    }


def test_sarif_without_findings_is_a_run_that_found_nothing() -> None:
    assert _sarif([])["results"] == []


@pytest.mark.parametrize("finding", [TYPO, NOWHERE])
def test_sarif_gives_every_result_the_location_that_code_scanning_asks_for(finding: Finding) -> None:
    (result,) = _sarif([finding])["results"]
    physical = result["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"]["uri"]
    assert physical["region"]["startLine"] >= 1


def test_sarif_knows_a_finding_again_after_its_line_moved() -> None:
    moved = Finding(
        **{name: getattr(TYPO, name) for name in TYPO.__slots__} | {"source": Source("deploy/web.yaml", 99)}
    )
    before, after = (_sarif([finding])["results"][0]["partialFingerprints"] for finding in (TYPO, moved))
    assert before == after


def test_sarif_stays_within_what_code_scanning_takes_errors_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "MAX_RESULTS", 2)
    run = _sarif([DOUBT, TYPO, NOWHERE])
    assert [result["level"] for result in run["results"]] == ["error", "error"]
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert note["message"]["text"].startswith("1 more finding")


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("web.yaml", "sub/web.yaml"),
        ("./a/../web.yaml", "sub/web.yaml"),
        ("../web.yaml", "web.yaml"),
        ("/repo/sub/web.yaml", "sub/web.yaml"),
        ("../../web.yaml", "file:///web.yaml"),
        ("/repository/web.yaml", "file:///repository/web.yaml"),
        ("a b:%ü.yaml", "sub/a%20b%3A%25%C3%BC.yaml"),
        ("<stdin>", "%3Cstdin%3E"),
    ],
)
def test_files_are_named_from_the_repositorys_root(file: str, uri: str) -> None:
    finding = Finding("unknown-field", "It is wrong.", source=Source(file))
    (result,) = _sarif([finding], place=Place("/repo/sub", "/repo"))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


def test_github_annotates_the_line() -> None:
    assert report([TYPO, DOUBT, NOWHERE], "github").splitlines() == [
        "::error title=no-clusters::No cluster is known.",
        "::warning file=deploy/a.yaml,line=3,col=1,title=unused-override::Nothing uses it.",
        (
            "::error file=deploy/web.yaml,line=12,col=15,title=unknown-field::"
            "The field replcas is not one that the type has.%0A"
            "object: FederatedDeployment test-ns/web /spec/template/spec/replcas%0Acluster: cluster1%0A"
            "did you mean: replicas?"
        ),
        "2 errors, 1 warning.",
    ]


def test_github_escapes_what_would_end_a_property_or_a_command() -> None:
    finding = Finding("unknown-field", "50% of\r\n::error::x", source=Source("a,b:c%.yaml", 1, 2))
    assert report([finding], "github").splitlines()[0] == (
        "::error file=a%2Cb%3Ac%25.yaml,line=1,col=2,title=unknown-field::50%25 of\\r\\n::error::x"
    )


@given(findings=FINDINGS)
@settings(max_examples=60, deadline=None)
def test_github_has_one_command_for_each_finding_and_no_other(findings: list[Finding]) -> None:
    lines = report(findings, "github", place=Place("/repo/sub", "/repo")).split("\n")
    assert len(lines) == (len(findings) + 2 if findings else 1)
    assert all(map(is_harmless, lines))
    for line in lines[: len(findings)]:
        # As the runner takes it apart: actions/runner, src/Runner.Common/ActionCommand.cs.
        command, _, message = line.removeprefix("::").partition("::")
        assert line.startswith("::")
        name, _, properties = command.partition(" ")
        assert name in ("error", "warning")
        known = dict(one.split("=", 1) for one in properties.split(","))
        assert known["title"] in RULES
        assert set(known) in ({"title"}, {"title", "file", "line", "col"})
        assert not re.search("%(?!25|0A)", message)


def _suite(findings: list[Finding]) -> ET.Element:
    root = ET.fromstring(report(findings, "junit"))  # noqa: S314  (our own text)
    assert root.tag == "testsuites"
    (suite,) = root
    assert suite.get("tests") == str(len(suite))
    assert suite.get("failures") == str(len(suite.findall("testcase/failure")))
    return suite


def test_junit_fails_for_an_error_and_passes_for_a_warning() -> None:
    doubt, typo = _suite([TYPO, DOUBT])
    assert doubt.find("failure") is None
    assert "Nothing uses it." in (doubt.findtext("system-out") or "")
    failure = typo.find("failure")
    assert failure is not None
    assert (failure.get("type"), failure.get("message")) == ("unknown-field", TYPO.message)
    assert "deploy/web.yaml:12:15" in (failure.text or "")
    assert (typo.get("classname"), typo.get("file"), typo.get("line")) == ("deploy/web.yaml", "deploy/web.yaml", "12")


def test_junit_without_findings_has_one_case_that_passes() -> None:
    (case,) = _suite([])
    assert list(case) == []


def test_junit_names_tell_findings_apart_and_hold_no_line() -> None:
    names = [case.get("name") for case in _suite([TYPO, TYPO])]
    assert len(set(names)) == 2
    assert not any("12" in str(name) for name in names)


@given(findings=FINDINGS)
@settings(max_examples=40, deadline=None)
def test_junit_is_xml_whatever_is_found(findings: list[Finding]) -> None:
    suite = _suite(findings)
    assert len(suite) == max(1, len(findings))
    cases = [(case.get("classname"), case.get("name")) for case in suite]
    assert len(set(cases)) == len(cases)
