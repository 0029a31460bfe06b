"""Addresses of networks and of hosts, as Go's standard library reads them."""

from __future__ import annotations

import ipaddress
import re
import unicodedata

# An API server passes over leading zeros, which Go itself refuses by now.
_LEADING_ZEROS = re.compile(r"\b0+(?=[0-9A-Fa-f])", re.ASCII)
_OCTETS = frozenset({6, 8, 20})
_LONGEST_MAC = 59
_LONGEST_HOST = 255
_LONGEST_LABEL = 63
# A host name with "a" for each letter of any script, "0" for each digit and symbol, and its dashes and dots.
_HOST = re.compile(r"[a0](?:-?[a0]{0,62})|(?:[a0](?:[a0-]{0,61}[a0])?\.)+a{2,63}")


def is_ipv4(text: str) -> bool:
    """An IPv4 address, which may be within one of IPv6; leading zeros are passed over."""
    return "." in text and _address(_LEADING_ZEROS.sub("", text)) is not None


def is_ipv6(text: str) -> bool:
    """An IPv6 address, without a zone."""
    return ":" in text and _address(text) is not None


def is_cidr(text: str) -> bool:
    """An address and the length of a prefix; bits beyond the prefix may be set."""
    host, _, length = text.partition("/")
    address = _address(_LEADING_ZEROS.sub("", host))
    digits = _LEADING_ZEROS.sub("", length)
    return address is not None and bool(re.fullmatch("[0-9]{1,3}", digits)) and int(digits) <= address.max_prefixlen


def is_mac(text: str) -> bool:
    """Six, eight or twenty octets: in pairs of digits, with a colon or a dash between them, or none, or in fours."""
    if len(text) > _LONGEST_MAC:
        return False
    separator, size = (text[2:3], 2) if text[2:3] in (":", "-") else (text[4:5], 4) if text[4:5] == "." else ("", 0)
    parts = text.split(separator) if separator else [text]
    digits = "".join(parts)
    is_even = all(len(part) == size for part in parts) if separator else len(text) % 2 == 0
    return is_even and len(digits) // 2 in _OCTETS and bool(re.fullmatch("[0-9A-Fa-f]+", digits))


def is_hostname(text: str) -> bool:
    """A host name (RFC 1034), or one in letters of any script; one label has one dash at most."""
    if len(text.encode(errors="replace")) > _LONGEST_HOST:
        return False
    is_short = all(len(label.encode(errors="replace")) <= _LONGEST_LABEL for label in text.split("."))
    return is_short and _HOST.fullmatch("".join(map(_sort, text))) is not None


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return None if "%" in text else ipaddress.ip_address(text)
    except ValueError:
        return None


def _sort(character: str) -> str:
    if character in "-.":
        return character
    if character.isascii():
        return "a" if character.isalpha() else "0" if character.isdigit() or character in "$+<=>^`|~" else "?"
    return {"L": "a", "S": "0"}.get(unicodedata.category(character)[0], "?")
