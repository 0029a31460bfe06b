"""Show findings, in the form that was asked for, where it was asked for."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import kfed
from kfed.cli import output, saving
from kfed.errors import UnavailableError
from kfed.report.forms import report
from kfed.report.places import Place
from kfed.report.text import PLAIN, Look

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kfed.core.finding import Finding, Severity
    from kfed.report.brief import Omitted


def show(
    findings: Iterable[Finding], form: str, omitted: Mapping[tuple[Severity, str], Omitted], *, whole: bool, err: bool
) -> None:
    """Print *findings* on standard error where *err*, else on standard output.

    Args:
        findings: what was found.
        form: one of `kfed.report.forms.FORMS`.
        omitted: what was found besides and not looked up, by severity and rule.
        whole: show everything in the text as well.
        err: results go to standard output, so findings go there only where the command has no other result.
    """
    look = Look(output.colours(sys.stderr if err else sys.stdout), brief=not whole, omitted=omitted)
    words = _report(findings, form, look)
    if err:
        output.tell(words)
    else:
        output.write(words)


def save(findings: Iterable[Finding], form: str, file: str) -> None:
    """Write *findings* into *file*, an empty one where the form says nothing of no findings.

    Raises:
        UnavailableError: the file cannot be written.
    """
    try:
        saving.save(file, _report(findings, form).encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise UnavailableError(f"The findings cannot be written to {file}: {error.strerror}.") from error


def _report(findings: Iterable[Finding], form: str, look: Look = PLAIN) -> str:
    return report(findings, form, look=look, version=kfed.__version__, place=_place())


def _place() -> Place:
    """The current folder, and the nearest one above it that is a repository; itself when there is none."""
    here = root = os.getcwd()
    while not os.path.exists(os.path.join(root, ".git")):
        above = os.path.dirname(root)
        if above == root:
            return Place(here, here)
        root = above
    return Place(here, root)
