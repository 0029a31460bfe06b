"""Findings as JSON, for programs; docs/findings.md tells its shape, which stays as it is within a version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from kfed.core.escaping import encodable, printable_json
from kfed.core.finding import Severity
from kfed.report.words import counts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kfed.core.finding import Finding, Source

VERSION = 1


def json(findings: Sequence[Finding]) -> str:
    """``{version, errors, warnings, findings: [...]}``; every key is always there, empty where unknown."""
    found = counts(findings)
    document = {
        "version": VERSION,
        "errors": found[Severity.ERROR],
        "warnings": found[Severity.WARNING],
        "findings": [_finding(finding) for finding in findings],
    }
    return printable_json(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()) + "\n"


def _finding(finding: Finding) -> dict[str, Any]:
    source = finding.source
    return {
        "rule": finding.rule,
        "severity": str(finding.severity),
        "message": encodable(finding.message),
        "source": _place(source) if source else None,
        "object": encodable(finding.object),
        "clusters": [encodable(cluster) for cluster in finding.clusters],
        "path": encodable(finding.path),
        "expected": encodable(finding.expected),
        "nearest": encodable(finding.nearest),
        "also": [_place(place) for place in finding.also],
    }


def _place(source: Source) -> dict[str, Any]:
    return {"file": encodable(source.file), "line": source.line, "column": source.column}
