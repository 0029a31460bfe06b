"""Guard: whether so much may be deleted at once.

Guarantees:
    Deletions that together take more than a share of what is managed of one type, or all that one cluster has of it,
    are not let through, when that is ten objects or more: none of those that are asked for together, and of those that
    come one by one no more than the share within a time.
Assumptions:
    What a change does away with is asked for together: whoever asks waits until a change has been looked at whole.
Does not:
    Know why something is deleted, nor who asked. An acknowledgement lets through the number it names, no more.
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from kfed.core.key import Key


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be deleted without asking.

    Attributes:
        share: of the objects of a type, within *window*; 0.5 for a half.
        least: fewer than so many are never held back.
        window: seconds.
    """

    share: float = 0.5
    least: int = 10
    window: float = 600.0


LIMITS = Limits()

ACKNOWLEDGE = "kfed.io/acknowledge-deletions"


@dataclass(frozen=True, slots=True)
class Stop:
    """Why deletions are held back.

    Attributes:
        count: how many there would be, with those done lately.
        managed: of how many.
        where: the type or the cluster that loses them, in words.
        owner: what is to be annotated, in words.
    """

    count: int
    managed: int
    where: str
    owner: str

    @property
    def message(self) -> str:
        """The reason in a sentence that says what to do."""
        return (
            f"{self.count} of {self.managed} objects {self.where} would be deleted, which is not done unasked; if that "
            f"is meant, annotate {self.owner} with {ACKNOWLEDGE}: {str(self.count)!r}."
        )


class Guard:
    """The deletions of all types: those done lately, and those asked for.

    Args:
        limits: what may be deleted without asking.

    Attributes:
        used: the agreements that have let something through, by the names that `stop` knows them by.
    """

    def __init__(self, limits: Limits = LIMITS) -> None:
        self._limits = limits
        self._done: deque[tuple[float, str, str]] = deque()
        self.used: set[str] = set()
        self._asked: dict[str, dict[Key, frozenset[str]]] = defaultdict(dict)

    def ask(self, kind: str, key: Key, clusters: Collection[str]) -> None:
        """Note that the copies of an object in some clusters are to be deleted; none withdraws it."""
        if clusters:
            self._asked[kind][key] = frozenset(clusters)
        else:
            self._asked[kind].pop(key, None)

    def asked(self, kind: str) -> Collection[Key]:
        """The objects of a type of which copies are to be deleted."""
        return self._asked[kind].keys()

    def asks_of(self, cluster: str) -> bool:
        """Whether anything of a cluster is to be deleted."""
        return any(cluster in clusters for asked in self._asked.values() for clusters in asked.values())

    def done(self, kind: str, key: Key, cluster: str, now: float) -> None:
        """Note that a copy was deleted; *now* is of a clock that only goes on."""
        self._done.append((now, kind, cluster))
        self.ask(kind, key, self._asked[kind].get(key, frozenset()) - {cluster})

    def stop(
        self, kind: str, managed: Mapping[str, Mapping[str, int]], agreed: Mapping[str, int], now: float
    ) -> Stop | None:
        """Why the deletions of a type are held back; ``None`` when they may be done.

        Args:
            kind: the type.
            managed: how many objects of each type there are now, by cluster.
            agreed: how many deletions somebody has agreed to, by type, and by cluster with a slash before its name.
            now: as for `done`.
        """
        while self._done and now - self._done[0][0] > self._limits.window:
            self._done.popleft()
        stop = self._of_type(kind, managed.get(kind, {}))
        if stop is not None:
            return self._unless_agreed(stop, kind, agreed)
        for cluster in sorted(set().union(*self._asked[kind].values())):
            stop = self._of_cluster(cluster, managed)
            if stop is not None and (stop := self._unless_agreed(stop, f"/{cluster}", agreed)):
                return stop
        return None

    def _unless_agreed(self, stop: Stop, name: str, agreed: Mapping[str, int]) -> Stop | None:
        if agreed.get(name, 0) < stop.count:
            return stop
        self.used.add(name)
        return None

    def _of_type(self, kind: str, managed: Mapping[str, int]) -> Stop | None:
        lately = sum(done == kind for _, done, _ in self._done)
        count = sum(map(len, self._asked[kind].values())) + lately
        before = sum(managed.values()) + lately
        if count >= self._limits.least and count > self._limits.share * before:
            return Stop(count, before, f"of the type {kind}", f"the FederatedTypeConfig {kind}")
        return None

    def _of_cluster(self, cluster: str, managed: Mapping[str, Mapping[str, int]]) -> Stop | None:
        lately = sum(done == cluster for _, _, done in self._done)
        count = sum(cluster in clusters for asked in self._asked.values() for clusters in asked.values()) + lately
        before = sum(of_type.get(cluster, 0) for of_type in managed.values()) + lately
        if count >= self._limits.least and count >= before:
            return Stop(count, before, f"in the cluster {cluster}", f"the KubeFedCluster {cluster}")
        return None
