"""Names: which texts Kubernetes takes for the name of an object, the key or value of a label, the name of a port.

The rules are those of k8s.io/apimachinery, ``util/validation``; only the words are our own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_LABEL = r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(?:\.{_LABEL})*"
_WORD = r"[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?"
_LABEL_LENGTH, _NAME_LENGTH, _PORT_LENGTH = 63, 253, 15
_DNS = "beginning and ending with a letter or digit"
_LETTERS = f"at most {_LABEL_LENGTH} letters, digits, dashes, underscores and dots, {_DNS}"
# https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/apis/core/types.go: FinalizerKubernetes, and the two of
# garbage collection.
_STANDARD_FINALIZERS = ("foregroundDeletion", "kubernetes", "orphan")


@dataclass(frozen=True, slots=True)
class Form:
    """What all texts of one sort look like.

    Attributes:
        noun: what such a text is, such as ``a label key``.
        rule: how it is written, for the end of a sentence that begins with *use*.
        longest: how many characters it may have.
    """

    noun: str
    rule: str
    longest: int
    _pattern: re.Pattern[str]

    def fits(self, text: str) -> bool:
        """Whether *text* is one."""
        return len(text) <= self.longest and self._pattern.fullmatch(text) is not None

    def refusal(self, text: str, noun: str = "") -> str:
        """The sentence that says that *text* cannot be *noun*, by default a text of this form, and what to write."""
        shown = text if len(text) <= self.longest else f"{text[: self.longest]}…"
        return f"{shown!r} cannot be {noun or self.noun}; use {self.rule}."


LABEL = Form(
    "a DNS label",
    f"at most {_LABEL_LENGTH} lower-case letters, digits and dashes, {_DNS}",
    _LABEL_LENGTH,
    re.compile(_LABEL),
)
LABEL_1035 = Form(
    "a DNS label that begins with a letter",
    f"at most {_LABEL_LENGTH} lower-case letters, digits and dashes, beginning with a letter and ending with a letter "
    "or digit",
    _LABEL_LENGTH,
    re.compile(r"[a-z](?:[-a-z0-9]*[a-z0-9])?"),
)
SUBDOMAIN = Form(
    "a DNS subdomain",
    f"at most {_NAME_LENGTH} lower-case letters, digits, dashes and dots, each part between dots {_DNS}",
    _NAME_LENGTH,
    re.compile(_SUBDOMAIN),
)
KIND = Form(
    "a kind",
    f"at most {_LABEL_LENGTH} letters, digits and dashes, beginning with a letter, as in Deployment",
    _LABEL_LENGTH,
    re.compile(r"[A-Za-z](?:[-A-Za-z0-9]*[A-Za-z0-9])?"),
)
_KEY = rf"(?:(?=[^/]{{1,{_NAME_LENGTH}}}/){_SUBDOMAIN}/)?(?=[^/]{{1,{_LABEL_LENGTH}}}\Z){_WORD}"
LABEL_KEY = Form(
    "a label key",
    f"{_LETTERS}, maybe after a DNS subdomain and a slash, as in example.com/team",
    _NAME_LENGTH + 1 + _LABEL_LENGTH,
    re.compile(_KEY),
)
LABEL_VALUE = Form("a label value", f"{_LETTERS}, or nothing at all", _LABEL_LENGTH, re.compile(rf"(?:{_WORD})?"))
# As a label's key, but that capital letters of the subdomain are forgiven.
ANNOTATION_KEY = Form(
    "an annotation key", LABEL_KEY.rule, LABEL_KEY.longest, re.compile(_KEY.replace("a-z0-9", "A-Za-z0-9"))
)
PORT_NAME = Form(
    "a port name",
    f"at most {_PORT_LENGTH} lower-case letters, digits and single dashes, at least one of them a letter, {_DNS}",
    _PORT_LENGTH,
    re.compile(r"(?=[0-9-]*[a-z])[a-z0-9]+(?:-[a-z0-9]+)*"),
)
FINALIZER = Form(
    "a finalizer",
    f"a DNS subdomain, a slash and {_LETTERS}, as in example.com/cleanup",
    LABEL_KEY.longest,
    re.compile(rf"{'|'.join(_STANDARD_FINALIZERS)}|(?=[^/]+/){_KEY}"),
)


def is_label(text: str) -> bool:
    """Whether *text* is a DNS label (RFC 1123) as Kubernetes has it."""
    return LABEL.fits(text)


def is_subdomain(text: str) -> bool:
    """Whether *text* is a DNS subdomain (RFC 1123) as Kubernetes has it."""
    return SUBDOMAIN.fits(text)
