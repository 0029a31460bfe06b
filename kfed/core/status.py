"""Status: what became of a federated object, as its status says it; KubeFed's form, with messages and sums."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kfed.core.plan import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_LINE = 60  # characters of a printed column
_MESSAGE = 1024  # characters of a message: a status is no log


@dataclass(frozen=True, slots=True)
class Result:
    """What became of the object in one cluster.

    Attributes:
        state: `State.CURRENT` when it is as it should be.
        message: why it is not.
        placed: the cluster is to have the object; otherwise it is on its way out.
        generation: of the federated object, as it was last applied there; 0 when it is not known.
        remote: the object's own status there, when it is collected.
    """

    state: State = State.CURRENT
    message: str = ""
    placed: bool = True
    generation: int = 0
    remote: Any = None


def status_of(
    results: Mapping[str, Result],
    generation: int,
    before: Mapping[str, Any] | None,
    now: str,
    trouble: tuple[str, str] = ("", ""),
) -> dict[str, Any]:
    """The status of a federated object.

    Args:
        results: by cluster.
        generation: of the federated object.
        before: the status that it has.
        now: the time, as RFC 3339 has it.
        trouble: a reason, in one word and in a sentence, that goes before what the clusters say.

    Returns:
        The new status: *before* itself, unchanged, when there is nothing new but the time.
    """
    before = before if isinstance(before, dict) else {}
    clusters = [_cluster(name, result) for name, result in sorted(results.items())]
    behind = [name for name, result in sorted(results.items()) if result.state is not State.CURRENT]
    placed = sum(result.placed for result in results.values())
    current = sum(result.placed and result.state is State.CURRENT for result in results.values())
    reason, message = trouble if trouble[0] else _reason(results, behind)
    status: dict[str, Any] = {
        "observedGeneration": generation,
        "summary": f"{current}/{placed}",
        "placed": placed,
        "current": current,
        "behind": _fitted(behind),
        "clusters": clusters,
    }
    condition = {"type": "Propagation", "status": "False" if reason else "True", "reason": reason, "message": message}
    status = {key: value for key, value in status.items() if value not in ("", [])}
    return _timed(status, {key: value for key, value in condition.items() if value}, before, now)


def _cluster(name: str, result: Result) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": name}
    if result.state is not State.CURRENT:
        entry["status"] = str(result.state)
    if result.message:
        entry["message"] = result.message[:_MESSAGE]
    if result.generation:
        entry["observedGeneration"] = result.generation
    if result.remote is not None:
        entry["remoteStatus"] = result.remote
    return entry


def _reason(results: Mapping[str, Result], behind: list[str]) -> tuple[str, str]:
    if not behind:
        return "", ""
    first = results[behind[0]]
    others = f" {len(behind) - 1} other clusters are behind, too." if len(behind) > 1 else ""
    said = first.message or f"{first.state}."
    return "CheckClusters", f"{behind[0]}: {said}{others}"[:_MESSAGE]


def _timed(status: dict[str, Any], condition: dict[str, Any], before: Mapping[str, Any], now: str) -> dict[str, Any]:
    """The status with its times: that of the last transition stays while status and reason do."""
    known: list[dict[str, Any]] = before.get("conditions") or []
    old = next((one for one in known if one.get("type") == condition["type"]), {})
    same = all(old.get(key, "") == condition.get(key, "") for key in ("status", "reason"))
    transition = old.get("lastTransitionTime", now) if same else now
    told = {key: value for key, value in old.items() if not key.endswith("Time")}
    if told == condition and {key: value for key, value in before.items() if key != "conditions"} == status:
        return dict(before)
    times = {"lastTransitionTime": transition, "lastUpdateTime": now}
    return {**status, "conditions": [{**condition, **times}]}


def _fitted(names: Iterable[str]) -> str:
    """Names, as many as fit a line, and how many more there are."""
    shown: list[str] = []
    rest = list(names)
    while rest and len(",".join([*shown, rest[0]])) <= _LINE:
        shown.append(rest.pop(0))
    return ",".join(shown) + (f" +{len(rest)}" if rest else "")
