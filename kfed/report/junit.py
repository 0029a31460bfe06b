"""Findings as JUnit XML, in the part of it that both GitLab and Jenkins read."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import Counter
from typing import TYPE_CHECKING

from kfed.core.escaping import printable
from kfed.core.finding import Severity
from kfed.report.words import counts, details

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kfed.core.finding import Finding


def junit(findings: Sequence[Finding]) -> str:
    """A test suite with a case for each finding: an error fails, a warning passes and says so in its output.

    A run without findings has one case that passes, because the readers take an empty suite for a broken one.
    """
    errors = counts(findings)[Severity.ERROR]
    totals = {"tests": str(len(findings) or 1), "failures": str(errors), "errors": "0", "skipped": "0"}
    root = ET.Element("testsuites", {"name": "kfed", **totals})
    suite = ET.SubElement(root, "testsuite", {"name": "kfed", **totals})
    if not findings:
        ET.SubElement(suite, "testcase", {"classname": "kfed", "name": "nothing is wrong"})
    names = Counter[tuple[str, str]]()
    for finding in findings:
        _add(suite, finding, names)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _add(suite: ET.Element, finding: Finding, names: Counter[tuple[str, str]]) -> None:
    place = printable(finding.source.file) if finding.source else "kfed"
    name = printable(" ".join(filter(None, [finding.rule, finding.object, finding.path])))
    names[place, name] += 1
    # The readers know a case again by these two; lines move with every edit above, and clusters come and go.
    numbered = name if names[place, name] == 1 else f"{name} ({names[place, name]})"
    case = ET.SubElement(suite, "testcase", {"classname": place, "name": numbered})
    if finding.source:
        case.attrib |= {"file": place, "line": str(finding.source.line)}
    words = "\n".join(_lines(finding))
    if finding.severity is Severity.ERROR:
        failure = ET.SubElement(case, "failure", {"type": finding.rule, "message": printable(finding.message)})
        failure.text = words
    else:
        ET.SubElement(case, "system-out").text = words


def _lines(finding: Finding) -> list[str]:
    place = f"{finding.source}: " if finding.source else ""
    rest = [f"{label}: {value}" for label, value in details(finding)]
    return [printable(line) for line in (f"{place}{finding.severity}: {finding.message} [{finding.rule}]", *rest)]
