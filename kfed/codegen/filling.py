"""Filling: how values get into a template."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from kfed.codegen.templates import folder
from kfed.text.emit import emit
from kfed.text.quoting import comment_of, json_of


def fill(template: str, values: dict[str, Any]) -> str:
    """The text that a template makes of *values*; a name that the template uses and *values* lacks is an error."""
    return _environment().get_template(template).render(values)


@cache
def _environment() -> Environment:
    # What is made is YAML, for which HTML's escapes would be wrong: every value goes through one of the filters.
    environment = Environment(  # noqa: S701
        loader=FileSystemLoader(folder()),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters = {"block": _block, "comment": _comment, "inline": json_of}
    return environment


def _comment(value: Any) -> str:
    """A value as the rest of a comment's line."""
    return comment_of(str(value))


def _block(value: Any, indent: int) -> str:
    """A value on lines of its own, all but the first indented; the template indents that one."""
    return emit(value, " " * indent)[indent:-1]
