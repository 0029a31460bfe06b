"""Kills a run at every system call that touches the disk, one after another, and tells what it left each time.

Run as ``python crashing.py SCENARIO FOLDER``; prints a JSON object for each call. A process of its own, so that it can
fork without threads.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from typing import TYPE_CHECKING, Any

from kfed.offline.tree import atomic
from kfed.offline.tree.folder import SIBLING
from kfed.offline.tree.writer import TreeWriter

if TYPE_CHECKING:
    from collections.abc import Callable

CALLS = ("open", "write", "mkdir", "rmdir", "unlink", "rename", "link", "fsync", "fchmod")
FOREIGN = "c1/notes.txt"
OLD = {"kept": b"kept\n", "changed": b"old\n", "gone": b"gone\n"}
NEW = {"kept": b"kept\n", "changed": b"a new text\n", "added": b"added\n"}


def write(folder: str, objects: dict[str, bytes]) -> None:
    """Make *folder* hold *objects*, a namespace for each."""
    with TreeWriter(folder) as writer:
        for name, data in objects.items():
            writer.add("c1", f"ns-{name}", "configmap", name, data)
        writer.commit()


def recover(folder: str) -> None:
    """Do what the next run does first."""
    with TreeWriter(folder):
        pass


def look(folder: str) -> dict[str, str] | None:
    """What is in *folder*, by path; ``None`` when it does not exist."""
    if not os.path.lexists(folder):
        return None
    found = {}
    for where, folders, files in os.walk(folder):
        if not folders and not files:
            found[os.path.relpath(where, folder) + "/"] = ""
        for name in files:
            path = os.path.join(where, name)
            with open(path) as stream:
                found[os.path.relpath(path, folder)] = stream.read()
    return found


def kill_at(number: int) -> None:
    """Let this process die at its call *number*; of a write, half is done by then."""
    count = 0

    def fatal(call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **kwargs: Any) -> Any:
            nonlocal count
            count += 1
            if count > number:
                if call is real_write:
                    call(args[0], bytes(args[1])[: len(args[1]) // 2])
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*args, **kwargs)

        return counted

    real_write = os.write
    for name in CALLS:
        setattr(os, name, fatal(getattr(os, name)))
    atomic.renameat2 = fatal(atomic.renameat2)


def survives(number: int, action: Callable[[], None]) -> bool:
    """Whether *action*, in a process of its own, ends before its call *number*."""
    child = os.fork()
    if child == 0:
        kill_at(number)
        action()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return False
    if status != 0:
        sys.exit("the child failed")
    return True


def prepare(scenario: str, folder: str) -> None:
    """The tree before the run."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(folder + SIBLING, ignore_errors=True)
    if scenario != "create":
        write(folder, OLD)
    if scenario in ("journal", "recovery"):
        with open(os.path.join(folder, FOREIGN), "w") as stream:
            stream.write("mine\n")


def report(scenario: str, folder: str, number: int) -> bool:
    """Crash once at *number*, say what was left, and whether it was the end."""
    prepare(scenario, folder)
    action = (lambda: recover(folder)) if scenario == "recovery" else (lambda: write(folder, NEW))
    if scenario == "recovery":
        survives(DECIDED, lambda: write(folder, NEW))
    ended = survives(number, action)
    at_once = look(folder)
    recover(folder)
    left = sorted(set(os.listdir(os.path.dirname(folder))) - {os.path.basename(folder)})
    told = {"number": number, "ended": ended, "at_once": at_once, "then": look(folder), "left": left}
    sys.stdout.write(json.dumps(told) + "\n")
    return ended


def first_decided(folder: str) -> int:
    """The number of the call after which a run with a journal is carried on with, two moves of it being done."""
    number = 0
    while True:
        prepare("journal", folder)
        survives(number, lambda: write(folder, NEW))
        found = look(folder) or {}
        if ".kfed-new/journal" in found and ".kfed-new/0" not in found and ".kfed-new/1" not in found:
            return number
        number += 1


if __name__ == "__main__":
    SCENARIO, FOLDER = sys.argv[1:]
    DECIDED = first_decided(FOLDER) if SCENARIO == "recovery" else 0
    at = 0
    while not report(SCENARIO, FOLDER, at):
        at += 1
