"""Where a process of kfed starts, as ``kfed`` or ``python -m kfed``, and how it ends when it is told to.

From here on a signal is never a traceback. While something is imported the process ends at once: there is nothing to
tidy up, and not every module survives an exception then. Otherwise the first signal goes up through the run, which
tidies up and ends with 128 and the signal's number, as a shell has it; a second one does not wait for that.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # as in typing, which takes long to import
if TYPE_CHECKING:
    from types import FrameType

try:
    import signal
except KeyboardInterrupt:
    os._exit(130)

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _end_at_once(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  (a signal handler's signature)
    os._exit(128 + number)


def _unwind(number: int, frame: FrameType | None) -> None:
    signal.signal(number, _end_at_once)
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            os._exit(128 + number)
        frame = frame.f_back
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    raise SystemExit(128 + number)


# What whoever started the process wants ignored, as nohup does, stays so.
_heeded = [number for number in _ENDING if signal.getsignal(number) is not signal.SIG_IGN]
for _number in _heeded:
    signal.signal(_number, _end_at_once)


def main() -> int:
    """Run the command line with the arguments of the process.

    Returns:
        The exit code.
    """
    from kfed.cli.main import main as run  # noqa: PLC0415  (importing takes long, and signals are heeded by now)

    try:
        for number in _heeded:
            signal.signal(number, _unwind)
        return run()
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    finally:
        for number in _heeded:
            signal.signal(number, _end_at_once)


if __name__ == "__main__":
    sys.exit(main())
