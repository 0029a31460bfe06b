"""Override paths against a type: where they lead, where they cannot, and what is told about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kfed.core.overridepath import parse_override_path
from kfed.core.rules import RULES
from kfed.schema.check.node import Node
from kfed.schema.check.paths import ListRule, PathChecker

if TYPE_CHECKING:
    from kfed.core.mistake import Mistake

STRING: dict[str, Any] = {"type": "string"}
INTEGER: dict[str, Any] = {"type": "integer"}


def obj(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def keyed(items: Any, *keys: str) -> dict[str, Any]:
    return {
        "type": "array",
        "items": items,
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": list(keys),
    }


PORT = obj(port=INTEGER, protocol={**STRING, "default": "TCP"}, host=STRING)
CONTAINER = {
    **obj(
        name=STRING,
        image=STRING,
        args={"type": "array", "items": STRING},
        ports=keyed(PORT, "port", "protocol"),
        policy={**STRING, "enum": ["Always", "Never"]},
    ),
    "required": ["name"],
}
ROOT = obj(
    metadata=obj(labels={"type": "object", "additionalProperties": STRING}),
    spec={
        **obj(
            replicas=INTEGER,
            containers=keyed(CONTAINER, "name"),
            merged={"type": "array", "items": obj(ip=STRING, names=STRING), "x-kubernetes-patch-merge-key": "ip"},
            rules={"type": "array", "items": obj(key=STRING, value=STRING)},
            quantity={"x-kubernetes-int-or-string": True},
            free={"type": "object", "x-kubernetes-preserve-unknown-fields": True},
            anything={"x-kubernetes-preserve-unknown-fields": True},
            blobs={"type": "array", "items": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
        ),
        "required": ["replicas"],
    },
)


def check(op: str, path: str, value: Any = None) -> list[Mistake]:
    checker = PathChecker(Node(ROOT), redact=False)
    return checker.check_patch(op, parse_override_path(path), value, has_value=op != "remove")


@pytest.mark.parametrize(
    ("op", "path", "value"),
    [
        ("replace", "/spec/replicas", 3),
        ("remove", "/spec/replicas", None),
        ("add", "/metadata/labels/example.com~1tier", "front"),
        ("add", "/metadata/labels", {"a": "b"}),
        ("replace", "/spec/containers/[name=web]/image", "nginx"),
        ("remove", "/spec/containers/[name=web]", None),
        ("add", "/spec/containers/[name=web]", {"name": "web"}),
        ("add", "/spec/containers/-", {"name": "web"}),
        ("add", "/spec/containers/0", {"name": "web"}),
        ("replace", "/spec/containers/[name=web]/ports/[port=80]/host", "x"),
        ("replace", "/spec/containers/[name=web]/ports/[port=80,protocol=TCP]/host", "x"),
        ("replace", "/spec/containers/[name=web]/args/0", "-v"),
        ("replace", "/spec/containers/[name=web]/args/-1", "-v"),
        ("add", "/spec/containers/[name=web]/args/-", "-v"),
        ("replace", "/spec/rules/[key=a,value=b]/value", "c"),
        ("replace", "/spec/rules/0/value", "c"),
        ("replace", "/spec/merged/[ip=10.0.0.1]/names", "c"),
        ("replace", "/spec/quantity", "25%"),
        ("add", "/spec/free/whatever/it/is", [1]),
        ("replace", "/spec/free/list/[name=a]/x/0/-", 1),
        ("replace", "/spec/anything/0/[a=b]", {}),
        ("replace", "/spec/blobs/[any=thing]/at/all", {}),
        ("replace", "", {"spec": {"replicas": 1}}),
    ],
)
def test_path_that_the_type_has_is_no_mistake(op: str, path: str, value: Any) -> None:
    assert check(op, path, value) == []


WRONG_PATHS: list[tuple[str, str, str, str, str]] = [
    # operation, path, what the message says, expected, nearest
    ("replace", "/spec/replica", "/spec has no field replica; did you mean replicas?", "one of anything,", "replicas"),
    (
        "replace",
        "/sepc/replicas",
        "The object has no field sepc; did you mean spec?",
        "one of metadata or spec",
        "spec",
    ),
    ("replace", "/zzz", "The object has no field zzz; it has metadata and spec.", "one of metadata or spec", ""),
    ("replace", "/status/replicas", "The status is not propagated", "a path outside of /status", ""),
    ("replace", "/spec/replicas/x", "/spec/replicas is an integer, so there is no x in it", "ends at", ""),
    ("replace", "/spec/quantity/x", "is an integer or a string, so there is no x in it", "ends at", ""),
    ("replace", "/spec/[a=b]/x", "/spec is a map, so [a=b] cannot select from it", "the name of a field", ""),
    ("replace", "/metadata/labels/[a=b]", "/metadata/labels is a map", "the name of a field", ""),
    ("replace", "/metadata/labels/a/b", "/metadata/labels/a is a string", "ends at /metadata/labels/a", ""),
    (
        "replace",
        "/spec/containers/web/image",
        "/spec/containers is a list, so web cannot name anything in it; give a key as in [name=web].",
        "[name=web]",
        "",
    ),
    ("replace", "/spec/containers/[name=w]/args/x", "so x cannot name anything in it; give an index.", "an index", ""),
    ("replace", "/spec/containers/[name=w]/args/[a=b]", "are no maps, so [a=b] cannot select one", "an index", ""),
    ("remove", "/spec/containers/-", "- stands for the end of /spec/containers", "[name=…]", ""),
    ("replace", "/spec/containers/[name=w]/args/-", "where there is nothing to replace", "an index", ""),
    ("add", "/spec/containers/-/image", "where there is nothing to go into", "[name=…]", ""),
    ("add", "/spec/containers/[name=w]/imag", "has no field imag; did you mean image?", "one of args,", "image"),
]


@pytest.mark.parametrize(("op", "path", "message", "expected", "near"), WRONG_PATHS)
def test_path_that_leads_nowhere_is_one_mistake(op: str, path: str, message: str, expected: str, near: str) -> None:
    (mistake,) = check(op, path, "any value: it is not looked at")
    assert (mistake.rule, mistake.at, mistake.nearest) == ("wrong-path", ("path",), near)
    assert message in mistake.message
    assert expected in mistake.expected


@pytest.mark.parametrize(
    ("path", "message", "expected", "near"),
    [
        (
            "/spec/containers/[image=nginx]/image",
            "image is no key of /spec/containers, whose elements are told apart by name; write [name=…].",
            "[name=…]",
            "name",
        ),
        (
            "/spec/containers/[name=web]/ports/[protocl=TCP]/host",
            (
                "protocl is no key of /spec/containers/[name=web]/ports, whose elements are told apart by port and "
                "protocol; write [port=…,protocol=…]."
            ),
            "[port=…,protocol=…]",
            "protocol",
        ),
        (
            "/spec/merged/[names=x]/ip",
            "names is no key of /spec/merged, whose elements are told apart by ip; write [ip=…].",
            "[ip=…]",
            "ip",
        ),
        (
            "/spec/rules/[kez=a]/value",
            "The elements of /spec/rules have no field kez; did you mean key?",
            "one of key or value",
            "key",
        ),
    ],
)
def test_match_by_what_is_no_key_tells_the_keys(path: str, message: str, expected: str, near: str) -> None:
    (mistake,) = check("replace", path, "x")
    assert (mistake.rule, mistake.at) == ("not-a-list-key", ("path",))
    assert (mistake.message, mistake.expected, mistake.nearest) == (message, expected, near)


@pytest.mark.parametrize(
    ("op", "path", "better"),
    [
        ("replace", "/spec/containers/0/image", "/spec/containers/[name=…]/image"),
        ("replace", "/spec/containers/-1/image", "/spec/containers/[name=…]/image"),
        ("remove", "/spec/containers/0", "/spec/containers/[name=…]"),
        ("replace", "/spec/merged/0/names", "/spec/merged/[ip=…]/names"),
        (
            "replace",
            "/spec/containers/[name=w]/ports/0/host",
            "/spec/containers/[name=w]/ports/[port=…,protocol=…]/host",
        ),
    ],
)
def test_index_into_a_keyed_list_tells_the_path_by_key(op: str, path: str, better: str) -> None:
    value = {"name": "x"} if path.endswith("0") else "x"
    (mistake,) = check(op, path, value)
    assert (mistake.rule, mistake.at, mistake.expected) == ("index-into-keyed-list", ("path",), better)
    assert better in mistake.message


def test_every_index_into_a_keyed_list_is_told_and_the_value_is_still_looked_at() -> None:
    mistakes = check("replace", "/spec/containers/0/ports/1/host", 8080)
    assert [mistake.rule for mistake in mistakes] == ["index-into-keyed-list", "index-into-keyed-list", "wrong-type"]


@pytest.mark.parametrize(
    ("op", "path", "value", "expected"),
    [
        ("replace", "/spec/replicas", "3", [((), "wrong-type")]),
        ("replace", "/spec/replicas", None, [((), "ignored-null")]),
        ("add", "/metadata/labels", {"a": None}, [(("a",), "ignored-null")]),
        ("add", "/spec/containers/-", None, [((), "wrong-type")]),
        ("add", "/spec/containers/-", {"nam": "x"}, [(("nam",), "unknown-field"), (("name",), "missing-required")]),
        ("replace", "/spec/containers/[name=w]", None, [((), "wrong-type")]),
        ("replace", "/spec/containers/[name=w]/policy", "always", [((), "not-in-enum")]),
        ("replace", "/metadata/labels", {"a": 1}, [(("a",), "wrong-type")]),
        ("add", "/metadata/labels/a", True, [((), "wrong-type")]),
        ("add", "/spec/containers", [{"name": "a"}, {"name": "a"}], [((1,), "duplicate-list-item")]),
        ("replace", "/spec/rules/0", {"kay": "a"}, [(("kay",), "unknown-field")]),
    ],
)
def test_value_is_checked_against_what_the_path_leads_to(
    op: str, path: str, value: Any, expected: list[tuple[tuple[str | int, ...], str]]
) -> None:
    assert [(mistake.at, mistake.rule) for mistake in check(op, path, value)] == [
        (("value", *at), rule) for at, rule in expected
    ]


def test_value_that_was_not_given_is_not_looked_at() -> None:
    checker = PathChecker(Node(ROOT), redact=False)
    assert checker.check_patch("add", parse_override_path("/spec/containers/-"), None, has_value=False) == []
    assert checker.check_patch("remove", parse_override_path("/spec/replicas"), "x", has_value=True) == []


def test_value_changed_in_place_is_looked_at_again() -> None:
    checker = PathChecker(Node(ROOT), redact=False)
    value: dict[str, Any] = {"a": "x"}
    tokens = parse_override_path("/metadata/labels")
    assert checker.check_patch("add", tokens, value, has_value=True) == []
    value["a"] = 1
    assert len(checker.check_patch("add", tokens, value, has_value=True)) == 1


def test_message_about_a_value_calls_it_the_value() -> None:
    (mistake,) = check("replace", "/spec/replicas", "3")
    assert mistake.message == 'the value must be an integer, not the string "3"; remove the quotes.'


@pytest.mark.parametrize("op", ["add", "replace"])
def test_redacted_mistakes_do_not_hold_the_value(op: str) -> None:
    checker = PathChecker(Node(ROOT), redact=True)
    mistakes = checker.check_patch(op, parse_override_path("/spec/replicas"), "hunter2", has_value=True)
    assert mistakes
    assert "hunter2" not in str(mistakes)


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("/spec/containers", ListRule(("name",), {})),
        ("/spec/containers/[name=web]/ports", ListRule(("port", "protocol"), {"protocol": "TCP"})),
        ("/spec/containers/0/ports", ListRule(("port", "protocol"), {"protocol": "TCP"})),
        ("/spec/merged", ListRule(("ip",), {})),
        ("/spec/rules", None),
        ("/spec/replicas", None),
        ("/spec/free/list", None),
        ("/spec/nowhere/at/all", None),
        ("/spec/replicas/x/y", None),
        ("", None),
    ],
)
def test_list_rule_tells_keys_and_their_defaults(path: str, rule: ListRule | None) -> None:
    checker = PathChecker(Node(ROOT), redact=False)
    assert checker.list_rule(parse_override_path(path)) == rule
    assert checker.list_rule(parse_override_path(path)) == rule


@pytest.mark.parametrize(("op", "path", "message", "expected", "near"), WRONG_PATHS)
def test_message_is_a_sentence(op: str, path: str, message: str, expected: str, near: str) -> None:
    del message, expected, near
    for mistake in check(op, path, "x"):
        assert mistake.rule in RULES
        assert mistake.message.endswith((".", "?"))
