"""Results: each cluster's object held to its type, and what is wrong in it blamed on the rule that made it so."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kfed.core.finding import Severity
from kfed.core.mistake import Mistake
from kfed.core.overridepath import to_text
from kfed.core.render import Refused, Rendered
from kfed.core.resource import Gvk
from kfed.rendering.validation.rules import server_mistakes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import ExitStack

    from kfed.core.pointer import Path
    from kfed.rendering.types import FederatedKind, TypeBook

TEMPLATE: Path = ("spec", "template")


class ResultCheck:
    """Holds each cluster's result to its type.

    Attributes:
        news: what is wrong with the results that was not wrong with the template, nor with a patch taken for itself.
    """

    def __init__(
        self,
        kind: FederatedKind,
        types: TypeBook,
        checking: ExitStack,
        *,
        known: Iterable[Mistake],
        of_patches: Iterable[tuple[Path, Mistake]],
    ) -> None:
        """The results are not to change before *checking* ends.

        Args:
            kind: the type.
            types: the schemas of other versions.
            checking: what is remembered of the results ends with it.
            known: what is wrong with the federated object.
            of_patches: where each patch that is wrong stands, and what is wrong with it.
        """
        self.news: list[Mistake] = []
        self._types, self._checking = types, checking
        self._checks = {kind.config.target.gvk: checking.enter_context(kind.target.object.checking())}
        self._known = {(mistake.rule, mistake.at) for mistake in known}
        self._shapeless = {at for rule, at in self._known if rule == "wrong-type"}
        self._still_missing: set[tuple[str, Path]] = set()
        self._of_patches: dict[Path, list[Mistake]] = defaultdict(list)
        for at, mistake in of_patches:
            if mistake.severity is Severity.ERROR:
                self._of_patches[at].append(mistake)

    def judge(self, cluster: str, result: Rendered | Refused) -> Rendered | Refused:
        """The result of *cluster* if it is right; whether it can be told to be is among the news."""
        if isinstance(result, Refused):
            # What is wrong with a patch for every cluster need not be told again for each.
            self.news += [mistake for mistake in result.mistakes if mistake.at[:-1] not in self._of_patches]
            return result
        self.news += result.mistakes
        manifest = result.manifest
        version = Gvk.parse(str(manifest.get("apiVersion", "")), str(manifest.get("kind", "")))
        check = self._check_of(version)
        if check is None:
            self.news.append(_unchecked(version, cluster, result))
            return result
        mistakes = [
            named
            for mistake in _without_second(check(manifest), server_mistakes(version, manifest))
            if mistake.rule != "ignored-null"  # told where it was given
            for named in self._blamed(mistake, cluster, result)
        ]
        refusing = tuple(mistake for mistake in mistakes if mistake.severity is Severity.ERROR)
        return Refused(refusing) if refusing else result

    def _blamed(self, mistake: Mistake, cluster: str, result: Rendered) -> list[Mistake]:
        """A mistake in a result as those of the federated object that brought it about; new ones are noted."""
        at = (*TEMPLATE, *mistake.at)
        self._still_missing.add((mistake.rule, at))
        origin = _blame(mistake, result)
        if origin in self._of_patches:
            return self._of_patches[origin]
        if origin is None:
            named = replace(mistake, at=at, cluster=cluster)
        else:
            place = to_text(tuple(map(str, mistake.at)))
            message = f"In {cluster} the result is wrong at {place}: {mistake.message}"
            named = replace(mistake, at=origin, cluster=cluster, message=message, on_key=False)
        if (mistake.rule, at) not in self._known and not any(at[:depth] in self._shapeless for depth in range(len(at))):
            self.news.append(named)
        return [named]

    def _check_of(self, version: Gvk) -> Callable[[Any], list[Mistake]] | None:
        if version not in self._checks:
            schema = self._types.version(version)
            if schema is None:
                return None
            self._checks[version] = self._checking.enter_context(schema.object.checking())
        return self._checks[version]

    def judge_template(self, incomplete: Iterable[Mistake], *, any_cluster: bool) -> Iterator[Mistake]:
        """What the template lacks is wrong unless the overrides of every cluster supply it."""
        for mistake in incomplete:
            if not any_cluster or (mistake.rule, mistake.at) in self._still_missing:
                yield mistake
            else:
                message = (
                    f"{mistake.message} Every cluster's overrides supply it, so the results are whole; "
                    "generate the type with --partial, or the host's API server will refuse the template."
                )
                yield replace(mistake, rule="partial-template", message=message, severity=Severity.WARNING)


def _without_second(schema: list[Mistake], server: Iterable[Mistake]) -> Iterator[Mistake]:
    """What a schema says of a place, and what a server says of others; what is missing may be what is misspelt."""
    yield from schema
    told = {mistake.at for mistake in schema if mistake.at}
    misspelt = {mistake.at[:-1] for mistake in schema if mistake.rule == "unknown-field"}
    for mistake in server:
        if mistake.rule == "missing-required" and mistake.at[:-1] in misspelt:
            continue
        if not any(mistake.at[:depth] in told for depth in range(1, len(mistake.at) + 1)):
            yield mistake


def _unchecked(version: Gvk, cluster: str, result: Rendered) -> Mistake:
    message = (
        f"The schema of {version} is not known, so the result for {cluster} was not checked; "
        "give another release with --kubernetes, or the CustomResourceDefinition with -f."
    )
    rules = [origin.at for origin in result.origins if origin.path == ("apiVersion",) and origin.at is not None]
    at: Path = (*rules[-1], "value") if rules else (*TEMPLATE, "apiVersion")
    return Mistake("unchecked-version", message, at, severity=Severity.WARNING, cluster=cluster)


def _blame(mistake: Mistake, result: Rendered) -> Path | None:
    """Where in the federated object the rule stands that brought a mistake about; ``None`` for the template itself."""
    path = mistake.at
    for origin in reversed(result.origins):
        if origin.at is None:
            continue
        shared = min(len(origin.path), len(path))
        removed_here = origin.op == "remove" and origin.path[:-1] == path[: len(origin.path) - 1]
        if origin.path[:shared] == path[:shared] or removed_here:
            return origin.at
    return None
