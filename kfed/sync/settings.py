"""Settings: what a KubeFedConfig and the command line say of how the controller works."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kfed.core.guard import Limits
from kfed.core.mistake import Mistake
from kfed.core.resource import SYSTEM_NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kfed.core.pointer import Path

NAMESPACE = SYSTEM_NAMESPACE
NAME = "kubefed"

_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


@dataclass(frozen=True, slots=True)
class Health:
    """How clusters are probed; seconds, and how many probes in a row it takes to change one's mind."""

    period: float = 10.0
    timeout: float = 3.0
    failures: int = 3
    successes: int = 1


@dataclass(frozen=True, slots=True)
class Settings:
    """How the controller works.

    Attributes:
        namespace: the host's namespace of clusters, type configs and leases.
        adopt: objects that are there before kfed are taken over.
        overwrite: what other managers own is taken from them.
        strict_namespaces: without a FederatedNamespace, objects go nowhere.
        workers: how many objects of a type are worked on at a time.
        deadline: seconds that a write to a member may take.
        patience: seconds that the other clusters of an object wait for a slow one before its status is written.
        health: how clusters are probed.
        guard: what may be deleted without asking.
    """

    namespace: str = NAMESPACE
    adopt: bool = True
    overwrite: bool = False
    strict_namespaces: bool = False
    workers: int = 32
    deadline: float = 15.0
    patience: float = 1.0
    health: Health = field(default_factory=Health)
    guard: Limits = field(default_factory=Limits)


def parse_settings(manifest: Mapping[str, Any] | None, namespace: str = NAMESPACE) -> tuple[Settings, list[Mistake]]:
    """A KubeFedConfig as settings, and what is wrong with it; what is wrong is as by default.

    Args:
        manifest: a KubeFedConfig (``core.kubefed.io/v1beta1``); ``None`` for what holds without one.
        namespace: in which the controller works.
    """
    reader = _Reader(manifest or {})
    sync, probing, guarding = ("spec", "syncController"), ("spec", "clusterHealthCheck"), ("spec", "deletionGuard")
    defaults, health, guard = Settings(), Health(), Limits()
    settings = Settings(
        namespace=namespace,
        adopt=reader.word((*sync, "adoptResources"), ("Enabled", "Disabled"), "Enabled") == "Enabled",
        overwrite=reader.word((*sync, "conflictResolution"), ("Report", "Overwrite"), "Report") == "Overwrite",
        strict_namespaces=reader.word(("spec", "namespaces"), ("Loose", "Strict"), "Loose") == "Strict",
        workers=reader.count((*sync, "maxConcurrentReconciles"), defaults.workers),
        deadline=reader.duration((*sync, "deadline"), defaults.deadline),
        health=Health(
            period=reader.duration((*probing, "period"), health.period),
            timeout=reader.duration((*probing, "timeout"), health.timeout),
            failures=reader.count((*probing, "failureThreshold"), health.failures),
            successes=reader.count((*probing, "successThreshold"), health.successes),
        ),
        guard=Limits(
            share=reader.count((*guarding, "percent"), round(guard.share * 100)) / 100,
            least=reader.count((*guarding, "least"), guard.least),
            window=reader.duration((*guarding, "window"), guard.window),
        ),
    )
    return settings, reader.mistakes


class _Reader:
    """Reads fields of any JSON; what is not as it should be is a mistake, and read as its default."""

    def __init__(self, manifest: Mapping[str, Any]) -> None:
        self._manifest = manifest
        self.mistakes: list[Mistake] = []

    def word(self, path: Path, words: tuple[str, ...], default: str) -> str:
        value = self._value(path)
        if value is None or value in words:
            return str(value or default)
        self._refuse(path, f"one of {', '.join(words)}", default)
        return default

    def count(self, path: Path, default: int) -> int:
        value = self._value(path)
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and value > 0):
            return default if value is None else value
        self._refuse(path, "a whole number above 0", default)
        return default

    def duration(self, path: Path, default: float) -> float:
        value = self._value(path)
        if value is None:
            return default
        parts = _DURATION.findall(value) if isinstance(value, str) else []
        if not parts or "".join(number + unit for number, unit in parts) != value:
            self._refuse(path, "a duration, such as 10s or 1m30s", default)
            return default
        return sum(float(number) * _UNITS[unit] for number, unit in parts)

    def _value(self, path: Path) -> Any:
        value: Any = self._manifest
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        return value

    def _refuse(self, path: Path, expected: str, default: object) -> None:
        message = f"{'.'.join(map(str, path))} is to be {expected}; it is taken as {default}."
        self.mistakes.append(Mistake("wrong-format", message, path, expected=expected))
