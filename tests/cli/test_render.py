"""``kfed render`` as a whole: what it writes, prints and says, and what it leaves alone."""

from __future__ import annotations

import builtins
import errno
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
GOLDEN = Path(__file__).parents[1] / "cases" / "render"
KUBEFED = EXAMPLES / "kubefed-deployment.yaml"
SHOP = ("-f", EXAMPLES / "shop.yaml", "--clusters", EXAMPLES / "clusters.yaml")

BASE = GOLDEN.parent / "mistakes" / "base.yaml"
CLUSTERS = GOLDEN.parent / "mistakes" / "clusters.yaml"
INPUT = ("-f", BASE, "--clusters", CLUSTERS)
SECRET = """
apiVersion: types.kubefed.io/v1beta1
kind: FederatedSecret
metadata: {name: login, namespace: shop}
spec:
  template: {stringData: {password: hunter2, user: shop}}
  placement: {clusterSelector: {}}
  overrides:
    - clusterName: lab
      clusterOverrides: [{path: /stringData/password, value: hunter3}]
"""


def tree(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def documents(text: str) -> list[Any]:
    return list(yaml.safe_load_all(text))


def test_the_kubefed_example_renders_unchanged(kfed_here: Callable[..., Any], tmp_path: Path) -> None:
    assert kfed_here("render", "-f", KUBEFED, "-o", "out").code == 0
    files = tree(tmp_path / "out")
    one, two = (yaml.safe_load(files[f"cluster{n}/test-ns/deployment_test-deployment.yaml"]) for n in (1, 2))
    template = documents(KUBEFED.read_text())[3]["spec"]["template"]
    container = one["spec"]["template"]["spec"]["containers"][0]
    assert one["spec"]["replicas"] == 5
    assert container["image"] == "nginx:1.17.0-alpine"
    assert container["args"] == ["-q", "--port", "80"]
    assert "foo" not in one["metadata"]["annotations"]
    assert two["spec"] == template["spec"]
    assert two["metadata"] == {
        "name": "test-deployment",
        "namespace": "test-ns",
        "labels": {**template["metadata"]["labels"], "kubefed.io/managed": "true"},
    }


@pytest.mark.parametrize("case", sorted(path.name for path in GOLDEN.iterdir()))
def test_a_golden_case_comes_out_to_the_byte(case: str, kfed_here: Callable[..., Any], tmp_path: Path) -> None:
    folder = GOLDEN / case
    args = folder / "args"
    extra = args.read_text().split() if args.exists() else ()
    result = kfed_here("render", "-f", folder / "in", *extra, "-o", "out")
    assert result.code == 0, result.stderr
    assert tree(tmp_path / "out") == tree(folder / "out")


def test_every_cluster_has_a_kustomization_that_lists_its_files(kfed_here: Callable[..., Any], tmp_path: Path) -> None:
    kfed_here("render", *SHOP, "-o", "out")
    for cluster in ("berlin", "lab", "osaka"):
        folder = tmp_path / "out" / cluster
        listed = yaml.safe_load((folder / "Kustomization").read_text())["resources"]
        assert sorted(listed) == sorted(set(tree(folder)) - {"Kustomization"})


def test_whatever_tools_would_take_for_a_manifest_is_one(kfed_here: Callable[..., Any], tmp_path: Path) -> None:
    kfed_here("render", *SHOP, "-o", "out")
    streamed = documents(kfed_here("render", *SHOP, "--cluster", "berlin").stdout)
    # As Argo CD finds them in a directory (reposerver/repository), and kubectl with -R but for .jsonnet.
    pattern = re.compile(r".*\.(yaml|yml|json|jsonnet)")
    folder = tmp_path / "out" / "berlin"
    taken = [path for path in sorted(folder.rglob("*")) if path.is_file() and pattern.fullmatch(path.name)]
    assert [yaml.safe_load(path.read_text()) for path in taken] == streamed
    assert streamed[0]["kind"] == "Namespace"
    assert set(tree(folder)) - {str(path.relative_to(folder)) for path in taken} == {"Kustomization"}


def test_a_cluster_that_gets_nothing_has_an_empty_kustomization(kfed_here: Callable[..., Any], tmp_path: Path) -> None:
    kfed_here("render", *INPUT, "-o", "out")
    assert yaml.safe_load((tmp_path / "out" / "lab" / "Kustomization").read_text())["resources"] == []


def test_a_second_run_changes_no_byte(kfed_here: Callable[..., Any], tmp_path: Path) -> None:
    kfed_here("render", *SHOP, "-o", "out")
    before = tree(tmp_path / "out")
    times = {path: os.stat(tmp_path / "out" / path).st_mtime_ns for path in before}
    result = kfed_here("render", *SHOP, "-o", "out")
    assert "0 files written, 0 removed" in result.stderr
    assert tree(tmp_path / "out") == before
    assert {path: os.stat(tmp_path / "out" / path).st_mtime_ns for path in before} == times


def test_check_is_silent_where_nothing_differs(kfed_here: Callable[..., Any]) -> None:
    kfed_here("render", *SHOP, "-o", "out")
    result = kfed_here("render", *SHOP, "-o", "out", "--check")
    assert (result.code, result.stdout, result.stderr) == (0, "", "")


def test_check_lists_what_differs_and_changes_nothing(kfed_here: Callable[..., Any], tmp_path: Path) -> None:
    kfed_here("render", *SHOP, "-o", "out")
    changed, gone = (
        tmp_path / "out" / part for part in ("lab/shop/deployment_web.yaml", "osaka/shop/service_web.yaml")
    )
    changed.write_text("kind: Deployment\n")
    gone.unlink()
    before = tree(tmp_path / "out")
    result = kfed_here("render", *SHOP, "-o", "out", "--check", "--findings", "json")
    found = {(one["source"]["file"], one["rule"]) for one in json.loads(result.stdout)["findings"]}
    assert result.code == 1
    assert found == {
        ("out/lab/shop/deployment_web.yaml", "out-of-date"),
        ("out/osaka/shop/service_web.yaml", "out-of-date"),
    }
    assert tree(tmp_path / "out") == before


def test_check_makes_no_folder(kfed_here: Callable[..., Any], tmp_path: Path) -> None:
    assert kfed_here("render", *SHOP, "-o", "out", "--check").code == 1
    assert not (tmp_path / "out").exists()


def test_check_is_not_fooled_by_what_a_commit_brings_along(kfed_here: Callable[..., Any], tmp_path: Path) -> None:
    kfed_here("render", *SHOP, "-o", "out")
    path = "lab/shop/deployment_web.yaml"
    stage = tmp_path / "out" / ".kfed-new"
    stage.mkdir()
    (tmp_path / "out" / path).rename(stage / "0")
    (stage / "journal").write_text(f"put {path}\n")
    (tmp_path / "out" / path).write_text("kind: Evil\n")
    (tmp_path / "out" / "lab" / "more.yaml").write_text("kind: Evil\n")
    before = tree(tmp_path / "out")
    for _ in range(2):
        result = kfed_here("render", *SHOP, "-o", "out", "--check")
        assert result.code == 1
        assert result.stderr.splitlines()[0].startswith("out/.kfed-new:1:1: error: out/.kfed-new is left of a run")
        assert tree(tmp_path / "out") == before
    assert kfed_here("render", *SHOP, "-o", "out").code == 0
    found = json.loads(kfed_here("render", *SHOP, "-o", "out", "--check", "--findings", "json").stdout)["findings"]
    assert [(one["rule"], one["source"]["file"]) for one in found] == [("stray-file", "out/lab/more.yaml")]


def test_one_cluster_alone_leaves_the_files_of_others(kfed_here: Callable[..., Any], tmp_path: Path) -> None:
    kfed_here("render", *SHOP, "-o", "out")
    before = tree(tmp_path / "out")
    changed = (EXAMPLES / "shop.yaml").read_text().replace("replicas: 3", "replicas: 4")
    kfed_here("render", "-f", "-", *SHOP[2:], "-o", "out", "--cluster", "berlin", stdin=changed)
    after = tree(tmp_path / "out")
    assert {path for path in after if after[path] != before[path]} == {
        "berlin/shop/deployment_web.yaml",
        "kfed-index.json",
    }


def test_one_cluster_alone_does_not_hear_of_the_mistakes_of_others(kfed_here: Callable[..., Any]) -> None:
    text = BASE.read_text().replace("path: /spec/replicas", "op: remove\n          path: /spec/minReadySeconds")
    assert kfed_here("render", "-f", "-", "--clusters", CLUSTERS, "--cluster", "berlin", stdin=text).code == 1
    assert kfed_here("render", "-f", "-", "--clusters", CLUSTERS, "--cluster", "osaka", stdin=text).code == 0


def test_a_mistake_in_one_clusters_overrides_names_it_and_nothing_is_written(
    kfed_here: Callable[..., Any], tmp_path: Path
) -> None:
    kfed_here("render", *INPUT, "-o", "out")
    before = tree(tmp_path / "out")
    text = (
        BASE.read_text()
        .replace("path: /spec/replicas", "op: remove\n          path: /spec/minReadySeconds")
        .replace("web:1.4", "web:1.5")
    )
    result = kfed_here("render", "-f", "-", "--clusters", CLUSTERS, "-o", "out", stdin=text)
    assert result.code == 1
    assert "    cluster: berlin\n" in result.stderr
    assert "    cluster: osaka\n" not in result.stderr
    assert tree(tmp_path / "out") == before


def test_what_is_no_longer_wanted_goes_and_what_is_foreign_stays(kfed_here: Callable[..., Any], tmp_path: Path) -> None:
    kfed_here("render", *SHOP, "-o", "out")
    (tmp_path / "out" / "README.md").write_text("mine")
    (tmp_path / "out" / "osaka" / "shop" / "patch.yaml").write_text("mine")
    before = tree(tmp_path / "out")
    federated = documents((EXAMPLES / "shop.yaml").read_text())[:2]
    kfed_here("render", "-f", "-", *SHOP[2:], "-o", "out", stdin=yaml.safe_dump_all(federated))
    assert before.keys() - tree(tmp_path / "out").keys() == {
        "berlin/shop/service_web.yaml",
        "osaka/shop/service_web.yaml",
    }


def test_a_file_of_others_in_the_way_is_a_finding(kfed_here: Callable[..., Any], tmp_path: Path) -> None:
    foreign = tmp_path / "out" / "berlin" / "shop" / "deployment_web.yaml"
    foreign.parent.mkdir(parents=True)
    foreign.write_text("mine")
    result = kfed_here("render", *SHOP, "-o", "out", "--findings", "json")
    found = json.loads(result.stdout)["findings"]
    assert result.code == 1
    assert [(one["rule"], one["source"]["file"]) for one in found] == [
        ("foreign-file", "out/berlin/shop/deployment_web.yaml")
    ]
    assert tree(tmp_path / "out") == {"berlin/shop/deployment_web.yaml": "mine"}


def test_the_output_is_never_read_as_input(kfed_here: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "in.yaml").write_text(BASE.read_text() + "---\n" + CLUSTERS.read_text())
    assert kfed_here("render", "-f", ".", "-o", "out").code == 0
    result = kfed_here("render", "-f", ".", "-o", "out", "--check")
    assert (result.code, result.stderr) == (0, "")


PLACES = [
    ("-f", ".", "-o", "."),
    ("-f", ".", "-o", "out"),
    ("-f", ".", "-o", "federated/out"),
    ("-f", "federated", "-f", "clusters", "-o", "."),
    ("-f", "federated", "--clusters", "clusters", "-o", "federated"),
    ("-f", "federated/", "--clusters", "./clusters", "-o", "./federated/../federated"),
    ("-f", ".", "-o", "out", "--findings", "json", "--findings-file", "found.json"),
    ("-f", "federated", "-f", "clusters", "-o", ".", "--findings", "json", "--findings-file", "federated/found.json"),
]


@pytest.mark.parametrize("args", PLACES, ids=" ".join)
def test_a_run_changes_nothing_for_the_next_wherever_its_output_goes(
    args: tuple[str, ...], kfed_here: Callable[..., Any], tmp_path: Path
) -> None:
    for name, text in (("federated", BASE.read_text()), ("clusters", CLUSTERS.read_text())):
        (tmp_path / name).mkdir()
        (tmp_path / name / "in.yaml").write_text(text)
    first = kfed_here("render", *args)
    assert (first.code, first.stdout) == (0, "")
    assert "0 removed, 0 as they were" in first.stderr
    after = tree(tmp_path)
    again = kfed_here("render", *args)
    assert again.code == 0, again.stderr + again.stdout
    assert "0 files written, 0 removed" in again.stderr
    assert kfed_here("render", *args, "--check").code == 0
    assert tree(tmp_path) == after
    (tmp_path / "out.kfed-new").mkdir()  # as of a run that was killed
    (tmp_path / "out.kfed-new" / "shop").mkdir()
    (tmp_path / "federated" / "out.kfed-new").mkdir()
    assert kfed_here("render", *args).code == 0


def test_what_a_shell_has_made_for_the_output_is_not_read(kfed: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "in.yaml").write_text(f"{BASE.read_text()}---\n{CLUSTERS.read_text()}")
    for _ in range(2):
        with open(tmp_path / "all.yaml", "wb") as stdout, open(tmp_path / "said.json", "wb") as stderr:
            command = [sys.executable, "-m", "kfed", "render", "-f", "."]
            assert subprocess.run(command, cwd=tmp_path, stdout=stdout, stderr=stderr, check=False).returncode == 0
    (tmp_path / "said.json").unlink()
    assert [one["spec"]["replicas"] for one in documents((tmp_path / "all.yaml").read_text())] == [5, 3]
    assert kfed("render", "-f", ".").code == 0  # a plain Deployment is passed over


def test_that_the_output_folder_is_not_read_is_told_where_nothing_else_is_there(
    kfed_here: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "in.yaml").write_text(BASE.read_text())
    result = kfed_here("render", "-f", ".", "--clusters", CLUSTERS, "-o", "out")
    assert result.code == 1
    assert "What is in out, where the output goes, is not read." in result.stderr


def test_a_stream_says_whose_each_object_is(kfed_here: Callable[..., Any]) -> None:
    result = kfed_here("render", *INPUT)
    assert result.stdout.startswith("---\n# cluster: berlin\napiVersion: apps/v1\n")
    assert [one["spec"]["replicas"] for one in documents(result.stdout)] == [5, 3]


def test_a_stream_of_json_has_an_object_on_each_line(kfed_here: Callable[..., Any]) -> None:
    lines = [json.loads(line) for line in kfed_here("render", *INPUT, "--as", "json").stdout.splitlines()]
    assert [(line["cluster"], line["manifest"]["spec"]["replicas"]) for line in lines] == [("berlin", 5), ("osaka", 3)]


def test_a_stream_and_a_tree_hold_the_same(kfed_here: Callable[..., Any], tmp_path: Path) -> None:
    streamed = documents(kfed_here("render", *SHOP).stdout)
    kfed_here("render", *SHOP, "-o", "out")
    written = [yaml.safe_load(text) for path, text in tree(tmp_path / "out").items() if path.count("/") == 2]
    assert sorted(map(json.dumps, written)) == sorted(map(json.dumps, streamed))


def test_nothing_is_streamed_when_anything_is_wrong(kfed_here: Callable[..., Any]) -> None:
    text = BASE.read_text() + "---\n" + BASE.read_text().replace("name: web\n", "name: Bad_\n", 1)
    result = kfed_here("render", "-f", "-", "--clusters", CLUSTERS, stdin=text)
    assert (result.code, result.stdout) == (1, "")


@pytest.mark.parametrize("form", ["yaml", "json", "list"])
def test_standard_input_may_hold_everything(form: str, kfed_here: Callable[..., Any]) -> None:
    found = [*documents(BASE.read_text()), *documents(CLUSTERS.read_text())]
    texts = {
        "yaml": yaml.safe_dump_all(found),
        "json": "\n".join(json.dumps(one, indent=1) for one in found),
        "list": json.dumps({"apiVersion": "v1", "kind": "List", "items": found}),
    }
    result = kfed_here("render", "-f", "-", stdin=texts[form])
    assert result.code == 0, result.stderr
    assert result.stdout == kfed_here("render", *INPUT).stdout


def test_standard_input_may_be_given_as_objects_and_as_clusters(kfed_here: Callable[..., Any]) -> None:
    text = f"{BASE.read_text()}---\n{CLUSTERS.read_text()}"
    result = kfed_here("render", "-f", "-", "--clusters", "-", stdin=text)
    assert (result.code, result.stderr) == (0, "")
    assert len(documents(result.stdout)) == 2


def test_a_custom_type_is_known_by_its_definition_in_the_input(kfed_here: Callable[..., Any], tmp_path: Path) -> None:
    assert kfed_here("render", "-f", EXAMPLES / "custom", *SHOP[2:], "-o", "out").code == 0
    weights = {
        cluster: {
            part["id"]: part["weight"]
            for part in yaml.safe_load((tmp_path / f"out/{cluster}/shop/widget_gear.yaml").read_text())["spec"]["parts"]
        }
        for cluster in ("berlin", "lab")
    }
    assert weights == {"berlin": {"axle": 3, "wheel": "12%"}, "lab": {"axle": 3, "wheel": 10}}


def test_a_type_config_may_name_another_group_for_the_federated_type(kfed_here: Callable[..., Any]) -> None:
    config = """
---
apiVersion: core.kubefed.io/v1beta1
kind: FederatedTypeConfig
metadata: {name: deployments.apps}
spec:
  targetType: {version: v1, kind: Deployment, scope: Namespaced}
  federatedType: {group: types.example.com, version: v1, kind: FederatedDeployment, scope: Namespaced}
  propagation: Enabled
"""
    text = BASE.read_text().replace("types.kubefed.io/v1beta1", "types.example.com/v1")
    assert kfed_here("render", "-f", "-", "--clusters", CLUSTERS, stdin=text).code == 1
    assert kfed_here("render", "-f", "-", "--clusters", CLUSTERS, stdin=text + config).code == 0


def test_the_definition_of_a_wrapper_in_the_input_vouches_for_its_group(kfed_here: Callable[..., Any]) -> None:
    wrapper = kfed_here("generate", "deployments", "--federated-group", "types.example.com").stdout
    text = BASE.read_text().replace("types.kubefed.io", "types.example.com")
    result = kfed_here("render", "-f", "-", "--clusters", CLUSTERS, stdin=f"{text}{wrapper}")
    assert result.stdout == kfed_here("render", *INPUT).stdout


def test_a_cluster_may_get_another_version(kfed_here: Callable[..., Any]) -> None:
    federated = """
apiVersion: types.kubefed.io/v1beta1
kind: FederatedHorizontalPodAutoscaler
metadata: {name: web, namespace: shop}
spec:
  template:
    spec: {maxReplicas: 3, scaleTargetRef: {kind: Deployment, name: web}}
  placement: {clusterSelector: {}}
  overrides:
    - clusterName: lab
      clusterOverrides: [{path: /apiVersion, value: autoscaling/v1}]
"""
    result = kfed_here("render", "-f", "-", "--clusters", CLUSTERS, stdin=federated)
    assert (result.code, result.stderr) == (0, "")
    versions = [one["apiVersion"] for one in documents(result.stdout)]
    assert versions == ["autoscaling/v2", "autoscaling/v1", "autoscaling/v2"]
    newer = federated.replace("scaleTargetRef:", "behavior: {}, scaleTargetRef:")
    result = kfed_here("render", "-f", "-", "--clusters", CLUSTERS, stdin=newer)
    assert result.code == 1
    assert "behavior" in result.stderr
    assert "cluster: lab" in result.stderr


def test_a_template_that_overrides_complete_is_a_warning(kfed_here: Callable[..., Any]) -> None:
    selector = "      selector:\n        matchLabels: {app: web}\n"
    assert selector in BASE.read_text()
    text = BASE.read_text().replace(selector, "")
    patch = "        - {path: /spec/selector, op: add, value: {matchLabels: {app: web}}}\n"
    completed = text.replace("        - path: /spec/paused\n", f"{patch}        - path: /spec/paused\n")
    result = kfed_here("render", "-f", "-", "--clusters", CLUSTERS, "--findings", "json", stdin=completed)
    assert [one["rule"] for one in json.loads(result.stderr)["findings"]] == ["partial-template"]
    assert result.code == 0
    one_only = text + patch
    result = kfed_here("render", "-f", "-", "--clusters", CLUSTERS, "--findings", "json", stdin=one_only)
    assert [one["rule"] for one in json.loads(result.stderr)["findings"]] == ["missing-required"]
    assert result.code == 1


def test_the_release_decides_which_fields_there_are(kfed_here: Callable[..., Any]) -> None:
    text = BASE.read_text().replace("      labels: {app: web}\n    spec:\n", "      labels: {app: web}\n    spec:\n", 1)
    text = text.replace("          volumes:", "          hostnameOverride: web\n          volumes:")
    assert kfed_here("render", "-f", "-", "--clusters", CLUSTERS, stdin=text).code == 0
    result = kfed_here("render", "-f", "-", "--clusters", CLUSTERS, "--kubernetes", "1.30", stdin=text)
    assert result.code == 1
    assert "hostnameOverride" in result.stderr


def test_without_a_federated_namespace_strict_is_kubefeds_rule(kfed_here: Callable[..., Any]) -> None:
    assert len(documents(kfed_here("render", *INPUT).stdout)) == 2
    strict = kfed_here("render", *INPUT, "--namespaces", "strict")
    assert (strict.code, strict.stdout) == (0, "")
    assert "namespace-not-federated" in strict.stderr
    namespace = (
        "apiVersion: types.kubefed.io/v1beta1\nkind: FederatedNamespace\nmetadata: {name: shop, namespace: shop}\n"
    )
    placed = f"{namespace}spec: {{placement: {{clusters: [{{name: osaka}}]}}}}\n"
    federated = kfed_here("render", *INPUT, "-f", "-", "--namespaces", "strict", stdin=placed)
    assert [one["kind"] for one in documents(federated.stdout)] == ["Namespace", "Deployment"]


@pytest.mark.parametrize("args", [(), ("-o", "out"), ("--as", "json"), ("--explain", "--object", "secret/shop/login")])
def test_what_a_secret_holds_is_seen_nowhere(
    args: tuple[str, ...], kfed_here: Callable[..., Any], tmp_path: Path
) -> None:
    for text in (SECRET, SECRET.replace("user: shop", "user: 5").replace("value: hunter3", "value: [hunter3]")):
        for form in ("text", "json", "sarif", "github", "junit"):
            result = kfed_here("render", "-f", "-", "--clusters", CLUSTERS, *args, "--findings", form, stdin=text)
            assert "hunter" not in result.stdout + result.stderr
    assert not any("hunter" in text for text in tree(tmp_path).values())


def test_a_secret_is_written_only_when_that_is_asked_for(kfed_here: Callable[..., Any], tmp_path: Path) -> None:
    result = kfed_here("render", "-f", "-", "--clusters", CLUSTERS, "-o", "out", stdin=SECRET)
    assert result.code == 0
    assert "secret-not-written" in result.stderr
    assert not [path for path in tree(tmp_path / "out") if "secret" in path]
    result = kfed_here("render", "-f", "-", "--clusters", CLUSTERS, "-o", "out", "--with-secrets", stdin=SECRET)
    assert "secret-not-written" not in result.stderr
    assert "hunter3" in (tmp_path / "out" / "lab" / "shop" / "secret_login.yaml").read_text()
    assert "hunter2" in (tmp_path / "out" / "osaka" / "shop" / "secret_login.yaml").read_text()


def test_explaining_a_secret_tells_the_rules(kfed_here: Callable[..., Any]) -> None:
    args = (
        "render",
        "-f",
        "-",
        "--clusters",
        CLUSTERS,
        "--explain",
        "--object",
        "secret/shop/login",
        "--cluster",
        "lab",
    )
    hidden = kfed_here(*args, stdin=SECRET).stdout
    assert "/stringData/password\n    = (a Secret's value" in hidden
    assert "overrides of lab, entry 0 at <stdin>:10:26" in hidden
    assert '= "hunter3"' in kfed_here(*args, "--with-secrets", stdin=SECRET).stdout


@pytest.mark.parametrize(
    ("form", "start"),
    [("text", "in.yaml:7:"), ("json", "{"), ("sarif", "{"), ("github", "::error "), ("junit", "<?xml")],
)
def test_findings_have_the_form_that_was_asked_for_where_it_was(
    form: str, start: str, kfed_here: Callable[..., Any], tmp_path: Path
) -> None:
    text = BASE.read_text().replace("  template:\n    metadata", "  template:\n    metdata", 1)
    line = 1 + text[: text.index("metdata")].count("\n")
    (tmp_path / "in.yaml").write_text(text)
    args = ("render", "-f", "in.yaml", "--clusters", CLUSTERS, "--findings", form)
    streamed = kfed_here(*args)
    assert (streamed.code, streamed.stdout) == (1, "")
    said = streamed.stderr
    assert said.startswith(start.replace("7", str(line)))
    written = kfed_here(*args, "-o", "out")
    assert (written.stderr, written.stdout) == ((said, "") if form == "text" else ("", said))
    kept = kfed_here(*args, "-o", "out", "--findings-file", "found")
    assert (kept.stdout, kept.stderr) == ("", "")
    assert (tmp_path / "found").read_text() == said


def _many_mistakes(folder: Path, objects: int, clusters: int) -> tuple[str, ...]:
    """The arguments to render objects whose overrides go by position in every cluster, as was customary in KubeFed."""
    names = [f"c{number}" for number in range(clusters)]
    patch = {"path": "/spec/template/spec/containers/0/image", "value": "web:2"}
    federated = documents(BASE.read_text())[-1]
    federated["spec"] = {
        "template": federated["spec"]["template"],
        "placement": {"clusterSelector": {}},
        "overrides": [{"clusterName": name, "clusterOverrides": [patch]} for name in names],
    }
    made = [{**federated, "metadata": {"name": f"web-{number}", "namespace": "shop"}} for number in range(objects)]
    cluster = {"apiVersion": "core.kubefed.io/v1beta1", "kind": "KubeFedCluster"}
    made += [{**cluster, "metadata": {"name": name}} for name in names]
    (folder / "in.json").write_text("\n".join(map(json.dumps, made)))
    return "render", "-f", "in.json", "-o", "out"


def test_one_mistake_in_the_overrides_of_many_clusters_is_told_once(
    kfed_here: Callable[..., Any], tmp_path: Path
) -> None:
    args = _many_mistakes(tmp_path, 1, 20)
    (found,) = json.loads(kfed_here(*args, "--findings", "json").stdout)["findings"]
    assert (found["rule"], found["path"]) == ("index-into-keyed-list", "/spec/overrides/0/clusterOverrides/0/path")
    assert found["clusters"] == [f"c{number}" for number in range(20)]
    places = [(place["line"], place["column"]) for place in (found["source"], *found["also"])]
    assert len(set(places)) == 20
    assert places == sorted(places)
    (one,) = json.loads(kfed_here(*args, "--cluster", "c7", "--findings", "json").stdout)["findings"]
    assert (one["clusters"], one["also"]) == (["c7"], [])


def test_a_person_is_told_the_first_few_of_a_rule_and_how_many_more_there_are(
    kfed_here: Callable[..., Any], tmp_path: Path
) -> None:
    args = _many_mistakes(tmp_path, 40, 3)
    said = kfed_here(*args).stderr
    assert said.count("[index-into-keyed-list]") == 6
    assert "warning: 35 more of these in 1 file; --all-findings shows them. [index-into-keyed-list]\n" in said
    assert "\n40 warnings.\n" in said
    assert "40 errors.\n" in kfed_here(*args, "--strict").stderr
    whole = kfed_here(*args, "--all-findings").stderr
    assert whole.count("[index-into-keyed-list]") == 40
    assert kfed_here(*args, "--findings-file", "found").code == 0
    assert (tmp_path / "found").read_text() in whole
    assert len(json.loads(kfed_here(*args, "--findings", "json").stdout)["findings"]) == 40


def test_findings_that_cannot_be_kept_are_an_error_of_the_environment(kfed_here: Callable[..., Any]) -> None:
    result = kfed_here("render", *INPUT, "--findings-file", "no/such/folder")
    assert result.code == 3
    assert result.stdout == ""
    assert "no/such/folder" in result.stderr


def test_strict_fails_on_warnings(kfed_here: Callable[..., Any], tmp_path: Path) -> None:
    assert kfed_here("render", "-f", KUBEFED, "-o", "out").code == 0
    result = kfed_here("render", "-f", KUBEFED, "-o", "strict", "--strict")
    assert result.code == 1
    assert "error: " in result.stderr
    assert not (tmp_path / "strict").exists()


def test_findings_come_in_the_order_of_their_places(kfed_here: Callable[..., Any], tmp_path: Path) -> None:
    text = (EXAMPLES / "mistakes.yaml").read_text()
    for name in ("b.yaml", "a.yaml"):
        (tmp_path / name).write_text(text.replace("name: web, ", f"name: web-{name[0]}, "))
    first = kfed_here("render", "-f", "b.yaml", "-f", "a.yaml", *SHOP[2:], "--findings", "json").stderr
    places = [(one["source"]["file"], one["source"]["line"]) for one in json.loads(first)["findings"]]
    assert len(places) > 8
    assert places == sorted(places)
    assert first == kfed_here("render", "-f", "a.yaml", "-f", "b.yaml", *SHOP[2:], "--findings", "json").stderr


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("-f", "missing.yaml"), "missing.yaml does not exist"),
        (("-f", "folder", "--clusters", "missing"), "missing does not exist"),
    ],
)
def test_a_path_that_is_not_there_is_an_error_of_the_environment(
    args: tuple[str, ...], says: str, kfed_here: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    result = kfed_here("render", *args, "-o", "out")
    assert (result.code, result.stdout) == (3, "")
    assert result.stderr.startswith(f"Error: {says}")
    assert not (tmp_path / "out").exists()


def _refusing(opening: Callable[..., Any]) -> Callable[..., Any]:
    """One of Python's ways to open a file, which refuses in.yaml as the system refuses it to all but root."""

    def refuse(path: Any, *args: Any, **kwargs: Any) -> Any:
        if str(path).endswith("in.yaml"):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        return opening(path, *args, **kwargs)

    return refuse


def test_a_file_that_may_not_be_read_is_an_error_of_the_environment(
    kfed_here: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in.yaml").touch(mode=0)
    for module in (builtins, os):
        monkeypatch.setattr(module, "open", _refusing(module.open))
    result = kfed_here("render", "-f", "in.yaml")
    assert result.code == 3
    assert "in.yaml cannot be read: Permission denied" in result.stderr


def test_a_folder_without_files_is_a_finding(kfed_here: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "notes.txt").write_text("kind: A")
    result = kfed_here("render", "-f", "folder", "--clusters", CLUSTERS)
    assert result.code == 1
    assert "[no-federated-objects]" in result.stderr


def test_an_output_folder_that_is_a_file_is_left_alone(kfed_here: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    result = kfed_here("render", *INPUT, "-o", "out")
    assert result.code in (1, 3)
    assert result.stderr.startswith("Error: ")
    assert (tmp_path / "out").read_text() == "mine"


@pytest.mark.parametrize(
    ("args", "says"),
    [
        ((), "Missing option '-f'"),
        (("-f", "x", "-o", ""), "-o names no folder"),
        (("-f", "x", "--check"), "--check compares with a folder"),
        (("-f", "x", "--explain"), "--explain and --object go together"),
        (("-f", "x", "--object", "deployment/shop/web"), "--explain and --object go together"),
        (("-f", "x", "--explain", "--object", "web"), "an object is named as kind/namespace/name"),
        (("-f", "x", "--explain", "--object", "a/b/c/d"), "an object is named as kind/namespace/name"),
        (("-f", "x", "--as", "json", "-o", "out"), "--as json is for what is printed"),
        (("-f", "x", "--findings", "xml"), "'xml' is not one of"),
        (("-f", "x", "--namespaces", "loose"), "'loose' is not one of"),
        (("-f", "x", "--with-secret"), "Did you mean --with-secrets?"),
    ],
)
def test_wrong_usage_is_told_before_anything_is_read(
    args: tuple[str, ...], says: str, kfed_here: Callable[..., Any]
) -> None:
    result = kfed_here("render", *args)
    assert (result.code, result.stdout) == (2, "")
    assert says.replace("'", "") in " ".join(result.stderr.split()).replace("'", "")


def explained(kfed_here: Callable[..., Any], *args: str | Path) -> Mapping[str, Any]:
    result = kfed_here("render", *args, "--explain", "--as", "json")
    assert result.code == 0, result.stderr
    return {line["cluster"]: line["fields"] for line in map(json.loads, result.stdout.splitlines())}


def test_explaining_names_the_rule_of_every_field_that_differs(kfed_here: Callable[..., Any]) -> None:
    fields = explained(kfed_here, "-f", KUBEFED, "--object", "deployment/test-ns/test-deployment")["cluster1"]
    by_path = {field["path"]: field for field in fields}
    text = KUBEFED.read_text().splitlines()
    line = next(number for number, words in enumerate(text, 1) if '"/spec/replicas"' in words)
    assert by_path["/spec/replicas"] == {
        "path": "/spec/replicas",
        "result": 5,
        "steps": [
            {
                "rule": "overrides of cluster1, entry 0",
                "source": f"{KUBEFED}:{line}:11",
                "op": "replace",
                "value": 5,
                "before": 3,
            }
        ],
    }
    [own] = by_path["/metadata/name"]["steps"]
    assert (own["rule"], own["source"]) == ("the federated object's own name and type", "")
    assert by_path["/metadata/labels/kubefed.io~1managed"]["steps"][0]["rule"] == "the label that marks what is managed"
    assert by_path["/metadata/annotations"]["result"] == {}
    assert [step["op"] for step in by_path["/metadata/annotations/foo"]["steps"]] == ["remove"]
    assert set(by_path) == {
        "/apiVersion",
        "/kind",
        "/metadata/annotations",
        "/metadata/annotations/foo",
        "/metadata/labels/kubefed.io~1managed",
        "/metadata/name",
        "/metadata/namespace",
        "/spec/replicas",
        "/spec/template/spec/containers/0/args/0",
        "/spec/template/spec/containers/0/image",
    }


def test_explaining_tells_the_general_rule_and_the_particular_that_won(kfed_here: Callable[..., Any]) -> None:
    text = BASE.read_text() + "        - {path: /spec/paused, value: false}\n"
    result = kfed_here(
        *(
            "render",
            "-f",
            "-",
            "--clusters",
            CLUSTERS,
            "--explain",
            "--object",
            "deploy/shop/web",
            "--cluster",
            "berlin",
        ),
        stdin=text,
    )
    told = result.stdout[result.stdout.index("/spec/paused\n") :].split("\n\n")[0]
    assert told.splitlines() == [
        "/spec/paused",
        "    = false  by overrides of berlin, entry 1 at <stdin>:48:11",
        "        without it: true",
        "    = true  by selectorOverrides production, entry 0 at <stdin>:40:11",
        "        without it: nothing",
    ]


@pytest.mark.parametrize("name", ["deployment", "Deployment", "deploy", "deployments", "FederatedDeployment"])
def test_an_object_to_explain_is_named_as_kubectl_names_it(name: str, kfed_here: Callable[..., Any]) -> None:
    assert set(explained(kfed_here, *INPUT, "--object", f"{name}/shop/web")) == {"berlin", "osaka"}


def test_an_object_that_is_not_there_is_a_finding_with_the_nearest(kfed_here: Callable[..., Any]) -> None:
    result = kfed_here("render", *INPUT, "--explain", "--object", "deployment/shop/wbe")
    assert result.code == 1
    assert "[unknown-object]" in result.stderr
    assert "did you mean: deployment/shop/web?" in result.stderr


def test_an_annotation_of_github_stands_on_the_overrides_own_line(
    kfed_here: Callable[..., Any], tmp_path: Path
) -> None:
    text = BASE.read_text().replace("path: /spec/replicas", "path: /spec/replica")
    (tmp_path / "in.yaml").write_text(text)
    result = kfed_here("render", "-f", "in.yaml", "--clusters", CLUSTERS, "--findings", "github", "-o", "out")
    annotation, _ = result.stdout.splitlines()
    line = 1 + text[: text.index("/spec/replica\n")].count("\n")
    assert annotation.startswith(f"::error file=in.yaml,line={line},col=17,title=wrong-path::")
