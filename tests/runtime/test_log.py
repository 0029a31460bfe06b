"""A line of the log: a fixed message, and the facts beside it."""

from __future__ import annotations

import io
import json
import logging
import re
from typing import TYPE_CHECKING

import pytest

from kfed.runtime.log import log_to

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    logger = logging.getLogger("kfed")
    before = (logger.handlers, logger.level, logger.propagate)
    yield
    logger.handlers, logger.level, logger.propagate = before[0], before[1], before[2]


def _logged(form: str, **facts: object) -> str:
    stream = io.StringIO()
    log_to(stream, form=form)
    log = logging.getLogger("kfed.runtime.feed")
    log.debug("too small")
    log.info("in sync", extra=facts)
    return stream.getvalue()


def test_text_has_time_level_place_message_and_facts() -> None:
    line = _logged("text", source="host/deployments.apps", objects=3, error='said "no"', empty="")
    time, rest = line.split(" ", 1)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", time)
    assert (
        rest == r'INFO runtime.feed: in sync source=host/deployments.apps objects=3 error="said \"no\"" empty=""' + "\n"
    )


def test_json_has_the_same_under_their_names() -> None:
    line = json.loads(_logged("json", key="shop/web", objects=3, odd=complex(1, 2)))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("time"))
    assert line == {
        "level": "INFO",
        "logger": "kfed.runtime.feed",
        "message": "in sync",
        "key": "shop/web",
        "objects": 3,
        "odd": "(1+2j)",
    }


@pytest.mark.parametrize("form", ["text", "json"])
def test_traceback_is_there(form: str) -> None:
    stream = io.StringIO()
    log_to(stream, form=form)
    try:
        int("oops")
    except ValueError:
        logging.getLogger("kfed").exception("a fault of ours", extra={"key": "shop/web"})
    assert "ValueError: invalid literal" in stream.getvalue()
    assert "a fault of ours" in stream.getvalue()
