"""The templates: where they are."""

from __future__ import annotations

from pathlib import Path

from kfed.errors import UnavailableError

_PACKAGE = Path(__file__).resolve().parent.parent


def folder() -> Path:
    """Where the templates are: inside of the package when it is installed, beside it in a working copy.

    Raises:
        UnavailableError: they are at neither place.
    """
    for candidate in (_PACKAGE / "_templates", _PACKAGE.parent / "templates"):
        if candidate.is_dir():
            return candidate
    raise UnavailableError(f"The templates of kfed are not beside {_PACKAGE}. Install kfed anew.")
