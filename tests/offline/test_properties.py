"""Laws of rendering as a whole, whatever the input."""

from __future__ import annotations

import copy
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.replaying import replay

from .whole import cluster, federated, patch, rendered, run, write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kfed.core.finding import Finding
    from kfed.offline.run import Output


pytestmark = pytest.mark.usefixtures("types_read_once")

FEW = settings(max_examples=25, deadline=None)

CLUSTERS = [cluster("berlin", tier="prod"), cluster("osaka", tier="prod"), cluster("lab", tier="test")]
NAMES = ("app", "log", "mesh")

PATCHES = st.sampled_from(
    [
        patch("/spec/replicas", 7),
        patch("/spec/replica", 7),
        patch("/spec/template/spec/containers/[name=app]/image", "other:2"),
        patch("/spec/template/spec/containers/[name=log]/image", "other:3"),
        patch("/spec/template/spec/containers/[name=mesh]", op="remove"),
        patch("/spec/template/spec/containers/[name=app]/env/[name=A]/value", "b"),
        patch("/spec/template/spec/containers/-", {"name": "extra", "image": "extra:1"}, "add"),
        patch("/metadata/annotations", {"a": "b"}, "add"),
        patch("/metadata/annotations/a", op="remove"),
        patch("/spec/template/spec/nodeSelector", {"disk": "ssd"}, "add"),
        patch("/spec/paused", "yes", "add"),
        patch("/spec/strategy", op="remove"),
        patch("/metadata/name", "x"),
    ]
)
ENTRIES = st.lists(PATCHES, max_size=4)


def deployment(name: str, containers: tuple[str, ...] = NAMES, **spec: Any) -> dict[str, Any]:
    found = [{"name": one, "image": f"{one}:1", "env": [{"name": "A", "value": "a"}]} for one in containers]
    template = {
        "spec": {
            "replicas": 3,
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": found}},
        }
    }
    return federated("Deployment", name, template=template, **spec)


def overrides_of_berlin(patches: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"clusterName": "berlin", "clusterOverrides": patches}]


@st.composite
def objects(draw: st.DrawFn) -> list[dict[str, Any]]:
    """A few federated objects, with mistakes in some."""
    found = []
    for name in draw(st.lists(st.sampled_from(["web", "api", "Bad", "web"]), min_size=1, max_size=3)):
        names = draw(st.lists(st.sampled_from(["berlin", "osaka", "lab", "oslo"]), max_size=3, unique=True))
        placement = draw(st.sampled_from([{"clusterSelector": {}}, {"clusters": [{"name": one} for one in names]}]))
        selected = {"name": "prod", "clusterSelector": {"matchLabels": {"tier": "prod"}}}
        found.append(
            deployment(
                name,
                placement=placement,
                selectorOverrides=[{**selected, "clusterOverrides": draw(ENTRIES)}],
                overrides=overrides_of_berlin(draw(ENTRIES)),
            )
        )
    return found


def told(findings: list[Finding]) -> list[tuple[Any, ...]]:
    return sorted(finding.sort_key()[1:] for finding in findings)


