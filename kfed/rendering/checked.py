"""Checking: one federated object to the objects of its clusters, looked at before, on the way and after."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from kfed.core.federated import Federated, parse_federated
from kfed.core.finding import Severity
from kfed.core.mistake import Mistake
from kfed.core.overridepath import to_text
from kfed.core.render import Refused, Rendered, render
from kfed.core.resource import Gvk
from kfed.rendering.mistakes import name_elements, tell_once

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from kfed.core.patch import Patch
    from kfed.core.pointer import Path
    from kfed.rendering.types import FederatedKind, TypeBook
    from kfed.rendering.world import World

_TEMPLATE = ("spec", "template")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one federated object came to.

    Attributes:
        federated: the object, parsed.
        rendered: the object of each cluster that gets one, by cluster.
        mistakes: everything wrong or doubtful, warnings included.
    """

    federated: Federated
    rendered: Mapping[str, Rendered]
    mistakes: tuple[Mistake, ...]


def render_checked(manifest: Mapping[str, Any], kind: FederatedKind, world: World, types: TypeBook) -> Outcome:
    """Render a federated object for every cluster there is, and check it on the way.

    This is the one judgment of kfed: files and servers are held to what it says.

    Args:
        manifest: the federated object.
        kind: its type.
        world: clusters and namespaces.
        types: where to find the schema of another version that an override asks for.
    """
    federated = parse_federated(manifest, kind.config)
    wrapper = kind.wrapper.check(manifest)
    incomplete = [mistake for mistake in wrapper if _is_incomplete_template(mistake)]
    schema_mistakes = [mistake for mistake in wrapper if not _is_incomplete_template(mistake)]
    patch_mistakes = list(_check_patches(federated, kind))
    blamed = {at for at, mistake in patch_mistakes if mistake.severity is Severity.ERROR}
    rendering = render(
        federated,
        world.clusters,
        namespace=world.namespace_rule(federated.namespace),
        lists=kind.target.paths.list_rule,
    )
    mistakes = [mistake for _, mistake in patch_mistakes]
    mistakes += rendering.mistakes
    rendered: dict[str, Rendered] = {}
    with ExitStack() as checking:
        check = _ResultCheck(kind, types, checking, known=[*mistakes, *wrapper], blamed=blamed)
        for cluster, result in rendering.clusters.items():
            match result:
                case Rendered():
                    rendered[cluster] = result
                    mistakes += check.check(cluster, result)
                case Refused(refusals):
                    # What is wrong with a patch for every cluster need not be told again for each.
                    mistakes += [refusal for refusal in refusals if refusal.at[:-1] not in blamed]
    mistakes += check.judge(incomplete, any_cluster=bool(rendered))
    return Outcome(federated, rendered, tuple(tell_once(schema_mistakes, mistakes)))


class _ResultCheck:
    """Checks each cluster's result, and blames what is new in it on the rule that made it so."""

    def __init__(
        self,
        kind: FederatedKind,
        types: TypeBook,
        checking: ExitStack,
        *,
        known: Iterable[Mistake],
        blamed: set[Path],
    ) -> None:
        """The results are not to change before *checking* ends."""
        self._types, self._checking = types, checking
        self._checks = {kind.config.target.gvk: checking.enter_context(kind.target.object.checking())}
        self._known = {(mistake.rule, mistake.at) for mistake in known}
        self._shapeless = {at for rule, at in self._known if rule == "wrong-type"}
        self._blamed = blamed
        self._still_missing: set[tuple[str, Path]] = set()

    def check(self, cluster: str, result: Rendered) -> Iterator[Mistake]:
        """What is wrong with one result that was not wrong with the template, nor with a patch taken for itself."""
        manifest = result.manifest
        version = Gvk.parse(str(manifest.get("apiVersion", "")), str(manifest.get("kind", "")))
        check = self._check_of(version)
        if check is None:
            yield _unchecked(version, cluster, result)
            return
        for mistake in check(manifest):
            at = _template_path(mistake.at)
            self._still_missing.add((mistake.rule, at))
            if (mistake.rule, at) in self._known or any(at[:depth] in self._shapeless for depth in range(len(at))):
                continue
            origin = _blame(mistake, result)
            if origin is None:
                yield replace(mistake, at=at, cluster=cluster)
            elif origin not in self._blamed:
                place = to_text(tuple(map(str, mistake.at)))
                message = f"In {cluster} the result is wrong at {place}: {mistake.message}"
                yield replace(mistake, at=origin, cluster=cluster, message=message, on_key=False)

    def _check_of(self, version: Gvk) -> Callable[[Any], list[Mistake]] | None:
        if version not in self._checks:
            schema = self._types.version(version)
            if schema is None:
                return None
            self._checks[version] = self._checking.enter_context(schema.object.checking())
        return self._checks[version]

    def judge(self, incomplete: Iterable[Mistake], *, any_cluster: bool) -> Iterator[Mistake]:
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


