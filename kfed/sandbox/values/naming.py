"""Names, labels and annotations: what is wrong with them, in the words of k8s.io/apimachinery ``util/validation``."""

from __future__ import annotations

import re
import secrets

_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_QUALIFIED = r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_VALUE = r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?"
_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"  # no vowels, so that no words arise
_SUFFIX = 5
_LONGEST_BASE = 63 - _SUFFIX
_NAME_LENGTH, _LABEL_LENGTH = 253, 63

_SUBDOMAIN_SAYS = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
    f"end with an alphanumeric character (e.g. 'example.com', regex used for validation is '{_SUBDOMAIN}')"
)
_LABEL_SAYS = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with "
    f"an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '{_LABEL}')"
)
_QUALIFIED_SAYS = (
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character "
    f"(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '{_QUALIFIED}')"
)
_KEY_SAYS = (
    "a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
    "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    f"'{_QUALIFIED}') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
)
_VALUE_SAYS = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    f"end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    f"'{_VALUE}')"
)


def generated(base: str) -> str:
    """A name for ``generateName``: *base*, cut to leave room, and five random characters."""
    return base[:_LONGEST_BASE] + "".join(secrets.choice(_ALPHABET) for _ in range(_SUFFIX))


def subdomain_problems(name: str, most: int = _NAME_LENGTH) -> list[str]:
    """What is wrong with *name* as a DNS subdomain, which most objects are named as."""
    return _too_long(name, most, "characters") or _unlike(name, _SUBDOMAIN, _SUBDOMAIN_SAYS)


def label_problems(name: str) -> list[str]:
    """What is wrong with *name* as a DNS label, which namespaces are named as."""
    if "." in name:
        return ["must not contain dots"]
    return _too_long(name, _LABEL_LENGTH, "characters") or _unlike(name, _LABEL, _LABEL_SAYS)


def segment_problems(name: str) -> list[str]:
    """What is wrong with *name* as a part of a path, which roles and their bindings are named as."""
    if name in {".", ".."}:
        return [f"may not be '{name}'"]
    return [f"may not contain '{character}'" for character in "/%" if character in name]


def qualified_problems(name: str) -> list[str]:
    """What is wrong with *name* as a label's or annotation's key: ``name`` or ``example.com/name``."""
    prefix, slash, short = name.rpartition("/")
    problems: list[str] = []
    if "/" in prefix:
        return [_KEY_SAYS]
    if slash and not prefix:
        problems.append("prefix part must be non-empty")
    elif slash:
        problems += [f"prefix part {problem}" for problem in subdomain_problems(prefix)]
    if not short:
        problems.append("name part must be non-empty")
    problems += [f"name part {problem}" for problem in _too_long(short, _LABEL_LENGTH)]
    problems += [f"name part {problem}" for problem in _unlike(short, _QUALIFIED, _QUALIFIED_SAYS)]
    return problems


def label_key_problem(key: str) -> str:
    """What is wrong with a label's key, as one sentence; ``""`` when nothing is."""
    return "; ".join(qualified_problems(key))


def is_label_value(value: str) -> bool:
    """Whether *value* may be a label's."""
    return not label_value_problem(value)


def label_value_problem(value: str) -> str:
    """What is wrong with a label's value, as one sentence; ``""`` when nothing is."""
    return "; ".join([*_too_long(value, _LABEL_LENGTH), *_unlike(value, _VALUE, _VALUE_SAYS)])


def _too_long(text: str, most: int, unit: str = "bytes") -> list[str]:
    return [f"must be no more than {most} {unit}"] if len(text.encode()) > most else []


def _unlike(text: str, pattern: str, says: str) -> list[str]:
    return [] if re.fullmatch(pattern, text, re.ASCII) else [says]
