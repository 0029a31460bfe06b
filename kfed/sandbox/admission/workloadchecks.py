"""What is not valid about what makes pods of a template, as far as users run into it, in kube-apiserver's words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson

from kfed.sandbox.admission.podchecks import template_causes
from kfed.sandbox.values.causes import forbidden_field, invalid_value, required, unsupported
from kfed.sandbox.values.filling import maps, part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kfed.sandbox.values.causes import Cause
    from kfed.sandbox.values.filling import Manifest

_OPERATORS = frozenset({"In", "NotIn", "Exists", "DoesNotExist"})
_PERCENT = re.compile(r"[0-9]+%")
_PERCENT_SAYS = (
    "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', "
    "regex used for validation is '[0-9]+%')"
)
_NOTHING = (0, "0%")
_BOUNDS = (("maxUnavailable", 0), ("maxSurge", 0))
# Where the strategy of a kind is, which there are, and what a strategy of rolling updates counts.
_STRATEGIES: dict[str, tuple[str, tuple[str, ...], tuple[tuple[str, Any], ...]]] = {
    "daemonset": ("updateStrategy", ("RollingUpdate", "OnDelete"), _BOUNDS),
    "deployment": ("strategy", ("Recreate", "RollingUpdate"), _BOUNDS),
    "statefulset": ("updateStrategy", ("RollingUpdate", "OnDelete"), (("partition", 0), ("maxUnavailable", None))),
}
_ENDING = ("OnFailure", "Never")
_SCHEDULE_FIELDS = 5
_POLICIES = ("OrderedReady", "Parallel")


def workload_causes(kind: str) -> Callable[[Manifest], Iterator[Cause]]:
    """The checks of what makes pods of a template, selects them by their labels, and keeps them running."""

    def check(manifest: Manifest) -> Iterator[Cause]:
        spec = part(manifest, "spec")
        yield from _selector_causes(spec, kind)
        yield from template_causes(part(spec, "template"), "spec.template", ("Always",))
        if kind == "deployment":
            yield from _deployment_causes(spec)
        if kind in _STRATEGIES:
            yield from _strategy_causes(kind, spec)

    return check


def _selector_causes(spec: Manifest, kind: str) -> Iterator[Cause]:
    selector, labels = spec.get("selector"), part(spec, "template", "metadata").get("labels")
    if not isinstance(selector, dict):
        yield required("spec.selector")
        selector = {}
    elif not selector.get("matchLabels") and not selector.get("matchExpressions"):
        yield invalid_value("spec.selector", selector, f"empty selector is invalid for {kind}")
        return
    for index, expression in enumerate(maps(selector, "matchExpressions")):
        operator = expression.get("operator")
        if operator not in _OPERATORS:
            field = f"spec.selector.matchExpressions[{index}].operator"
            yield invalid_value(field, operator, "not a valid selector operator")
            yield invalid_value("spec.selector", selector, "invalid label selector")
            return
    wanted = selector.get("matchLabels") or {}
    has = labels if isinstance(labels, dict) else {}
    if not selector or any(has.get(key) != value for key, value in wanted.items()):
        words = "`selector` does not match template `labels`"
        yield invalid_value("spec.template.metadata.labels", labels or None, words)


def _strategy_causes(kind: str, spec: Manifest) -> Iterator[Cause]:
    """Strategies that there are not; kube-apiserver shows its own struct, and speaks of each kind in another way."""
    name, strategies, numbers = _STRATEGIES[kind]
    strategy = part(spec, name)
    if strategy.get("type") not in strategies:
        rolling = strategy.get("rollingUpdate")
        if isinstance(rolling, dict):
            rolling = {number[0].upper() + number[1:]: rolling.get(number, zero) for number, zero in numbers}
        struct = orjson.Fragment(orjson.dumps({"Type": strategy.get("type", ""), "RollingUpdate": rolling}))
        if kind == "statefulset":
            yield invalid_value(f"spec.{name}", struct, "must be 'RollingUpdate' or 'OnDelete'")
        else:
            yield unsupported(f"spec.{name}", struct, strategies)
    if kind == "statefulset" and spec.get("podManagementPolicy") not in _POLICIES:
        words = "must be 'OrderedReady' or 'Parallel'"
        yield invalid_value("spec.podManagementPolicy", spec.get("podManagementPolicy"), words)


def _deployment_causes(spec: Manifest) -> Iterator[Cause]:
    strategy = part(spec, "strategy")
    surge, unavailable = (part(strategy, "rollingUpdate").get(name) for name in ("maxSurge", "maxUnavailable"))
    if surge in _NOTHING and unavailable in _NOTHING:
        words = "may not be 0 when `maxSurge` is 0"
        yield invalid_value("spec.strategy.rollingUpdate.maxUnavailable", unavailable, words)
    if strategy.get("type") == "Recreate" and "rollingUpdate" in strategy:
        words = "may not be specified when strategy `type` is 'Recreate'"
        yield forbidden_field("spec.strategy.rollingUpdate", words)
    for name, value in part(strategy, "rollingUpdate").items():
        if isinstance(value, str) and not _PERCENT.fullmatch(value):
            yield invalid_value(f"spec.strategy.rollingUpdate.{name}", value, _PERCENT_SAYS)
    deadline = spec.get("progressDeadlineSeconds")
    if isinstance(deadline, int) and 0 <= deadline <= spec.get("minReadySeconds", 0):
        yield invalid_value("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds")


def job_causes(manifest: Manifest) -> Iterator[Cause]:
    """What is not valid about the template of a Job."""
    yield from template_causes(part(manifest, "spec", "template"), "spec.template", _ENDING)


def cron_job_causes(manifest: Manifest) -> Iterator[Cause]:
    """What is not valid about the schedule and the template of a CronJob."""
    schedule = part(manifest, "spec").get("schedule")
    if isinstance(schedule, str) and schedule and not schedule.startswith("@"):
        fields = schedule.split()
        if len(fields) != _SCHEDULE_FIELDS:
            words = f"expected exactly {_SCHEDULE_FIELDS} fields, found {len(fields)}: [{' '.join(fields)}]"
            yield invalid_value("spec.schedule", schedule, words)
    field = "spec.jobTemplate.spec.template"
    yield from template_causes(part(manifest, *field.split(".")), field, _ENDING)
