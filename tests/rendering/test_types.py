"""The types of a judgment: what it leaves out of the wrapper's schema, it says itself."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from kfed.codegen.wrapper import wrapper_schema
from kfed.core.federated import parse_federated
from kfed.core.resource import Gvk, Resource, Scope, TypeConfig, federated_resource
from kfed.schema.check.checker import Checker

WIDGET = Resource(Gvk("example.com", "v1", "Widget"), "widgets", Scope.NAMESPACED)
CONFIG = TypeConfig(WIDGET, federated_resource(WIDGET, "types.kubefed.io"))
HOST = Checker(wrapper_schema({"type": "object"}, retain_replicas=False), redact=False)
PATHS = st.text(st.sampled_from('/[]=,"\\~01-ab\n '), max_size=16)


@given(PATHS | PATHS.map("/{}".format))
@example("")
def test_path_that_the_schema_refuses_is_a_mistake_without_the_schema(path: str) -> None:
    overrides = [{"clusterName": "berlin", "clusterOverrides": [{"path": path, "value": 1}]}]
    manifest: dict[str, Any] = {"spec": {"template": {}, "overrides": overrides}}
    (patch,) = parse_federated(manifest, CONFIG).overrides[0].patches
    assert HOST.check(manifest) == [] or patch.mistake is not None
