"""Every format that means something to an API server, and which texts have it.

The names are those of k8s.io/apiextensions-apiserver, ``pkg/apiserver/validation/formats.go``, and the texts those of
k8s.io/kube-openapi, ``pkg/validation/strfmt``. Dashes in a name mean nothing, so that ``date-time`` is ``datetime``; a
format with another name, or on another type, means nothing at all.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kfed.schema.formats.addresses import is_cidr, is_hostname, is_ipv4, is_ipv6, is_mac
from kfed.schema.formats.checksums import is_credit_card, is_isbn, is_isbn10, is_isbn13
from kfed.schema.formats.durations import is_duration
from kfed.schema.formats.resources import is_email, is_uri

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

INTEGER_RANGES = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}
_OF_NUMBERS = frozenset({"double", "float"})

_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](.[0-9]+)?(z|[+-][0-9]{2}:[0-9]{2})")
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})")
_LONG_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_SSN = re.compile(r"[0-9]{3}[- ][0-9]{2}[- ][0-9]{4}")
_LEAP_YEAR = 4
_LONGEST_NAME = 253
_SHADE = r"\s*(?:0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*"


@dataclass(frozen=True, slots=True)
class Format:
    """A format of texts.

    Attributes:
        words: what such a text is, for a message.
        accepts: whether a text is one.
    """

    words: str
    accepts: Callable[[str], bool]


def format_of(schema: Mapping[str, Any]) -> Format | None:
    """The format of the texts that *schema* takes; ``None`` when it has none that means anything."""
    name = schema.get("format")
    if not isinstance(name, str) or schema.get("type") not in (None, "string"):
        return None
    return FORMATS.get(name.replace("-", ""))


def integer_range(schema: Mapping[str, Any]) -> tuple[int, int] | None:
    """The least and the greatest of the integers that *schema* takes by its format."""
    return INTEGER_RANGES.get(schema.get("format", "")) if schema.get("type") == "integer" else None


def has_meaning(schema: Mapping[str, Any]) -> bool:
    """Whether the format of *schema* means something to an API server, which passes over all others."""
    is_number = schema.get("type") == "number" and schema.get("format") in _OF_NUMBERS
    return is_number or integer_range(schema) is not None or format_of(schema) is not None


def is_date(text: str) -> bool:
    """The full-date of RFC 3339."""
    match = _DATE.fullmatch(text)
    try:
        # Go's calendar has a year 0, and it is a leap year.
        return match is not None and bool(dt.date(int(match[1]) or _LEAP_YEAR, int(match[2]), int(match[3])))
    except ValueError:
        return False


def is_date_time(text: str) -> bool:
    """A date, a T, and a time with a zone; a leap second is refused."""
    date, mark, rest = text.lower().partition("t")
    return bool(mark) and is_date(date) and _TIME.fullmatch(rest.partition("t")[0]) is not None


def _is_long_name(text: str) -> bool:
    return len(text) <= _LONGEST_NAME and _LONG_NAME.fullmatch(text) is not None


def _fits(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern, re.ASCII)
    return lambda text: compiled.fullmatch(text) is not None


def _uuid(version: str = "") -> Callable[[str], bool]:
    third = f"{version}[0-9a-f]{{3}}" if version else "[0-9a-f]{4}"
    fourth = "[89ab][0-9a-f]{3}" if version in ("4", "5") else "[0-9a-f]{4}"
    return _fits(rf"(?i:[0-9a-f]{{8}}-?[0-9a-f]{{4}}-?{third}-?{fourth}-?[0-9a-f]{{12}})")


FORMATS = {
    "bsonobjectid": Format("24 hexadecimal digits", _fits("[0-9A-Fa-f]{24}")),
    "byte": Format("text in base64, on one line and not empty", lambda text: _BASE64.fullmatch(text) is not None),
    "cidr": Format("an address range such as 10.0.0.0/8", is_cidr),
    "creditcard": Format("the number of a credit card", is_credit_card),
    "date": Format("a date such as 2026-01-31", is_date),
    "datetime": Format("a date and time such as 2026-01-31T12:00:00Z", is_date_time),
    "duration": Format("a duration such as 1h30m", is_duration),
    "email": Format("an e-mail address", is_email),
    "hexcolor": Format("a colour such as #ff8800", _fits("#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})")),
    "hostname": Format("a host name", is_hostname),
    "ipv4": Format("an IPv4 address such as 10.0.0.1", is_ipv4),
    "ipv6": Format("an IPv6 address such as 2001:db8::1", is_ipv6),
    "isbn": Format("an ISBN such as 978-0321751041", is_isbn),
    "isbn10": Format("an ISBN such as 0321751043", is_isbn10),
    "isbn13": Format("an ISBN such as 978-0321751041", is_isbn13),
    "k8slongname": Format("a DNS subdomain such as a.example.com", _is_long_name),
    "k8sshortname": Format("a DNS label such as my-name", _fits("[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?")),
    "mac": Format("a MAC address such as 00:1a:2b:3c:4d:5e", is_mac),
    "password": Format("any text", lambda _: True),
    "rgbcolor": Format("a colour such as rgb(255,128,0)", _fits(rf"rgb\({_SHADE},{_SHADE},{_SHADE}\)")),
    "ssn": Format("a social security number such as 111-22-3333", lambda text: _SSN.fullmatch(text) is not None),
    "uri": Format("a URI such as https://example.com/a", is_uri),
    "uuid": Format("a UUID", _uuid()),
    "uuid3": Format("a UUID of version 3", _uuid("3")),
    "uuid4": Format("a UUID of version 4", _uuid("4")),
    "uuid5": Format("a UUID of version 5", _uuid("5")),
}
