"""Findings as SARIF 2.1.0, with what GitHub code scanning asks for and within its limits.

The standard is https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html; GitHub's part of it and its limits
are in its page "SARIF support for code scanning".
"""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import orjson

from kfed.core.escaping import encodable, printable, printable_json
from kfed.core.finding import Severity
from kfed.core.rules import RULES
from kfed.report.words import details

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kfed.core.finding import Finding, Source

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

# GitHub refuses a run with more results.
MAX_RESULTS = 25_000

# A result of GitHub's must be somewhere; what is nobody's line is the folder's.
_NOWHERE = "."


def sarif(findings: Sequence[Finding], *, version: str = "") -> str:
    """One run with every rule, a result for each finding, and a notification where there were too many."""
    shown = _most_severe(findings)
    invocation: dict[str, Any] = {"executionSuccessful": True}
    if left := len(findings) - len(shown):
        invocation["toolExecutionNotifications"] = [_left_out(left)]
    run = {
        "tool": {"driver": _driver(version)},
        "columnKind": "unicodeCodePoints",
        "invocations": [invocation],
        "results": _results(shown),
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return printable_json(orjson.dumps(log, option=orjson.OPT_INDENT_2).decode()) + "\n"


def _most_severe(findings: Sequence[Finding]) -> Sequence[Finding]:
    if len(findings) <= MAX_RESULTS:
        return findings
    errors_first = sorted(findings, key=lambda finding: finding.severity is not Severity.ERROR)
    return errors_first[:MAX_RESULTS]


def _left_out(count: int) -> dict[str, Any]:
    text = f"{count} more findings are left out, because code scanning takes {MAX_RESULTS} at most; errors went first."
    return {"level": "warning", "message": {"text": text}}


def _driver(version: str) -> dict[str, Any]:
    driver: dict[str, Any] = {"name": "kfed", "rules": [_rule(name, sentence) for name, sentence in RULES.items()]}
    return driver | ({"version": version} if version else {})


def _rule(name: str, sentence: str) -> dict[str, Any]:
    text = {"text": sentence}
    return {"id": name, "shortDescription": text, "fullDescription": text, "help": text}


def _results(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    seen = Counter[str]()
    results = []
    for finding in findings:
        fingerprint = _fingerprint(finding)
        seen[fingerprint] += 1
        results.append(_result(finding, f"{fingerprint}:{seen[fingerprint]}"))
    return results


def _result(finding: Finding, fingerprint: str) -> dict[str, Any]:
    more = dict(details(finding))
    lines = [finding.message, *(f"{label}: {value}" for label, value in more.items())]
    named = {"object": finding.object, "clusters": ", ".join(finding.clusters), "path": finding.path}
    result = {
        "ruleId": finding.rule,
        "level": str(finding.severity),
        "message": {"text": "\n".join(map(_plain, lines))},
        "locations": [_location(finding)],
        "partialFingerprints": {"kfedFinding/v1": fingerprint},
        "properties": {name: encodable(value) for name, value in named.items() if value},
    }
    if finding.also:
        result["relatedLocations"] = [{"physicalLocation": _physical(place)} for place in finding.also]
    return result


def _location(finding: Finding) -> dict[str, Any]:
    location: dict[str, Any] = {"physicalLocation": _physical(finding.source)}
    if finding.object:
        location["logicalLocations"] = [{"fullyQualifiedName": encodable(finding.object), "kind": "resource"}]
    return location


def _physical(source: Source | None) -> dict[str, Any]:
    region = {"startLine": source.line, "startColumn": source.column} if source else {"startLine": 1}
    return {"artifactLocation": {"uri": _uri(source.file) if source else _NOWHERE}, "region": region}


def _plain(line: str) -> str:
    """A line of a message; ``[…](…)`` in one would be a link (3.11.6 of the standard)."""
    return printable(line).replace("](", "] (")


def _uri(file: str) -> str:
    quoted = quote(file.encode("utf-8", "surrogateescape"))
    return f"file://{quoted}" if quoted.startswith("/") else quoted


def _fingerprint(finding: Finding) -> str:
    """What stays the same when lines move or clusters join: a reader of two reports knows the finding again by it."""
    file = finding.source.file if finding.source else ""
    parts = (finding.rule, file, finding.object, finding.path)
    text = encodable("\0".join(parts)).encode()
    return hashlib.sha256(text).hexdigest()[:32]
