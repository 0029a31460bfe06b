"""Names that the rest of the world gives: of resources (URI), and of people (e-mail)."""

from __future__ import annotations

import ipaddress
import re

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(.*)", re.ASCII | re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ESCAPES = re.compile(r"(?:[^%]|%[0-9A-Fa-f]{2})*", re.DOTALL)
# net/url: in a host, only what is no ASCII is escaped, and a percent sign.
_HOST = re.compile(r"""(?:[A-Za-z0-9._~!$&'()*+,;=:\[\]<>"-]|[^\x00-\x7f]|%25|%[89A-Fa-f][0-9A-Fa-f])*""")
_USER = re.compile(r"(?:[A-Za-z0-9._:~!$&'()*+,;=@-]|%[0-9A-Fa-f]{2})*", re.ASCII)
_PORT = re.compile(r"(?::[0-9]*)?", re.ASCII)
_STRICT = ("http", "https")

_TEXT = r"""[^\s()<>\[\]:;@\\,"\x00-\x20\x7f]"""
_QUOTED = r'"(?:[^"\\\x00-\x08\x0a-\x1f\x7f]|\\[^\x00-\x08\x0a-\x1f\x7f])+"'
_MAILBOX = rf"(?:(?P<local>{_TEXT}+)|{_QUOTED})@[ \t]*(?:(?P<domain>{_TEXT}+)|\[(?P<address>[^\[\]\\\s]*)\])"
_COMMENT = r"(?:[ \t]*\((?:[^()\\]|\\.)*\))?[ \t]*"
_MAIL = (
    re.compile(rf"[ \t]*{_MAILBOX}{_COMMENT}"),
    re.compile(rf"(?:{_TEXT}|{_QUOTED}|[ \t])*<[ \t]*{_MAILBOX}>{_COMMENT}"),
)


def is_uri(text: str) -> bool:
    """What Go's ``url.ParseRequestURI`` takes: an absolute URI, or an absolute path."""
    if _CONTROL.search(text):
        return False
    match = _SCHEME.fullmatch(text)
    scheme, rest = (match[1].lower(), match[2]) if match else ("", text)
    rest = rest.partition("?")[0]
    if not rest.startswith("/"):
        return bool(scheme) or text == "*"
    if not scheme or not rest.startswith("//"):
        return _ESCAPES.fullmatch(rest) is not None
    authority, slash, path = rest[2:].partition("/")
    return _is_authority(scheme, authority) and _ESCAPES.fullmatch(slash + path) is not None


def is_email(text: str) -> bool:
    """What Go's ``mail.ParseAddress`` takes for a single address, with a name or without; it reads groups as well."""
    match = next(filter(None, (mail.fullmatch(text) for mail in _MAIL)), None)
    if match is None or (match["address"] is not None and not _is_ip(match["address"])):
        return False
    return all(_is_dotted(atom) for atom in (match["local"], match["domain"]) if atom is not None)


def _is_authority(scheme: str, authority: str) -> bool:
    user, at, host = authority.rpartition("@")
    return (not at or _USER.fullmatch(user) is not None) and _is_host(scheme, host)


def _is_host(scheme: str, host: str) -> bool:
    if host.startswith("["):
        literal, bracket, port = host[1:].rpartition("]")
        address = literal.partition("%25")[0]
        return bool(bracket) and _PORT.fullmatch(port) is not None and ":" in address and _is_ip(address)
    if "[" in host:
        return False
    _, colon, port = host.partition(":") if scheme in _STRICT else host.rpartition(":")
    return _HOST.fullmatch(host) is not None and (not colon or _PORT.fullmatch(colon + port) is not None)


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return "%" not in text


def _is_dotted(atom: str) -> bool:
    return not (atom.startswith(".") or atom.endswith(".") or ".." in atom)
