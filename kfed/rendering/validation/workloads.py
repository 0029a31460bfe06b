"""Workloads: the selector against the pods' labels, strategies, restart policies, schedules."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from kfed.core.mistake import Mistake
from kfed.core.selector import parse_selector
from kfed.rendering.validation.parts import elements, number, part
from kfed.rendering.validation.pods import pod_mistakes, restart_mistakes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kfed.core.pointer import Path

_POD = ("spec", "template", "spec")
_NOT_OWN = ("OnFailure", "Never")
_MACROS = ("@annually", "@daily", "@hourly", "@midnight", "@monthly", "@weekly", "@yearly")
_FIELD = re.compile(r"[0-9A-Za-z*?/,-]+")
_CRON_NAME_LENGTH = 52  # a Job's name is the CronJob's and eleven characters more


def workload_mistakes(manifest: Mapping[str, Any]) -> Iterator[Mistake]:
    """A Deployment, a ReplicaSet, a StatefulSet or a DaemonSet."""
    spec = part(manifest, "spec")
    yield from _selector(spec)
    yield from restart_mistakes(part(manifest, *_POD), _POD, ("Always",))
    claims = [part(claim, "metadata").get("name") for _, claim in elements(spec, "volumeClaimTemplates", ())]
    yield from pod_mistakes(part(manifest, *_POD), _POD, claims)
    if manifest.get("kind") == "Deployment":
        yield from _strategy(spec)


def job_mistakes(manifest: Mapping[str, Any]) -> Iterator[Mistake]:
    """A Job: its pods end."""
    yield from restart_mistakes(part(manifest, *_POD), _POD, _NOT_OWN, default=False)
    yield from pod_mistakes(part(manifest, *_POD), _POD)


def cron_job_mistakes(manifest: Mapping[str, Any]) -> Iterator[Mistake]:
    """A CronJob: its schedule, its name, and the pods of its Jobs."""
    name = part(manifest, "metadata").get("name")
    if isinstance(name, str) and len(name) > _CRON_NAME_LENGTH:
        message = (
            f"The name of a CronJob has at most {_CRON_NAME_LENGTH} characters, for its Jobs add theirs; shorten it."
        )
        yield Mistake("bad-name", message, ("metadata", "name"), expected=f"at most {_CRON_NAME_LENGTH} characters")
    schedule = part(manifest, "spec").get("schedule")
    if isinstance(schedule, str):
        yield from _schedule(schedule)
    path = ("spec", "jobTemplate", *_POD)
    yield from restart_mistakes(part(manifest, *path), path, _NOT_OWN, default=False)
    yield from pod_mistakes(part(manifest, *path), path)


def _selector(spec: Mapping[str, Any]) -> Iterator[Mistake]:
    value = spec.get("selector")
    if not isinstance(value, dict):
        return
    at: Path = ("spec", "selector")
    if not value.get("matchLabels") and not value.get("matchExpressions"):
        message = "The selector selects nothing of its own; give it labels that the template's pods have."
        yield Mistake("selector-mismatch", message, at, expected="labels")
        return
    selector, mistakes = parse_selector(value, at)
    labels = part(spec, "template", "metadata", "labels")
    if selector is None or mistakes or any(not isinstance(label, str) for label in labels.values()):
        return
    if not selector.matches(labels):
        message = (
            "The selector does not match the labels of its own pods; give spec.template.metadata.labels "
            f"{_wanted(value)}."
        )
        yield Mistake("selector-mismatch", message, at, expected="labels that the template's pods have")


def _wanted(selector: Mapping[str, Any]) -> str:
    labels = part(selector, "matchLabels")
    return ", ".join(f"{key}: {value}" for key, value in labels.items()) or "what it asks for"


def _strategy(spec: Mapping[str, Any]) -> Iterator[Mistake]:
    strategy = part(spec, "strategy")
    rolling = strategy.get("rollingUpdate")
    at: Path = ("spec", "strategy", "rollingUpdate")
    if strategy.get("type") == "Recreate" and rolling is not None:
        message = "A Recreate strategy takes no rollingUpdate; remove it, or use the type RollingUpdate."
        yield Mistake("server-rule", message, at, on_key=True, expected="no rollingUpdate")
    elif isinstance(rolling, dict) and all(rolling.get(key) in (0, "0%") for key in ("maxSurge", "maxUnavailable")):
        message = "With maxSurge and maxUnavailable both 0 nothing can ever be updated; raise one of them."
        yield Mistake("server-rule", message, (*at, "maxUnavailable"), expected="more than 0, here or in maxSurge")


def _schedule(schedule: str) -> Iterator[Mistake]:
    """A schedule is a macro, or five fields; what is in the fields is the server's to say."""
    at: Path = ("spec", "schedule")
    fields = schedule.split()
    if "TZ=" in schedule:
        message = "A schedule cannot hold a time zone; name it in spec.timeZone."
        yield Mistake("wrong-format", message, at, expected="a schedule without TZ")
    elif schedule.startswith("@every ") or schedule in _MACROS:
        return
    elif len(fields) != len("mhdMw") or not all(_FIELD.fullmatch(field) for field in fields):
        message = f"{schedule!r} is no schedule; give minute, hour, day of the month, month and day of the week."
        yield Mistake("wrong-format", message, at, expected="five fields, as in 0 3 * * 1")


def autoscaler_mistakes(manifest: Mapping[str, Any]) -> Iterator[Mistake]:
    """A HorizontalPodAutoscaler: the least is no more than the most."""
    spec = part(manifest, "spec")
    least, most = number(spec.get("minReplicas")), number(spec.get("maxReplicas"))
    if most is not None and most < 1:
        message = f"maxReplicas is {most}; let there be at least 1."
        yield Mistake("out-of-range", message, ("spec", "maxReplicas"), expected="1 or more")
    elif least is not None and most is not None and least > most:
        message = f"minReplicas is {least} and maxReplicas is {most}; the most cannot be less than the least."
        yield Mistake("out-of-range", message, ("spec", "maxReplicas"), expected=f"{least} or more")


def budget_mistakes(manifest: Mapping[str, Any]) -> Iterator[Mistake]:
    """A PodDisruptionBudget: one of the two."""
    spec = part(manifest, "spec")
    if spec.get("minAvailable") is not None and spec.get("maxUnavailable") is not None:
        message = "A budget has minAvailable or maxUnavailable, not both; remove one."
        yield Mistake("server-rule", message, ("spec", "maxUnavailable"), on_key=True, expected="one of the two")
