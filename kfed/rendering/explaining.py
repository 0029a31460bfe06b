"""Explaining: for one object of one cluster, each field that is not the template's, and the rule that set it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

import orjson

from kfed.core.escaping import printable, printable_json
from kfed.core.overrides import ABSENT, Origin
from kfed.core.pointer import to_pointer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kfed.core.pointer import Path
    from kfed.core.render import Rendered

REDACTED = "(a Secret's value; --with-secrets shows it)"


@dataclass(frozen=True, slots=True)
class Step:
    """One rule that changed a field.

    Attributes:
        rule: in words, such as ``overrides of cluster1, entry 0``.
        source: ``file:line:column``; empty for kfed's own rules.
        op: ``add``, ``remove`` or ``replace``.
        value: what it set; `ABSENT` when it removed.
        before: what the field would have been without it; `ABSENT` when it was not there.
    """

    rule: str
    source: str
    op: str
    value: Any
    before: Any


@dataclass(frozen=True, slots=True)
class FieldOrigin:
    """One field and the rules that changed it, in the order they did; the last one won.

    Attributes:
        path: JSON pointer; an index counts the elements as they stood when the rule was applied.
        steps: what each rule did.
        result: what the field is in the end; `ABSENT` when it is gone, or when it lies behind an index.
    """

    path: str
    steps: tuple[Step, ...]
    result: Any


def explain(template: Any, rendered: Rendered, locate: Callable[[Path], str]) -> list[FieldOrigin]:
    """Each field of one cluster's object that differs from the template, in the order of paths.

    A field that was set and taken away again is among them where a rule made what it was in, for without it nobody
    could tell why that is not as the rule says.

    Args:
        template: of the federated object, as it stands there.
        rendered: what was made of it.
        locate: where a path of the federated object is, in words such as ``file:line:column``.
    """
    # The maps that kfed makes on the way to a field of its own tell nobody anything.
    telling = (origin for origin in rendered.origins if origin.at is not None or origin.value != {})
    ordered = sorted(telling, key=lambda origin: to_pointer(origin.path))
    fields: list[FieldOrigin] = []
    told: set[Path] = set()
    for path, origins in groupby(ordered, key=lambda origin: origin.path):
        inside = any(path[:depth] in told for depth in range(1, len(path)))
        if inside or _differs(path, template, rendered.manifest):
            told.add(path)
            steps = tuple(_step(origin, locate) for origin in origins)
            fields.append(FieldOrigin(to_pointer(path), steps, _get(rendered.manifest, path)))
    return fields


def explain_text(fields: list[FieldOrigin], *, redact: bool) -> str:
    """The explanation for people to read."""
    if not fields:
        return "Nothing differs from the template.\n"
    return "\n".join(_field_text(field, redact=redact) for field in fields)


def explain_json(cluster: str, fields: list[FieldOrigin], *, redact: bool) -> str:
    """The explanation as a line of JSON.

    It is ``{"cluster", "fields": [{path, result?, steps: [{rule, source, op, value?, before?}]}]}``.
    """
    found = [_field_json(field, redact=redact) for field in fields]
    return printable_json(orjson.dumps({"cluster": cluster, "fields": found}).decode()) + "\n"


def _step(origin: Origin, locate: Callable[[Path], str]) -> Step:
    if origin.at is None:
        return Step(origin.rule, "", origin.op, origin.value, origin.before)
    rule = f"{origin.rule}, entry {origin.at[-1]}"
    return Step(rule, locate(origin.at), origin.op, origin.value, origin.before)


def _differs(path: Path, template: Any, manifest: Any) -> bool:
    """Whether a field is not the template's; behind a list's index nothing can be compared, so it counts."""
    if any(isinstance(token, int) for token in path):
        return True
    return bool(_get(template, path) != _get(manifest, path))


def _get(value: Any, path: Path) -> Any:
    for token in path:
        if not isinstance(value, dict) or token not in value:
            return ABSENT
        value = value[token]
    return value


def _field_text(field: FieldOrigin, *, redact: bool) -> str:
    lines = [field.path]
    last = field.steps[-1]
    if field.result is not ABSENT and field.result != last.value:
        lines.append(f"    in the end: {_shown(field.result, redact=redact)}")
    for step in reversed(field.steps):
        where = f" at {step.source}" if step.source else ""
        lines.append(f"    {_verb(step, redact=redact)}  by {step.rule}{where}")
        lines.append(f"        without it: {_shown(step.before, redact=_hides(step, redact=redact))}")
    return "\n".join(map(printable, lines)) + "\n"


def _verb(step: Step, *, redact: bool) -> str:
    return "removed" if step.op == "remove" else f"= {_shown(step.value, redact=_hides(step, redact=redact))}"


def _hides(step: Step, *, redact: bool) -> bool:
    """Whether what a step did is not to be seen; what kfed itself sets is in no way secret."""
    return redact and bool(step.source)


def _shown(value: Any, *, redact: bool) -> str:
    if value is ABSENT:
        return "nothing"
    return REDACTED if redact else orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def _field_json(field: FieldOrigin, *, redact: bool) -> Mapping[str, Any]:
    shown: dict[str, Any] = {"path": field.path}
    if field.result is not ABSENT:
        hidden = any(_hides(step, redact=redact) for step in field.steps)
        shown["result"] = REDACTED if hidden else field.result
    return shown | {"steps": [_step_json(step, redact=redact) for step in field.steps]}


def _step_json(step: Step, *, redact: bool) -> Mapping[str, Any]:
    shown = {"rule": step.rule, "source": step.source, "op": step.op}
    for name, value in (("value", step.value), ("before", step.before)):
        if value is not ABSENT:
            shown[name] = REDACTED if _hides(step, redact=redact) else value
    return shown
