"""Show findings, in the form that was asked for, where it was asked for."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import kfed
from kfed.cli import output
from kfed.report.forms import report
from kfed.report.places import Place

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kfed.core.finding import Finding


def show(findings: Iterable[Finding], form: str, *, err: bool) -> None:
    """Print *findings* on standard error where *err*, else on standard output.

    Args:
        findings: what was found.
        form: one of `kfed.report.forms.FORMS`.
        err: results go to standard output, so findings go there only where the command has no other result.
    """
    colour = output.colours(sys.stderr if err else sys.stdout)
    words = report(findings, form, colour=colour, version=kfed.__version__, place=_place())
    if err:
        output.message(words, newline=False)
    else:
        output.write(words)


def _place() -> Place:
    """The current folder, and the nearest one above it that is a repository; itself when there is none."""
    here = root = os.getcwd()
    while not os.path.exists(os.path.join(root, ".git")):
        above = os.path.dirname(root)
        if above == root:
            return Place(here, here)
        root = above
    return Place(here, root)
