"""Which texts have which format is what a real API server says, for whole tables of them and for their like."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING, Any

import pytest

from kfed.schema.formats.table import FORMATS
from tests.clusters.crds import wait_until_established
from tests.schema.formats.texts import ACCEPTED, REFUSED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.clusters.fleet import Cluster

pytestmark = [pytest.mark.cluster, pytest.mark.slow]

SEED = 20
LETTERS = 'aA0z9-.:/@ <>[]()#%,+_=µé"\\sTtZ\n\t{}~!'
MANY = 600


def _texts() -> list[str]:
    known = [text for table in (ACCEPTED, REFUSED) for texts in table.values() for text in texts]
    return list(dict.fromkeys([*known, *_changed(known)]))


def _changed(known: list[str]) -> Iterator[str]:
    """Texts that are nearly one of those known, or two of them in one."""
    chance = random.Random(SEED)  # noqa: S311  the same ones each time
    for _ in range(MANY):
        text = chance.choice(known)
        for _ in range(chance.randint(1, 3)):
            place = chance.randint(0, len(text))
            new = chance.choice([chance.choice(LETTERS), "", chance.choice(known)])
            text = text[:place] + new + text[place + chance.randint(0, 1) :]
        yield text


def _crd(group: str) -> dict[str, Any]:
    fields = {name: {"type": "array", "items": {"type": "string", "format": name}} for name in FORMATS}
    version = {"name": "v1", "served": True, "storage": True}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"forms.{group}"},
        "spec": {
            "group": group,
            "scope": "Cluster",
            "names": {"kind": "Form", "plural": "forms"},
            "versions": [{**version, "schema": {"openAPIV3Schema": {"type": "object", "properties": fields}}}],
        },
    }


def _refused(cluster: Cluster, group: str, name: str, texts: list[str]) -> set[str]:
    body = {"apiVersion": f"{group}/v1", "kind": "Form", "metadata": {"name": "x"}, name: texts}
    status, answer = cluster.call("POST", f"/apis/{group}/v1/forms?dryRun=All", body)
    assert status in (201, 422), answer
    causes = answer["details"]["causes"] if status == 422 else []
    return {texts[int(re.findall(r"\[(\d+)\]", cause["field"])[-1])] for cause in causes}


def test_a_text_has_a_format_if_and_only_if_a_server_says_so(cluster_host: Cluster, unique: str) -> None:
    group = f"{unique}.example.com"
    status, answer = cluster_host.call("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", _crd(group))
    assert status == 201, answer
    wait_until_established(cluster_host, [f"forms.{group}"])
    texts = _texts()
    for name, form in FORMATS.items():
        ours = {text for text in texts if not form.accepts(text)}
        assert ours == _refused(cluster_host, group, name, texts), name
