"""The templates: found where they are installed, and unforgiving."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml
from jinja2 import UndefinedError

from kfed.codegen import templates
from kfed.codegen.crd import crd_text
from kfed.codegen.filling import fill
from kfed.core.resource import Gvk, Resource, Scope
from kfed.errors import UnavailableError

if TYPE_CHECKING:
    from pathlib import Path

FEDERATED = Resource(Gvk("types.kubefed.io", "v1beta1", "FederatedX"), "federatedxs", Scope.NAMESPACED, "federatedx")


def test_templates_are_named_for_what_they_make() -> None:
    folder = templates.folder()
    assert sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()) == [
        "core/federatedtypeconfigs.yaml",
        "core/kubefedclusters.yaml",
        "core/kubefedconfigs.yaml",
        "crd.yaml.j2",
        "rbac.yaml.j2",
        "typeconfig.yaml.j2",
        "wrapper.yaml",
    ]


def test_those_in_the_package_go_before_those_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(templates, "_PACKAGE", tmp_path / "kfed")
    with pytest.raises(UnavailableError, match="Install kfed anew"):
        templates.folder()
    (tmp_path / "templates").mkdir()
    assert templates.folder() == tmp_path / "templates"
    (tmp_path / "kfed" / "_templates").mkdir(parents=True)
    assert templates.folder() == tmp_path / "kfed" / "_templates"


def test_a_name_that_a_template_uses_and_nobody_gives_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        fill("crd.yaml.j2", {})


@pytest.mark.parametrize("origin", ["a\n---\nkind: Evil", "x: {y}", "# ---", "\u2028kind: A", "a\rb", "a\x00\x1b[0m"])
def test_no_origin_breaks_out_of_its_comment(origin: str) -> None:
    text = crd_text(FEDERATED, {"type": "object"}, origin)
    [crd] = yaml.safe_load_all(text)
    assert crd["kind"] == "CustomResourceDefinition"


WORDS = ["a: b", "{{ x }}", "{% raw %}", "'", '"', "- a", "multi\nline\n\nwith blanks", "yes", "# no", "x\n\n", "\n"]
SIGNS = ["a\x07", "\x7f", "\x85", "\u2028a", "\ufeff", "<<", "=", "~", "y", "k" * 2000]


@pytest.mark.parametrize("text", WORDS + SIGNS)
def test_every_value_comes_out_as_it_went_in(text: str) -> None:
    schema = {"type": "object", "description": text, "properties": {text: {"type": "string", "description": text}}}
    [crd] = yaml.safe_load_all(crd_text(FEDERATED, schema, "a test", [text]))
    assert crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"] == schema
