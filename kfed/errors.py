"""Every exception that kfed raises on purpose.

::

    KfedError                 exit code 3
     ├── InputError           exit code 1: what the user gave has a mistake in it
     │    ├── TextError       a document is no YAML or JSON that a Kubernetes object could be
     │    ├── SchemaError     a schema cannot be read, or has no structural form
     │    └── UnknownTypeError  no type, or more than one, answers to a name
     └── UnavailableError     exit code 3: a file, a program or a server failed

Wrong usage (exit code 2) is click's ``UsageError``.
"""

from __future__ import annotations


class KfedError(Exception):
    """What every error of kfed is; its text is a full sentence that says what to do next."""

    exit_code = 3


class InputError(KfedError):
    """What the user gave has a mistake in it."""

    exit_code = 1


class TextError(InputError):
    """A document is no YAML or JSON that a Kubernetes object could be.

    Attributes:
        rule: the finding's rule, such as ``yaml-syntax``.
        line: 1-based line in the file.
        column: 1-based column.
    """

    def __init__(self, message: str, *, rule: str = "yaml-syntax", line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.rule = rule
        self.line = line
        self.column = column


class SchemaError(InputError):
    """A schema cannot be read, or has no structural form."""


class UnknownTypeError(InputError):
    """No type, or more than one, answers to a name."""


class UnavailableError(KfedError):
    """A file, a program or a server that kfed needs failed."""
