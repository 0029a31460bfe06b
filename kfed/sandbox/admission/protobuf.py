"""Objects in protocol buffers, the form in which kubectl sends what it creates.

Which field has which number is in ``data/protobuf.json``, made by ``tests/facts/protobuf.py``: for each message its
fields by number, as ``<name> <kind>``. A field without a name is embedded: its own fields stand in its place. Kinds:

======== ============================================= ======== =====================================
``s``    string                                        ``q``    Quantity
``b``    bool                                          ``o``    IntOrString
``i``    whole number                                  ``r``    raw JSON
``d``    number                                        ``w``    list of strings, in a message
``x``    bytes, base64 in JSON                         ``[]K``  list of K
``t``    Time; ``u`` MicroTime; ``n`` Duration         ``{}K``  map from string to K
======== ============================================= ======== =====================================

Anything else is the name of a message. ``*`` in front stands for a pointer: what is not nil is there, even if zero.
``!`` in front: JSON has it even if it is zero.
"""

from __future__ import annotations

import base64
import datetime as dt
import struct
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator

DATA = Path(__file__).parent / "data" / "protobuf.json"

_MAGIC = b"k8s\x00"
_SIGN, _WRAP = 1 << 63, 1 << 64
_ZEROS: dict[str, Any] = {"s": "", "b": False, "i": 0, "d": 0, "x": ""}
_DEEPEST = 100


class ProtobufError(ValueError):
    """The bytes are no such object."""


def decode_object(data: bytes) -> dict[str, Any]:
    """The object in a body, as JSON has it.

    Raises:
        ProtobufError: it is none, or of a type that is not known.
    """
    if not data.startswith(_MAGIC):
        raise ProtobufError("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]")
    try:
        envelope = dict(_fields(data[len(_MAGIC) :]))
        type_meta = {number: value.decode() for number, value in _fields(envelope.get(1, b""))}
        version, kind = type_meta.get(1, ""), type_meta.get(2, "")
        name = _message(version, kind)
        return {"kind": kind, "apiVersion": version, **_decoded(name, envelope.get(2, b""), 0)}
    except (IndexError, struct.error, UnicodeDecodeError, AttributeError, TypeError, OverflowError) as error:
        raise ProtobufError("the protobuf message is damaged") from error


@cache
def _messages() -> dict[str, dict[int, tuple[str, str]]]:
    read: dict[str, dict[str, str]] = orjson.loads(DATA.read_bytes())
    return {
        message: {int(number): (field.partition(" ")[0], field.partition(" ")[2]) for number, field in fields.items()}
        for message, fields in read.items()
    }


def _message(version: str, kind: str) -> str:
    group, _, number = version.rpartition("/")
    for name in (f"{group.partition('.')[0] or 'core'}/{number}.{kind}", f"meta/v1.{kind}"):
        if name in _messages():
            return name
    raise ProtobufError(f'no kind "{kind}" is registered for version "{version}" in protocol buffers; send JSON')


def _decoded(message: str, data: bytes, depth: int) -> dict[str, Any]:
    """A message as an object."""
    if depth > _DEEPEST:
        raise ProtobufError("the protobuf message is nested too deeply")
    fields = _messages().get(message, {})  # what is of an alpha version is not known
    result: dict[str, Any] = {}
    for number, raw in _fields(data):
        name, kind = fields.get(number, ("", ""))
        if not kind:
            continue  # of a newer client
        if not name:
            result |= _decoded(kind.lstrip("!*"), raw, depth + 1)
        else:
            _add(result, name, kind, raw, depth)
    return result


def _add(result: dict[str, Any], name: str, kind: str, raw: Any, depth: int) -> None:
    bare = kind.lstrip("!")
    if bare.startswith("[]"):
        result.setdefault(name, []).append(_value(bare[2:].lstrip("*"), raw, depth))
    elif bare.startswith("{}"):
        entry = dict(_fields(raw))
        element = bare[2:]
        value = _value(element, entry[2], depth) if 2 in entry else _ZEROS.get(element, {})  # noqa: PLR2004  (key 1, value 2)
        result.setdefault(name, {})[entry.get(1, b"").decode()] = value
    else:
        value = _value(bare.lstrip("*"), raw, depth)
        is_empty = value in (None, "", 0, {}, False)
        is_kept = bare.startswith("*") or (kind.startswith("!") and value != {})
        if not is_empty or (is_kept and value is not None):
            result[name] = value


def _value(kind: str, raw: Any, depth: int) -> Any:  # noqa: C901, PLR0911  (one line a kind)
    match kind:
        case "s":
            return raw.decode()
        case "i":
            return raw - _WRAP if raw & _SIGN else raw
        case "b":
            return bool(raw)
        case "d":
            return struct.unpack("<d", struct.pack("<Q", raw))[0]
        case "x":
            return base64.b64encode(raw).decode()
        case "t" | "u":
            return _time(dict(_fields(raw)), micro=kind == "u")
        case "n":
            return f"{dict(_fields(raw)).get(1, 0) / 1e9:g}s"
        case "q":
            return dict(_fields(raw)).get(1, b"0").decode()
        case "o":
            parts = dict(_fields(raw))
            return parts.get(3, b"").decode() if parts.get(1) else _value("i", parts.get(2, 0), depth)
        case "r":
            inner = dict(_fields(raw)).get(1, b"")
            return orjson.loads(inner) if inner else None
        case "w":
            return [item.decode() for _, item in _fields(raw)]
    return _decoded(kind, raw, depth + 1)


def _time(parts: dict[int, Any], *, micro: bool) -> str | None:
    if not parts:
        return None
    seconds = _value("i", parts.get(1, 0), 0)
    moment = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=seconds)
    text = moment.strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{parts.get(2, 0) // 1000:06d}Z" if micro else f"{text}Z"


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    """The numbers and raw values in a message."""
    place = 0
    while place < len(data):
        key, place = _varint(data, place)
        value: Any
        match key & 7:
            case 0:
                value, place = _varint(data, place)
            case 1:
                (value,), place = struct.unpack_from("<Q", data, place), place + 8
            case 2:
                length, place = _varint(data, place)
                value, place = data[place : place + length], place + length
                if place > len(data):
                    raise ProtobufError("the protobuf message is cut off")
            case 5:
                (value,), place = struct.unpack_from("<I", data, place), place + 4
            case _:
                raise ProtobufError("the protobuf message is damaged")
        yield key >> 3, value


def _varint(data: bytes, place: int) -> tuple[int, int]:
    result = shift = 0
    while True:
        byte = data[place]
        place += 1
        result |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004  (the top bit says whether there is more)
            return result & (_WRAP - 1), place
        shift += 7
        if shift > 63:  # noqa: PLR2004  (bits)
            raise ProtobufError("the protobuf message is damaged")
