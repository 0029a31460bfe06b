"""Types: from a federated kind to the type that is federated, and to what its objects are checked against."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from kfed.codegen.wrapper import has_replicas, wrapper_schema
from kfed.core.finding import Severity
from kfed.core.mistake import Mistake
from kfed.core.nearest import nearest
from kfed.core.resource import FEDERATED_VERSION, TYPES_GROUP, Gvk, TypeConfig, federated_resource, owners_of_name
from kfed.errors import SchemaError
from kfed.schema.check.checker import Checker
from kfed.schema.check.node import Node
from kfed.schema.check.paths import PathChecker
from kfed.schema.structural.objectmeta import OBJECT_META
from kfed.schema.upstream.discovery import built_in
from kfed.schema.upstream.types import UpstreamType, replicas_path, structural

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any


_SECRET = Gvk("", "v1", "Secret")
_PREFIX = "Federated"


@dataclass(slots=True)
class Schema:
    """What the objects of one version of one type are checked against.

    Attributes:
        object: checks a whole object of the type.
        paths: checks the paths of overrides.
    """

    object: Checker
    paths: PathChecker

    @classmethod
    def of(cls, structural_schema: dict[str, Any], *, redact: bool) -> Schema:
        """Make one of a structural schema; *redact* keeps values out of messages."""
        return cls(Checker(structural_schema, redact=redact), PathChecker(Node(structural_schema), redact=redact))


@dataclass(slots=True)
class FederatedKind:
    """All that rendering needs to know of one federated type.

    Attributes:
        config: which type is federated as which.
        wrapper: checks a whole federated object.
        target: what its results are checked against.
        secret: the values are nobody's to see.
        file_kind: what the files of its objects begin with, such as ``deployment``.
    """

    config: TypeConfig
    wrapper: Checker
    target: Schema
    secret: bool
    file_kind: str


@dataclass
class TypeBook:
    """Finds the type behind each federated kind, and reads its schema when it is first needed.

    Attributes:
        type_configs: the FederatedTypeConfigs there are, by federated type; they go before everything else.
        read: every type there is a schema of; of two that are described twice, the first is meant. It is called once,
            when it is first needed.
    """

    type_configs: Mapping[Gvk, TypeConfig]
    read: Callable[[], Iterable[UpstreamType]]
    _kinds: dict[Gvk, FederatedKind | Mistake] = field(default_factory=dict)
    _versions: dict[Gvk, Schema | None] = field(default_factory=dict)

    def find(self, federated: Gvk) -> FederatedKind | Mistake:
        """The type behind a federated kind, or why there is none."""
        if federated not in self._kinds:
            self._kinds[federated] = self._resolve(federated)
        return self._kinds[federated]

    def version(self, gvk: Gvk) -> Schema | None:
        """The schema of one version of a type; ``None`` when it is not known."""
        if gvk not in self._versions:
            upstream = self._upstream.get(gvk)
            self._versions[gvk] = None if upstream is None else _read_schema(upstream)
        return self._versions[gvk]

    @cached_property
    def _upstream(self) -> Mapping[Gvk, UpstreamType]:
        """Every type there is a schema of, the first of each name."""
        types: dict[Gvk, UpstreamType] = {}
        for upstream in self.read():
            types.setdefault(upstream.resource.gvk, upstream)
        return types

    @cached_property
    def _usable(self) -> Mapping[str, list[UpstreamType]]:
        """The types that a wrapper may be of when nothing says which, by their kind."""
        types = defaultdict(list)
        for upstream in self._upstream.values():
            if upstream.persisted and upstream.preferred and not upstream.missing:
                types[upstream.resource.gvk.kind].append(upstream)
        return types

    @cached_property
    def _groups(self) -> Mapping[str, set[tuple[str, str]]]:
        """The groups that have a kind, and how it is written there, by its name in lower case."""
        groups = defaultdict(set)
        for gvk in (*self._upstream, *(config.target.gvk for config in self.type_configs.values())):
            groups[gvk.kind.lower()].add((gvk.group, gvk.kind))
        return groups

    def _resolve(self, federated: Gvk) -> FederatedKind | Mistake:
        config = self.type_configs.get(federated)
        if config is None:
            return self._guess(federated)
        if not config.propagating:
            message = (
                f"The FederatedTypeConfig of {federated.kind} says propagation: Disabled, so its objects go nowhere; "
                "enable it, or leave them out."
            )
            return Mistake("propagation-disabled", message, ("kind",), severity=Severity.WARNING)
        upstream = self._upstream.get(config.target.gvk)
        if upstream is None:
            message = (
                f"The schema of {config.target.gvk} is not known, so nothing of it can be checked; "
                "give its CustomResourceDefinition with -f, or another release with --kubernetes."
            )
            return Mistake("unknown-type", message, ("kind",), expected="a type whose schema is known")
        return self._build(config, upstream)

    def _guess(self, federated: Gvk) -> FederatedKind | Mistake:
        """Without a FederatedTypeConfig, FederatedX is the wrapper of the one X there is."""
        if not self._is_wrapper_version(federated):
            usual = Gvk(TYPES_GROUP, FEDERATED_VERSION, federated.kind).api_version
            message = (
                f"Nothing says that {federated.kind} of {federated.api_version} is a federated type; correct the "
                f"apiVersion, which is {usual} by default, or give the FederatedTypeConfig of the type with -f."
            )
            return Mistake("unknown-type", message, ("apiVersion",), expected=usual, nearest=usual)
        kind = federated.kind.removeprefix(_PREFIX)
        named = self._usable.get(kind, ()) if kind != federated.kind else ()
        usable = {upstream.resource.gvk: upstream for upstream in named}
        candidates = [usable[gvk] for gvk in owners_of_name(usable)]
        if len(candidates) == 1:
            resource = candidates[0].resource
            return self._build(TypeConfig(resource, federated_resource(resource, federated.group)), candidates[0])
        if candidates:
            names = ", ".join(sorted(upstream.resource.full_name for upstream in candidates))
            message = f"{federated.kind} could be of {names}; give a FederatedTypeConfig that says which."
            return Mistake("ambiguous-type", message, ("kind",), expected="a kind that one type has")
        kinds = {f"{_PREFIX}{usable}" for usable in self._usable} | {gvk.kind for gvk in self.type_configs}
        message = (
            f"There is no type behind {federated.kind} of {federated.api_version}; correct the kind, or give the "
            "CustomResourceDefinition of the type with -f."
        )
        return Mistake(
            "unknown-type", message, ("kind",), expected="a federated kind", nearest=nearest(federated.kind, kinds)
        )

    def _is_wrapper_version(self, federated: Gvk) -> bool:
        """Whether a group and version are those of wrappers: the usual ones, or those of a wrapper's CRD given."""
        usual = (federated.group, federated.version) == (TYPES_GROUP, FEDERATED_VERSION)
        return usual or federated in self._upstream

    def _build(self, config: TypeConfig, upstream: UpstreamType) -> FederatedKind | Mistake:
        secret = config.target.gvk == _SECRET
        try:
            schema = structural(upstream).schema
        except SchemaError as error:
            return Mistake("unreadable-schema", str(error), ("kind",))
        wrapper = Checker(_whole_wrapper(schema, scales=bool(replicas_path(upstream, schema))), redact=secret)
        target = Schema.of(schema, redact=secret)
        self._versions[config.target.gvk] = target
        return FederatedKind(config, wrapper, target, secret, self._file_kind(config.target.gvk))

    def _file_kind(self, gvk: Gvk) -> str:
        """The kind in lower case; with its group where another group has a kind of that name, and is the older one.

        A kind that differs from another of its group in nothing but capital letters keeps them.
        """
        kind = gvk.kind.lower()
        kinds = self._groups[kind] | {(gvk.group, gvk.kind)}
        first, _ = min(kinds, key=lambda one: (built_in(*one) is None, one))
        if (gvk.group, gvk.kind) != min(one for one in kinds if one[0] == gvk.group):
            kind = gvk.kind
        return kind if gvk.group == first else f"{kind}.{gvk.group}"