def _unchecked(version: Gvk, cluster: str, result: Rendered) -> Mistake:
    message = (
        f"The schema of {version} is not known, so the result for {cluster} was not checked; "
        "give another release with --kubernetes, or the CustomResourceDefinition with -f."
    )
    rules = [origin.at for origin in result.origins if origin.path == ("apiVersion",) and origin.at is not None]
    at: Path = (*rules[-1], "value") if rules else (*_TEMPLATE, "apiVersion")
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


def _check_patches(federated: Federated, kind: FederatedKind) -> Iterator[tuple[Path, Mistake]]:
    """Each patch for itself, before any cluster: does the path fit the type, and the value the path?

    Yields:
        Where the patch stands, and what is wrong with it.
    """
    lists = [entry.patches for entry in federated.selector_overrides]
    lists += [entry.patches for entry in federated.overrides]
    for patches in lists:
        written: dict[str, Patch] = {}
        for patch in patches:
            if patch.mistake is not None:
                yield patch.at, patch.mistake
                continue
            for mistake in kind.target.paths.check_patch(
                patch.op, patch.tokens, patch.value, has_value=patch.has_value
            ):
                if mistake.rule == "index-into-keyed-list" and not kind.secret:
                    mistake = name_elements(mistake, patch.tokens, federated.template, kind.target.paths.list_rule)  # noqa: PLW2901  the same one, in better words
                yield patch.at, _in_patch(mistake, patch)
            if not patch.has_value and patch.op != "remove":
                yield patch.at, _without_value(patch)
            before = written.get(patch.path)
            if before is not None and before.op == patch.op == "replace":
                yield patch.at, _repeated(patch, before)
            written[patch.path] = patch


def _without_value(patch: Patch) -> Mistake:
    message = f"The {patch.op} of {patch.path} gives no value, which sets null; give a value, or use op: remove."
    return Mistake("missing-value", message, patch.at, severity=Severity.WARNING, expected="a value")


def _repeated(patch: Patch, before: Patch) -> Mistake:
    message = (
        f"{patch.path} is replaced twice; the value of the entry at index {before.at[-1]} is never seen. Keep one."
    )
    return Mistake("repeated-path", message, (*patch.at, "path"), severity=Severity.WARNING, expected="each path once")


def _in_patch(mistake: Mistake, patch: Patch) -> Mistake:
    """A mistake within an operation as one of the object that the operation stands in."""
    in_value = mistake.at[0] == "value"
    message = f"{patch.path}: {mistake.message}" if in_value else mistake.message
    return replace(mistake, at=(*patch.at, *mistake.at), message=message)


def _is_incomplete_template(mistake: Mistake) -> bool:
    return mistake.rule == "missing-required" and mistake.at[:2] == _TEMPLATE


def _template_path(path: Path) -> Path:
    return (*_TEMPLATE, *path)
