"""What is the member's once its object is there: nobody says it again, and making it says it once."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from kfed.core.cluster import Cluster
from kfed.core.federated import parse_federated
from kfed.core.finding import Severity
from kfed.core.render import Rendered, Rendering, render
from kfed.core.resource import Gvk, Resource, Scope, TypeConfig, federated_resource
from kfed.core.retain import applied, created

from .replaying import replay

DEPLOYMENT = Resource(Gvk("apps", "v1", "Deployment"), "deployments", Scope.NAMESPACED)
TEMPLATE = {"spec": {"replicas": 3, "paused": True}}
ADMISSION = "admissionregistration.k8s.io"


def webhook(**client: Any) -> dict[str, Any]:
    return {"webhooks": [{"name": "a", "clientConfig": {"url": "https://x", **client}}]}


@pytest.mark.parametrize(
    ("target", "manifest", "expected"),
    [
        (
            Gvk("", "v1", "Service"),
            {"spec": {"clusterIP": "None", "clusterIPs": ["None"], "healthCheckNodePort": 3, "type": "ClusterIP"}},
            {"spec": {"type": "ClusterIP"}},
        ),
        (
            Gvk("", "v1", "Service"),
            {"spec": {"ports": [{"port": 80, "nodePort": 0}, {"port": 81, "nodePort": 30081}]}},
            {"spec": {"ports": [{"port": 80}, {"port": 81, "nodePort": 30081}]}},
        ),
        (Gvk("", "v1", "ServiceAccount"), {"secrets": [], "x": 1}, {"x": 1}),
        (Gvk("", "v1", "ServiceAccount"), {"secrets": [{"name": "a"}]}, {"secrets": [{"name": "a"}]}),
        (
            Gvk("", "v1", "PersistentVolumeClaim"),
            {"spec": {"volumeName": "pv", "accessModes": ["ReadWriteOnce"]}},
            {"spec": {"accessModes": ["ReadWriteOnce"]}},
        ),
        (Gvk("", "v1", "PersistentVolume"), {"spec": {"claimRef": {}}}, {"spec": {}}),
        (
            Gvk("", "v1", "PersistentVolume"),
            {"spec": {"claimRef": {"name": "a"}}},
            {"spec": {"claimRef": {"name": "a"}}},
        ),
        (
            Gvk("batch", "v1", "Job"),
            {
                "spec": {
                    "selector": {"matchLabels": {"controller-uid": "1"}},
                    "template": {"metadata": {"labels": {"controller-uid": "1", "job-name": "a", "app": "b"}}},
                }
            },
            {"spec": {"template": {"metadata": {"labels": {"app": "b"}}}}},
        ),
        (Gvk(ADMISSION, "v1", "MutatingWebhookConfiguration"), webhook(caBundle="Cg=="), webhook()),
        (Gvk(ADMISSION, "v1", "ValidatingWebhookConfiguration"), webhook(caBundle=""), webhook()),
        (Gvk(ADMISSION, "v1", "ValidatingWebhookConfiguration"), webhook(caBundle="QQ=="), webhook(caBundle="QQ==")),
        (
            Gvk("apiextensions.k8s.io", "v1", "CustomResourceDefinition"),
            {"spec": {"conversion": {"webhook": {"clientConfig": {"caBundle": "Cg==", "url": "x"}}}}},
            {"spec": {"conversion": {"webhook": {"clientConfig": {"url": "x"}}}}},
        ),
        (Gvk("apiregistration.k8s.io", "v1", "APIService"), {"spec": {"caBundle": None}}, {"spec": {}}),
        # Another type that has the name of a kind only.
        (Gvk("example.com", "v1", "Service"), {"spec": {"clusterIP": "x"}}, {"spec": {"clusterIP": "x"}}),
        # Whatever has another shape is left as it is.
        (Gvk("", "v1", "Service"), {"spec": "x"}, {"spec": "x"}),
        (Gvk("", "v1", "Service"), {"spec": {"ports": "x"}}, {"spec": {"ports": "x"}}),
        (Gvk("", "v1", "Service"), {"spec": {"ports": ["x", None]}}, {"spec": {"ports": ["x", None]}}),
        (Gvk("", "v1", "Service"), {}, {}),
    ],
)
def test_what_is_the_members_is_not_said_again(target: Gvk, manifest: dict[str, Any], expected: dict[str, Any]) -> None:
    before = copy.deepcopy(manifest)
    assert applied(manifest, target) == expected
    assert manifest == before
    assert applied(manifest, target) is manifest or expected != manifest


def test_what_is_not_the_members_is_shared() -> None:
    manifest = {"metadata": {"name": "a"}, "spec": {"clusterIP": "x", "ports": [{"port": 80}], "selector": {}}}
    result = applied(manifest, Gvk("", "v1", "Service"))
    assert result["metadata"] is manifest["metadata"]
    assert result["spec"]["ports"] is manifest["spec"]["ports"]


def rendering(*patches: dict[str, Any], retain: Any = True, template: Any = None) -> Rendering:
    spec = {
        "template": TEMPLATE if template is None else template,
        "placement": {"clusterSelector": {}},
        "retainReplicas": retain,
        "overrides": [{"clusterName": "a", "clusterOverrides": [*patches]}] if patches else [],
    }
    manifest = {"metadata": {"namespace": "ns", "name": "web"}, "spec": spec}
    config = TypeConfig(DEPLOYMENT, federated_resource(DEPLOYMENT))
    return render(parse_federated(manifest, config), {name: Cluster(name) for name in "abc"})


def spec_of(result: Any) -> Any:
    assert isinstance(result, Rendered), result
    return result.manifest["spec"]


def test_retained_replicas_are_left_out_and_an_origin_says_so() -> None:
    result = rendering()
    for one in result.clusters.values():
        assert spec_of(one) == {"paused": True}
        assert isinstance(one, Rendered)
        [origin] = [origin for origin in one.origins if origin.path == ("spec", "replicas")]
        assert (origin.op, origin.before, origin.at) == ("remove", 3, None)
        assert "retainReplicas" in origin.rule
        assert replay(TEMPLATE, one.origins) == one.manifest
    assert result.mistakes == ()
    assert len({id(one) for one in result.clusters.values()}) == 1


@pytest.mark.parametrize("retain", [False, None])
def test_replicas_stay_unless_they_are_retained(retain: Any) -> None:
    assert spec_of(rendering(retain=retain).clusters["a"])["replicas"] == 3


@pytest.mark.parametrize("template", [{}, {"spec": {}}, {"spec": None}])
def test_a_template_without_replicas_has_none_to_leave_out(template: Any) -> None:
    assert isinstance(rendering(template=template).clusters["a"], Rendered)


def test_an_override_of_retained_replicas_says_only_with_how_many_the_object_is_made() -> None:
    result = rendering({"path": "/spec/replicas", "value": 5}, {"path": "/spec/paused", "value": False})
    a, b = result.clusters["a"], result.clusters["b"]
    assert (spec_of(a), spec_of(b)) == ({"paused": False}, {"paused": True})
    assert isinstance(a, Rendered)
    assert isinstance(b, Rendered)
    assert [(one.rule, one.severity, one.at[-2:], one.cluster) for one in a.mistakes] == [
        ("unused-override", Severity.WARNING, (0, "path"), "a")
    ]
    assert b.mistakes == ()
    assert created(a.manifest, a.origins)["spec"] == {"paused": False, "replicas": 5}
    assert created(b.manifest, b.origins)["spec"] == {"paused": True, "replicas": 3}


def test_an_override_may_take_retained_replicas_away() -> None:
    a = rendering({"op": "remove", "path": "/spec/replicas"}).clusters["a"]
    assert isinstance(a, Rendered)
    assert (spec_of(a), a.mistakes) == ({"paused": True}, ())
    assert created(a.manifest, a.origins) is a.manifest


def test_what_is_made_is_what_is_applied_where_nothing_is_retained() -> None:
    a = rendering(retain=False).clusters["a"]
    assert isinstance(a, Rendered)
    assert created(a.manifest, a.origins) is a.manifest


def test_to_retain_in_another_word_than_true_or_false_is_a_mistake() -> None:
    [mistake] = rendering(retain="yes").mistakes
    assert (mistake.rule, mistake.at) == ("wrong-type", ("spec", "retainReplicas"))
