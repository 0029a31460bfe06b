"""Formats of a schema: which texts the API server takes for a date-time, an address, a duration.

The names are those that the API reference of JSONSchemaProps lists; a format with another name is not checked, there
as here, and neither are bson object ids, ISBN, credit card and social security numbers and colours.
"""

from __future__ import annotations

import binascii
import datetime as dt
import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# Go's decoder refuses a number that does not fit the field.
INTEGER_RANGES = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}

_DATE_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:[.,]\d+)?(?:[Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)", re.ASCII
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_GO_DURATION = re.compile(r"[+-]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)", re.ASCII)
_WORD_DURATION = re.compile(r"-?\s?\d+(?:\.\d+)?\s*([A-Za-zµ]+)", re.ASCII)
_UNITS = frozenset(
    {"ns", "nano", "nanos", "nanosecond", "nanoseconds", "us", "µs", "micro", "micros", "microsecond", "microseconds"}
    | {"ms", "milli", "millis", "millisecond", "milliseconds", "s", "sec", "secs", "second", "seconds"}
    | {"m", "min", "mins", "minute", "minutes", "h", "hr", "hrs", "hour", "hours"}
    | {"d", "day", "days", "w", "wk", "wks", "week", "weeks"}
)
_URI = re.compile(r"/|[A-Za-z][A-Za-z0-9+.-]*:", re.ASCII)
_EMAIL = re.compile(r"(?:[^<>@]*<)?[^\s<>@,;]+@[^\s<>@,;]+>?")
_HOSTNAME = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)(?:\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*\.?", re.ASCII)
_MAC = re.compile(r"[0-9A-Fa-f]{2}([:-])(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}", re.ASCII)
_LABEL = re.compile(r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?", re.ASCII)
_LONG_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*", re.ASCII)
_LONGEST_NAME = 253


@dataclass(frozen=True, slots=True)
class Format:
    """A format of texts.

    Attributes:
        words: what such a text is, for a message.
        accepts: whether a text is one.
    """

    words: str
    accepts: Callable[[str], bool]


def _uuid(version: str) -> re.Pattern[str]:
    third = f"{version}[0-9a-f]{{3}}" if version else "[0-9a-f]{4}"
    fourth = "[89ab][0-9a-f]{3}" if version in ("4", "5") else "[0-9a-f]{4}"
    return re.compile(rf"[0-9a-f]{{8}}-?[0-9a-f]{{4}}-?{third}-?{fourth}-?[0-9a-f]{{12}}", re.ASCII | re.IGNORECASE)


def _fits(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda text: pattern.fullmatch(text) is not None


def is_date_time(text: str) -> bool:
    """RFC 3339, as Go's ``time.RFC3339`` has it: a zone is needed, and a leap second is refused."""
    match = _DATE_TIME.fullmatch(text)
    return match is not None and _is_moment(f"{match[1]}T{match[2]}")


def is_date(text: str) -> bool:
    """The full-date of RFC 3339."""
    return _DATE.fullmatch(text) is not None and _is_moment(text)


def is_base64(text: str) -> bool:
    """Standard base64 with padding, in which Go's decoder passes over line breaks."""
    try:
        binascii.a2b_base64(text.replace("\n", "").replace("\r", ""), strict_mode=True)
    except ValueError:
        return False
    return True


def is_ipv4(text: str) -> bool:
    """An IPv4 address; leading zeros are refused."""
    return _is_address(text, 4)


def is_ipv6(text: str) -> bool:
    """An IPv6 address, without a zone."""
    return "%" not in text and _is_address(text, 6)


def is_cidr(text: str) -> bool:
    """An address and the length of a prefix; bits beyond the prefix may be set."""
    address, slash, length = text.partition("/")
    if not slash or not (length.isascii() and length.isdigit()):
        return False
    if is_ipv4(address):
        return int(length) <= ipaddress.IPV4LENGTH
    return is_ipv6(address) and int(length) <= ipaddress.IPV6LENGTH


def is_uri(text: str) -> bool:
    """What Go's ``url.ParseRequestURI`` takes: an absolute URI or an absolute path, without control characters."""
    return _URI.match(text) is not None and all(character >= " " and character != "\x7f" for character in text)


def is_duration(text: str) -> bool:
    """A Go duration such as ``1h30m``, or one in words such as ``2 days``."""
    if _GO_DURATION.fullmatch(text):
        return True
    return any(unit.lower() in _UNITS for unit in _WORD_DURATION.findall(text))


def is_long_name(text: str) -> bool:
    """A DNS subdomain (RFC 1123) as Kubernetes has it."""
    return len(text) <= _LONGEST_NAME and _LONG_NAME.fullmatch(text) is not None


def _is_moment(text: str) -> bool:
    try:
        dt.datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_address(text: str, version: int) -> bool:
    try:
        return ipaddress.ip_address(text).version == version
    except ValueError:
        return False


_DATE_TIME_FORMAT = Format("a date and time such as 2026-01-31T12:00:00Z", is_date_time)

FORMATS = {
    "byte": Format("text in base64", is_base64),
    "cidr": Format("an address range such as 10.0.0.0/8", is_cidr),
    "date": Format("a date such as 2026-01-31", is_date),
    "date-time": _DATE_TIME_FORMAT,
    "datetime": _DATE_TIME_FORMAT,
    "duration": Format("a duration such as 1h30m", is_duration),
    "email": Format("an e-mail address", _fits(_EMAIL)),
    "hostname": Format("a host name", _fits(_HOSTNAME)),
    "ipv4": Format("an IPv4 address such as 10.0.0.1", is_ipv4),
    "ipv6": Format("an IPv6 address such as 2001:db8::1", is_ipv6),
    "k8s-long-name": Format("a DNS subdomain such as a.example.com", is_long_name),
    "k8s-short-name": Format("a DNS label such as my-name", _fits(_LABEL)),
    "mac": Format("a MAC address such as 00:1a:2b:3c:4d:5e", _fits(_MAC)),
    "uri": Format("a URI such as https://example.com/a", is_uri),
    "uuid": Format("a UUID", _fits(_uuid(""))),
    "uuid3": Format("a UUID of version 3", _fits(_uuid("3"))),
    "uuid4": Format("a UUID of version 4", _fits(_uuid("4"))),
    "uuid5": Format("a UUID of version 5", _fits(_uuid("5"))),
}