@FEW
@given(found=objects(), order=st.permutations(range(4)))
def test_the_order_of_arguments_does_not_matter(found: list[dict[str, Any]], order: list[int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        files = {f"{number}.yaml": [one] for number, one in enumerate(found)} | {"clusters.yaml": CLUSTERS}
        paths = write(Path(folder), files)
        shuffled = [paths[index] for index in order if index < len(paths)]
        shuffled += [path for path in paths if path not in shuffled]
        one, two = rendered(paths), rendered(shuffled)
        assert one[0] == two[0]
        assert told(one[1].findings) == told(two[1].findings)


@FEW
@given(found=objects(), order=st.randoms(use_true_random=False))
def test_the_order_of_documents_does_not_matter(found: list[dict[str, Any]], order: Any) -> None:
    named = {one["metadata"]["name"]: one for one in found}  # which of two is the second one is a matter of order
    documents = [*named.values(), *CLUSTERS]
    shuffled = order.sample(documents, len(documents))
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        one = rendered(write(Path(first), {"all.yaml": documents}))
        two = rendered(write(Path(second), {f"{number}.yaml": [one] for number, one in enumerate(shuffled)}))
    assert one[0] == two[0]
    assert sorted((f.rule, f.object, f.clusters, f.path) for f in one[1].findings) == sorted(
        (f.rule, f.object, f.clusters, f.path) for f in two[1].findings
    )


KEYED = st.lists(
    st.sampled_from(
        [
            patch("/spec/template/spec/containers/[name=app]/image", "other:2"),
            patch("/spec/template/spec/containers/[name=log]/env/[name=A]/value", "b"),
            patch("/spec/template/spec/containers/[name=log]/args", ["x"], "add"),
            patch("/spec/template/spec/containers/[name=mesh]/env", op="remove"),
            patch("/spec/template/spec/containers/[name=mesh]", op="remove"),
        ]
    ),
    max_size=5,
    unique_by=json.dumps,
)


@FEW
@given(patches=KEYED, order=st.permutations(NAMES))
def test_the_order_of_a_keyed_list_never_changes_what_a_keyed_override_does(
    patches: list[dict[str, Any]], order: tuple[str, ...]
) -> None:
    spec = {
        "placement": {"clusters": [{"name": "berlin"}]},
        "overrides": overrides_of_berlin(patches),
    }
    outcomes = []
    for containers in (NAMES, tuple(order)):
        with tempfile.TemporaryDirectory() as folder:
            found, report = rendered(
                write(Path(folder), {"a.yaml": [deployment("web", containers, **spec), *CLUSTERS]})
            )
        for manifest in found.values():
            manifest["spec"]["template"]["spec"]["containers"].sort(key=lambda one: NAMES.index(one["name"]))
        outcomes.append((found, [(one.rule, one.path) for one in report.findings]))
    assert outcomes[0] == outcomes[1]


@FEW
@given(found=objects(), patches=KEYED)
def test_the_origins_applied_to_the_template_give_the_result(
    found: list[dict[str, Any]], patches: list[dict[str, Any]]
) -> None:
    seen = 0

    def visit(output: Output) -> None:
        nonlocal seen
        seen += 1
        template = output.item.manifest["spec"]["template"]
        before = copy.deepcopy(template)
        assert replay(template, output.rendered.origins) == output.rendered.manifest
        assert template == before

    good = deployment("good", placement={"clusterSelector": {}}, overrides=overrides_of_berlin(patches))
    with tempfile.TemporaryDirectory() as folder:
        run(write(Path(folder), {"a.yaml": [*found, good, *CLUSTERS]}), visit)
    assert seen >= 2


@FEW
@given(found=objects())
def test_what_is_wrong_in_one_object_changes_nothing_of_another(found: list[dict[str, Any]]) -> None:
    good = deployment("good", placement={"clusterSelector": {}})
    with tempfile.TemporaryDirectory() as folder:
        alone, _ = rendered(write(Path(folder), {"a.yaml": [good, *CLUSTERS]}))
        among, _ = rendered(write(Path(folder), {"a.yaml": [*found, good, *CLUSTERS]}))
    assert alone == {name: one for name, one in among.items() if name.endswith(" good")}
    assert len(alone) == 3


JUNK = st.sampled_from(
    [
        None,
        True,
        5,
        -1.5,
        2**70,
        "",
        "x",
        "/",
        "/[a=b]",
        "../../x",
        "\x00",
        [],
        [None],
        {},
        {"": None},
        {"a": {"b": [1]}},
    ]
)


@settings(max_examples=60, deadline=None)
@given(found=objects(), draw=st.data())
def test_junk_anywhere_is_a_matter_of_findings(found: list[dict[str, Any]], draw: st.DataObject) -> None:
    documents = copy.deepcopy([*found, *CLUSTERS])
    for _ in range(draw.draw(st.integers(1, 4))):
        *parents, last = draw.draw(st.sampled_from([path for path in paths_of(documents) if path]))
        holder: Any = documents
        for part in parents:
            holder = holder[part]
        holder[last] = copy.deepcopy(draw.draw(JUNK))
    with tempfile.TemporaryDirectory() as folder:
        results, report = rendered(write(Path(folder), {"a.yaml": documents}))
    assert results or report.findings


def paths_of(value: Any) -> Iterator[tuple[Any, ...]]:
    """The path of every value in *value*, and of itself."""
    yield ()
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield from ((key, *path) for path in paths_of(one))
