"""Write docs/sandbox-contract.md, what the sandbox is held to, from a run of the contract suite.

pytest -n auto tests/sandbox/contract --junit-xml=build/contract.xml
python -m docs.build.sandbox_contract build/contract.xml
python -m docs.build.sandbox_contract --check     the page lists the behaviours that the suite tests; needs no server
"""

from __future__ import annotations

import argparse
import ast
import re
import runpy
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from docs.build.pages import DOCS, write_or_check

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

PAGE = "sandbox-contract.md"
SUITE = Path(__file__).resolve().parents[2] / "tests" / "sandbox" / "contract"
SERVERS = ("real", "sandbox")
HOLDS, FAILS, GAP, NOT_RUN = "holds", "**fails**", "gap", "not run"

HEAD = """\
# What the sandbox is held to

One suite, `tests/sandbox/contract`, asks a real kube-apiserver and the [sandbox](sandbox.md) the same things. Where
they differ the sandbox is wrong. This page is made from a run of it, by `make contract`. A behaviour *holds* when all
its cases did; a *gap* is a difference that is known; what is asked of one server only leaves the other column empty.

{count} behaviours.

## Known gaps

{gaps}

## Left out

{left_out}
"""


@dataclass(frozen=True, slots=True)
class Area:
    """A module of the suite.

    Attributes:
        module: its name, such as ``test_watch``.
        about: the first line of its docstring.
        behaviours: the names of its tests, in order.
    """

    module: str
    about: str
    behaviours: Sequence[str]


def main() -> None:
    """Write the page from a run, or compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", nargs="?", help="what pytest --junit-xml wrote")
    parser.add_argument("--check", action="store_true", help="compare the page with the suite")
    options = parser.parse_args()
    if not options.check and not options.run:
        parser.error("name the file of a run, or give --check")
    outcomes = from_page((DOCS / PAGE).read_text(encoding="utf-8")) if options.check else from_run(Path(options.run))
    write_or_check(PAGE, page(areas(), outcomes))


def areas() -> list[Area]:
    """The modules of the suite and their tests, without importing them."""
    found = []
    for path in sorted(SUITE.glob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        about = (ast.get_docstring(tree) or "").splitlines()[0]
        tests = [node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]
        found.append(Area(path.stem, about, tests))
    return found


def from_run(path: Path) -> dict[tuple[str, str, str], str]:
    """What came of each behaviour on each server: the worst of its cases.

    Args:
        path: the XML that pytest wrote.

    Returns:
        Outcomes by module, behaviour and server.
    """
    outcomes: dict[tuple[str, str, str], str] = {}
    order = (HOLDS, NOT_RUN, GAP, FAILS)
    for case in ET.parse(path).iter("testcase"):  # noqa: S314  # pytest wrote it
        name, _, parameters = case.get("name", "").partition("[")
        server = parameters.rstrip("]").split("-")[0]
        key = (case.get("classname", "").rpartition(".")[2], name, server if server in SERVERS else "sandbox")
        outcomes[key] = max(outcomes.get(key, HOLDS), _outcome(case), key=order.index)
    return outcomes


def _outcome(case: ET.Element) -> str:
    """What came of one case."""
    if case.find("failure") is not None or case.find("error") is not None:
        return FAILS
    skipped = case.find("skipped")
    if skipped is None:
        return HOLDS
    return GAP if skipped.get("type") == "pytest.xfail" else NOT_RUN


def from_page(text: str) -> dict[tuple[str, str, str], str]:
    """The outcomes that a page tells, as :func:`from_run` gives them."""
    outcomes: dict[tuple[str, str, str], str] = {}
    module = ""
    for line in text.splitlines():
        if heading := re.fullmatch(r"<!-- (test_\w+) -->", line):
            module = heading[1]
        elif row := re.fullmatch(r"\| (.+?) \| (.*?) \| (.*?) \|", line):
            name = f"test_{row[1].replace(' ', '_')}"
            outcomes |= {(module, name, server): row[place] for place, server in enumerate(SERVERS, 2) if row[place]}
    return outcomes


def page(listed: Iterable[Area], outcomes: Mapping[tuple[str, str, str], str]) -> str:
    """The page as it should be."""
    known = runpy.run_path(str(SUITE / "gaps.py"))
    listed = list(listed)
    gaps = [f"* {_words(name)}: {why}" for name, why in sorted(known["KNOWN_GAPS"].items())]
    head = HEAD.format(
        count=sum(len(area.behaviours) for area in listed),
        gaps="\n".join(gaps) or "None.",
        left_out="\n".join(f"* {what}" for what in known["LEFT_OUT"]),
    )
    return head + "".join(_section(area, outcomes) for area in listed)


def _section(area: Area, outcomes: Mapping[tuple[str, str, str], str]) -> str:
    """One area's table."""
    rows = "".join(
        f"| {' | '.join([_words(name), *(outcomes.get((area.module, name, server), '') for server in SERVERS)])} |\n"
        for name in area.behaviours
    )
    return f"\n## {area.about.rstrip('.')}\n\n<!-- {area.module} -->\n\n| | real | sandbox |\n|---|---|---|\n{rows}"


def _words(name: str) -> str:
    """A test's name as a sentence without a full stop."""
    return name.removeprefix("test_").replace("_", " ")


if __name__ == "__main__":
    main()
