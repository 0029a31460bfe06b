"""How kfed logs: a short fixed message that names a turn, and the facts beside it.

    _log.info("cluster joined", extra={"cluster": "member1", "key": "shop/web"})

The message is always the same for the same turn, so that it can be searched for; what differs is in ``extra``, under
names that mean the same everywhere: ``key`` (namespace/name), ``cluster``, ``source``, ``controller``, ``error``, and
``after`` (seconds until it is tried again). A turn that an operator acts on is a warning; an error is a fault of kfed.
Secrets and whole objects are never logged.
"""

from __future__ import annotations

import datetime as dt
import logging
import sys
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from typing import TextIO

_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class Text(logging.Formatter):
    """``2026-11-25T13:05:02.123Z INFO runtime.feed: in sync source=deployments.apps objects=800``."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        facts = "".join(f" {name}={_quoted(value)}" for name, value in _facts(record).items())
        where = record.name.removeprefix("kfed.")
        line = f"{_time(record)} {record.levelname} {where}: {record.getMessage()}{facts}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class Json(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and each fact under its name."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        line = {"time": _time(record), "level": record.levelname, "logger": record.name, "message": record.getMessage()}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return orjson.dumps(line | _facts(record), default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def log_to(stream: TextIO = sys.stderr, *, form: str = "text", level: str = "INFO") -> None:
    """Let all that kfed logs go to *stream*, as ``text`` or ``json``."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Json() if form == "json" else Text())
    logger = logging.getLogger("kfed")
    logger.handlers = [handler]
    logger.setLevel(level)
    logger.propagate = False


def _facts(record: logging.LogRecord) -> dict[str, Any]:
    return {name: value for name, value in vars(record).items() if name not in _OWN}


def _time(record: logging.LogRecord) -> str:
    moment = dt.datetime.fromtimestamp(record.created, dt.UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _quoted(value: Any) -> str:
    text = str(value)
    return orjson.dumps(text).decode() if not text or any(sign in text for sign in ' "=\n\t') else text
