"""The forms that findings can take, chosen by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.report.github import github
from kfed.report.json import json
from kfed.report.places import within
from kfed.report.text import PLAIN, Look, text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kfed.core.finding import Finding
    from kfed.report.places import Place

FORMS = ("text", "json", "sarif", "github", "junit")


def report(
    findings: Iterable[Finding],
    form: str,
    *,
    look: Look = PLAIN,
    version: str = "",
    place: Place | None = None,
) -> str:
    """All findings in one form, in the order of their places.

    Args:
        findings: what was found.
        form: one of `FORMS`.
        look: how the text looks; the other forms are always the same.
        version: kfed's own, for the forms that name the tool.
        place: where the run is. CI systems know files by their names from the repository's root, so the forms that
            are made for them say those; without it names stay as they are.

    Returns:
        What to print, which ends with a newline. Text and annotations are empty where there is no finding.

    Raises:
        ValueError: there is no such form.
    """
    ordered = sorted(findings, key=_order)
    located = [within(finding, place) for finding in ordered] if place else ordered
    match form:
        case "text":
            return text(ordered, look)
        case "json":
            return json(ordered)
        case "github":
            return github(located)
        case "sarif":
            from kfed.report.sarif import sarif  # noqa: PLC0415  (one run needs one form)

            return sarif(located, version=version)
        case "junit":
            from kfed.report.junit import junit  # noqa: PLC0415  (one run needs one form)

            return junit(located)
    message = f"{form!r} is no form of findings; there are {', '.join(FORMS)}."
    raise ValueError(message)


def _order(finding: Finding) -> tuple[Any, ...]:
    """The order of places, made whole: equal reports for equal findings, however they came."""
    return (*finding.sort_key(), finding.severity, finding.expected, finding.nearest, finding.also)
