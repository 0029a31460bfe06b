"""The public library is what it says, and its page is run as it stands."""

from __future__ import annotations

import doctest
import subprocess
import sys
from pathlib import Path

import kfed
import kfed.errors
from kfed import library

PAGE = Path(__file__).resolve().parent.parent / "docs" / "library.md"


def test_every_public_name_is_there_and_explained() -> None:
    assert set(kfed.__all__) == {*library.__all__, "__version__"}
    for name in library.__all__:
        assert getattr(kfed, name) is getattr(library, name)
        assert getattr(kfed, name).__doc__


def test_another_name_is_no_attribute() -> None:
    assert not hasattr(kfed, "reander")


def test_importing_kfed_loads_none_of_the_library() -> None:
    program = "import sys, kfed; print(sorted(name for name in sys.modules if name.startswith('kfed')))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['kfed']"


def test_the_examples_of_the_page_are_true() -> None:
    failures, tried = doctest.testfile(str(PAGE), module_relative=False, globs={"kfed": kfed})
    assert (failures, tried > 10) == (0, True)


def test_what_a_list_holds_is_parsed_one_by_one() -> None:
    text = "kind: List\nitems: [{kind: A}, {kind: BList, items: [{kind: B}]}]\n---\n# nothing\n---\nkind: C\n"
    assert [manifest["kind"] for manifest in kfed.parse(text.encode())] == ["A", "B", "C"]


def test_a_type_that_is_not_known_is_a_finding() -> None:
    manifest = {"apiVersion": "types.kubefed.io/v1beta1", "kind": "FederatedDeploymint", "metadata": {"name": "a"}}
    (finding,) = kfed.check(manifest, [])
    assert (finding.rule, finding.nearest, finding.is_error) == ("unknown-type", "FederatedDeployment", True)


def test_a_cluster_whose_object_would_be_wrong_gets_none_and_the_others_do() -> None:
    clusters = [
        {"apiVersion": "core.kubefed.io/v1beta1", "kind": "KubeFedCluster", "metadata": {"name": name}} for name in "ab"
    ]
    overrides = [{"clusterName": "b", "clusterOverrides": [{"path": "/data", "value": 5}]}]
    spec = {"template": {"data": {"k": "v"}}, "placement": {"clusterSelector": {}}, "overrides": overrides}
    manifest = {
        "apiVersion": "types.kubefed.io/v1beta1",
        "kind": "FederatedConfigMap",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": spec,
    }
    rendering = kfed.render(manifest, clusters)
    assert list(rendering.objects) == ["a"]
    assert [(finding.rule, finding.path) for finding in rendering.findings] == [
        ("wrong-type", "/spec/overrides/0/clusterOverrides/0/value")
    ]
