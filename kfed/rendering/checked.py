"""Checking: one federated object to the objects of its clusters, looked at before, on the way and after."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from kfed.core.federated import Federated, parse_federated
from kfed.core.render import Refused, Rendered, render
from kfed.core.unselected import unselected_mistakes
from kfed.rendering.mistakes import tell_once
from kfed.rendering.patches import patch_mistakes
from kfed.rendering.results import TEMPLATE, ResultCheck

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kfed.core.mistake import Mistake
    from kfed.rendering.types import FederatedKind, TypeBook
    from kfed.rendering.world import World


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one federated object came to.

    Attributes:
        federated: the object, parsed.
        clusters: each chosen cluster by name: its object, or why it gets none.
        mistakes: everything wrong or doubtful that is to be told, each once, warnings included.
    """

    federated: Federated
    clusters: Mapping[str, Rendered | Refused]
    mistakes: tuple[Mistake, ...]

    @property
    def rendered(self) -> Mapping[str, Rendered]:
        """The object of each cluster that gets one."""
        return {name: result for name, result in self.clusters.items() if isinstance(result, Rendered)}


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
    # As the host's API server stores it, so that what CI shows and what the controller reads there are the same.
    federated = replace(federated, template=kind.target.object.settled(federated.template))
    wrapper = kind.wrapper.check(manifest)
    incomplete = [mistake for mistake in wrapper if _is_incomplete_template(mistake)]
    schema_mistakes = [mistake for mistake in wrapper if not _is_incomplete_template(mistake)]
    namespace = world.namespace_rule(federated.namespace)
    of_patches = list(patch_mistakes(federated, kind))
    rendering = render(federated, world.clusters, namespace=namespace, lists=kind.target.paths.list_rule)
    mistakes = [mistake for _, mistake in of_patches]
    mistakes += rendering.mistakes
    mistakes += unselected_mistakes(federated, world.clusters, namespace)
    with ExitStack() as checking:
        check = ResultCheck(kind, types, checking, known=[*mistakes, *wrapper], of_patches=of_patches)
        clusters = {cluster: check.judge(cluster, result) for cluster, result in rendering.clusters.items()}
    mistakes += check.news
    mistakes += check.judge_template(incomplete, any_cluster=any(map(_is_rendered, rendering.clusters.values())))
    return Outcome(federated, clusters, tuple(tell_once(schema_mistakes, mistakes)))


def _is_rendered(result: Rendered | Refused) -> bool:
    return isinstance(result, Rendered)


def _is_incomplete_template(mistake: Mistake) -> bool:
    return mistake.rule == "missing-required" and mistake.at[:2] == TEMPLATE