def _whole_wrapper(template: dict[str, Any], *, scales: bool) -> dict[str, Any]:
    """The wrapper's schema with metadata spelled out, which a CRD leaves to the API server."""
    schema = wrapper_schema(template, retain_replicas=has_replicas(template), scales=scales)
    spec = schema["properties"]["spec"]
    fields = {name: one if name == "template" else _unpatterned(one) for name, one in spec["properties"].items()}
    properties = {"metadata": OBJECT_META, "spec": {**spec, "properties": fields}}
    return {**schema, "properties": {**schema["properties"], **properties}}


def _unpatterned(schema: Any) -> Any:
    """The same schema without what it says of paths: parsing them tells more, and costs less."""
    match schema:
        case dict():
            return {key: _unpatterned(value) for key, value in schema.items() if key not in {"not", "pattern"}}
        case list():
            return [_unpatterned(value) for value in schema]
    return schema


def _read_schema(upstream: UpstreamType) -> Schema | None:
    try:
        return Schema.of(structural(upstream).schema, redact=upstream.resource.gvk == _SECRET)
    except SchemaError:
        return None


def kind_of(config: TypeConfig, template: dict[str, Any], *, scales: bool = False) -> FederatedKind:
    """A federated type by the schema that its own CustomResourceDefinition carries at ``spec.template``.

    Args:
        config: which type is federated as which.
        template: the structural schema of the target without its status.
        scales: the wrapper has a scale sub-resource.
    """
    secret = config.target.gvk == _SECRET
    wrapper = Checker(_whole_wrapper(template, scales=scales), redact=secret)
    return FederatedKind(config, wrapper, Schema.of(template, redact=secret), secret, config.target.gvk.kind.lower())
