"""FederatedTypeConfigs are read as KubeFed reads them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kfed.core.resource import Gvk, Scope, TypeConfig
from kfed.core.rules import RULES
from kfed.core.typeconfig import parse_type_config

TARGET = {
    "group": "apps",
    "version": "v1",
    "kind": "Deployment",
    "pluralName": "deployments",
    "scope": "Namespaced",
}
FEDERATED = {
    "group": "types.kubefed.io",
    "version": "v1beta1",
    "kind": "FederatedDeployment",
    "pluralName": "federateddeployments",
    "scope": "Namespaced",
}
STATUS = {
    "group": "core.kubefed.io",
    "version": "v1alpha1",
    "kind": "FederatedDeploymentStatus",
    "pluralName": "federateddeploymentstatuses",
    "scope": "Namespaced",
}


def manifest(name: str = "deployments.apps", **spec: Any) -> dict[str, Any]:
    whole = {"targetType": TARGET, "federatedType": FEDERATED, "propagation": "Enabled", **spec}
    return {"metadata": {"name": name}, "spec": {key: value for key, value in whole.items() if value is not None}}


def without(resource: dict[str, str], key: str) -> dict[str, str]:
    return {name: value for name, value in resource.items() if name != key}


def parsed(value: dict[str, Any]) -> TypeConfig:
    config = parse_type_config(value)
    assert isinstance(config, TypeConfig), config
    return config


def test_everything_is_read() -> None:
    config = parsed(manifest())
    assert config.target.gvk == Gvk("apps", "v1", "Deployment")
    assert (config.target.plural, config.target.scope) == ("deployments", Scope.NAMESPACED)
    assert config.federated.gvk == Gvk("types.kubefed.io", "v1beta1", "FederatedDeployment")
    assert config.federated.plural == "federateddeployments"
    assert (config.propagating, config.collecting) == (True, False)


@pytest.mark.parametrize(
    ("name", "group", "plural"),
    [
        ("deployments.apps", "apps", "deployments"),
        ("configmaps", "", "configmaps"),
        ("issuers.cert-manager.io", "cert-manager.io", "issuers"),
    ],
)
def test_plural_and_group_of_the_target_default_to_the_name(name: str, group: str, plural: str) -> None:
    for absent in ({}, {"group": "", "pluralName": ""}, {"group": None, "pluralName": None}):
        target = {"version": "v1", "kind": "X", "scope": "Namespaced", **absent}
        config = parsed(manifest(name, targetType=target))
        assert (config.target.gvk.group, config.target.plural) == (group, plural)


def test_plural_of_the_federated_type_follows_the_targets() -> None:
    federated = {
        "group": "types.kubefed.io",
        "version": "v1beta1",
        "kind": "FederatedDeployment",
        "scope": "Namespaced",
    }
    assert parsed(manifest(federatedType=federated)).federated.plural == "federateddeployments"


def test_status_can_be_collected() -> None:
    assert parsed(manifest(statusCollection="Enabled")).collecting
    assert not parsed(manifest(statusCollection="Disabled")).collecting


def test_the_type_of_the_status_is_of_the_group_and_version_of_the_federated_one() -> None:
    assert parsed(manifest(statusType={"kind": "FederatedDeploymentStatus", "scope": "Namespaced"}))


def test_propagation_can_be_disabled() -> None:
    assert not parsed(manifest(propagation="Disabled")).propagating


@pytest.mark.parametrize(
    ("spec", "rule", "place"),
    [
        ({"propagation": None}, "missing-required", ("spec", "propagation")),
        ({"propagation": "enabled"}, "not-in-enum", ("spec", "propagation")),
        ({"statusCollection": "yes"}, "not-in-enum", ("spec", "statusCollection")),
        ({"statusCollection": True}, "wrong-type", ("spec", "statusCollection")),
        ({"statusType": {"scope": "Namespaced"}}, "missing-required", ("spec", "statusType", "kind")),
        ({"statusType": "X"}, "wrong-type", ("spec", "statusType")),
        ({"statusType": STATUS | {"group": "kubefed"}}, "bad-name", ("spec", "statusType", "group")),
        ({"targetType": None}, "missing-required", ("spec", "targetType")),
        ({"federatedType": "X"}, "wrong-type", ("spec", "federatedType")),
        ({"targetType": without(TARGET, "kind")}, "missing-required", ("spec", "targetType", "kind")),
        ({"targetType": TARGET | {"group": 5}}, "wrong-type", ("spec", "targetType", "group")),
        ({"targetType": TARGET | {"group": "Apps"}}, "bad-name", ("spec", "targetType", "group")),
        ({"targetType": TARGET | {"version": "v1/beta"}}, "bad-name", ("spec", "targetType", "version")),
        ({"targetType": TARGET | {"version": "1"}}, "bad-name", ("spec", "targetType", "version")),
        ({"targetType": TARGET | {"kind": "../x"}}, "bad-name", ("spec", "targetType", "kind")),
        ({"targetType": TARGET | {"pluralName": "Deployments"}}, "bad-name", ("spec", "targetType", "pluralName")),
        ({"targetType": TARGET | {"scope": "namespaced"}}, "not-in-enum", ("spec", "targetType", "scope")),
        ({"federatedType": without(FEDERATED, "group")}, "missing-required", ("spec", "federatedType", "group")),
        ({"federatedType": FEDERATED | {"group": "types"}}, "bad-name", ("spec", "federatedType", "group")),
        ({"federatedType": FEDERATED | {"scope": "Cluster"}}, "not-in-enum", ("spec", "federatedType", "scope")),
        ({"targetType": TARGET | {"pluralName": "others"}}, "bad-name", ("metadata", "name")),
        ({"targetType": TARGET | {"group": "batch"}}, "bad-name", ("metadata", "name")),
    ],
)
def test_each_mistake_has_its_place(spec: dict[str, Any], rule: str, place: tuple[str, ...]) -> None:
    mistakes = parse_type_config(manifest(**spec))
    assert isinstance(mistakes, list)
    assert [(mistake.rule, mistake.at) for mistake in mistakes] == [(rule, place)]


def test_all_mistakes_are_told() -> None:
    mistakes = parse_type_config({"metadata": {"name": "x"}, "spec": {}})
    assert isinstance(mistakes, list)
    assert [mistake.at[-1] for mistake in mistakes] == ["targetType", "federatedType", "propagation"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "group", "kind", "scope", "targetType", "federatedType"]), inner)
    ),
    max_leaves=8,
)


@settings(deadline=None, max_examples=100)
@given(JSON | st.dictionaries(st.sampled_from(["metadata", "spec"]), JSON))
def test_junk_is_a_list_of_mistakes_and_no_exception(value: Any) -> None:
    mistakes = parse_type_config(value)
    assert isinstance(mistakes, list)
    assert mistakes
    assert {mistake.rule for mistake in mistakes} <= set(RULES)
