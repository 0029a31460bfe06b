"""A pytest plugin: no test is passed over in silence.

Tests that were skipped are told in one loud line, the last of the output, with their reasons. With ``CI=true`` in the
environment they fail instead, so that a green build means that all of them ran.
"""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

_NOT_RUN = "not run: "


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Say of a skipped test that it was not run, and why; in CI, where nobody would see the gap, let it fail."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and isinstance(report.longrepr, tuple):
        path, line, reason = report.longrepr
        reason = _NOT_RUN + reason.removeprefix("Skipped: ")
        if os.environ.get("CI") == "true":
            report.outcome, report.longrepr = "failed", reason
        else:
            report.longrepr = path, line, reason
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None]:
    """Tell what did not run, below all else."""
    yield
    terminal = session.config.pluginmanager.get_plugin("terminalreporter")
    reasons = _reasons(terminal) if terminal else Counter()
    if reasons:
        each = "; ".join(f"{number} because {reason}" for reason, number in reasons.most_common())
        terminal.write_line(f"TESTS NOT RUN: {each}", red=True, bold=True)


def _reasons(terminal: pytest.TerminalReporter) -> Counter[str]:
    """Why tests did not run, and how many of them for each reason."""
    reports = [report for outcome in ("skipped", "failed", "error") for report in terminal.stats.get(outcome, [])]
    said = (report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr for report in reports)
    return Counter(text.removeprefix(_NOT_RUN) for text in said if isinstance(text, str) and text.startswith(_NOT_RUN))
