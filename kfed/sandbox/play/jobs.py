"""What the controller of Jobs does: pods until enough of them have done their work."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from kfed.sandbox.play.acting import Again, Create, Delete, is_ending, is_ready, moment, new_pod, stamp, with_status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kfed.sandbox.play.acting import Action, Manifest

_INDEX = "batch.kubernetes.io/job-completion-index"
_REACHED = ("CompletionsReached", "Reached expected number of succeeded pods")


def play_job(job: Manifest, pods: Sequence[Manifest], now: dt.datetime) -> list[Action]:
    """What is to be done about a Job.

    Args:
        job: as it is.
        pods: those that it controls.
        now: the time.
    """
    status = job.get("status") or {}
    if is_ending(job):
        return []
    if status.get("completionTime"):
        return _cleaned(job, status, now)
    done = [pod for pod in pods if pod.get("status", {}).get("phase") == "Succeeded"]
    active = [
        pod for pod in pods if pod.get("status", {}).get("phase") in {"Pending", "Running"} and not is_ending(pod)
    ]
    if job["spec"].get("suspend"):
        return [*(Delete("pods", pod) for pod in active), *_reported(job, done, [], now)]
    actions: list[Action] = []
    if not _is_done(job, done, active):
        actions += [_pod(job, index) for index in _missing(job, done, active)]
    return [*actions, *_reported(job, done, active, now)]


def _is_done(job: Manifest, done: list[Manifest], active: list[Manifest]) -> bool:
    completions = job["spec"].get("completions")
    if completions is None:  # any one that succeeds says that the work is done
        return bool(done) and not active
    return len(done) >= int(completions)


def _missing(job: Manifest, done: list[Manifest], active: list[Manifest]) -> list[int | None]:
    """The indices of the pods that are to be made; ``None`` for one without."""
    spec = job["spec"]
    completions, parallel = spec.get("completions"), spec.get("parallelism", 1)
    if completions is None:
        return [] if done else [None] * max(parallel - len(active), 0)
    number = max(min(parallel, completions - len(done)) - len(active), 0)
    if spec.get("completionMode") != "Indexed":
        return [None] * number
    taken = {pod["metadata"].get("annotations", {}).get(_INDEX) for pod in (*done, *active)}
    missing: list[int | None] = [index for index in range(completions) if str(index) not in taken]
    return missing[:number]


def _pod(job: Manifest, index: int | None) -> Create:
    name, template = job["metadata"]["name"], job["spec"]["template"]
    if index is None:
        return new_pod(job, template, {}, generateName=f"{name}-")
    labels, annotations = {_INDEX: str(index)}, {_INDEX: str(index)}
    return new_pod(job, template, labels, generateName=f"{name}-{index}-", annotations=annotations)


def _reported(job: Manifest, done: list[Manifest], active: list[Manifest], now: dt.datetime) -> list[Action]:
    before = job.get("status") or {}
    is_suspended = bool(job["spec"].get("suspend"))
    finished = not is_suspended and _is_done(job, done, active)
    conditions = list(before.get("conditions") or ())
    if is_suspended:
        conditions = _suspended(conditions, now)
    elif finished:
        conditions += [_condition("SuccessCriteriaMet", *_REACHED, now), _condition("Complete", *_REACHED, now)]
    status: Manifest = {
        **({"active": len(active)} if active and not finished else {}),
        **({"conditions": conditions} if conditions else {}),
        "ready": 0 if finished else sum(map(is_ready, active)),
        **({} if is_suspended else {"startTime": before.get("startTime") or stamp(now)}),
        **({"succeeded": len(done)} if done else {}),
        "terminating": 0,
        "uncountedTerminatedPods": {},
    }
    if finished:
        status["completionTime"] = stamp(now)
        if job["spec"].get("completionMode") == "Indexed":
            status["completedIndexes"] = _ranges(job["spec"]["completions"])
    return with_status(job, status, "jobs")


def _ranges(completions: int) -> str:
    return "0" if completions == 1 else f"0-{completions - 1}" if completions else ""


def _suspended(conditions: list[Manifest], now: dt.datetime) -> list[Manifest]:
    if any(found["type"] == "Suspended" for found in conditions):
        return conditions
    return [*conditions, _condition("Suspended", "JobSuspended", "Job suspended", now)]


def _condition(type_: str, reason: str, message: str, now: dt.datetime) -> Manifest:
    time = stamp(now)
    said = {"type": type_, "status": "True", "reason": reason, "message": message}
    return {**said, "lastProbeTime": time, "lastTransitionTime": time}


def _cleaned(job: Manifest, status: Manifest, now: dt.datetime) -> list[Action]:
    """A Job that is done goes after a while, where it says so."""
    seconds = job["spec"].get("ttlSecondsAfterFinished")
    if seconds is None:
        return []
    left = (moment(status["completionTime"]) + dt.timedelta(seconds=seconds) - now).total_seconds()
    return [Again(left)] if left > 0 else [Delete("jobs", job)]
