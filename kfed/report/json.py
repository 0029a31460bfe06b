"""Findings as JSON, for programs; docs/findings.md tells its shape, which stays as it is within a version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from kfed.core.escaping import encodable, printable_json
from kfed.report.words import counts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kfed.core.finding import Finding

VERSION = 1


def json(findings: Sequence[Finding]) -> str:
    """``{version, errors, warnings, findings: [...]}``; every key is always there, ``""`` or null where unknown."""
    errors, warnings = counts(findings)
    document = {
        "version": VERSION,
        "errors": errors,
        "warnings": warnings,
        "findings": [_finding(finding) for finding in findings],
    }
    return printable_json(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()) + "\n"


def _finding(finding: Finding) -> dict[str, Any]:
    source = finding.source
    return {
        "rule": finding.rule,
        "severity": str(finding.severity),
        "message": encodable(finding.message),
        "source": {"file": encodable(source.file), "line": source.line, "column": source.column} if source else None,
        "object": encodable(finding.object),
        "cluster": encodable(finding.cluster),
        "path": encodable(finding.path),
        "expected": encodable(finding.expected),
        "nearest": encodable(finding.nearest),
    }
