from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kfed.sandbox.errors import ApiError
from kfed.sandbox.state.fieldselectors import parse_fields
from kfed.sandbox.state.labelselectors import parse_labels
from tests.sandbox.clusters import Bench, Manifest, config_map, pod, refused

LABELS = {f"c{number}": {"i": str(number), "p": "odd" if number % 2 else "even"} for number in range(7)}
_START = "unable to parse requirement:"
_ALPHANUMERIC = "must consist of alphanumeric characters, '-', '_' or '.'"
_ENDS = "and must start and end with an alphanumeric character"
_KEY = (
    f"{_START} <nil>: Invalid value: \"-x\": name part {_ALPHANUMERIC}, {_ENDS} (e.g. 'MyName',  or 'my.name',  or "
    "'123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
)
_VALUE = (
    f'{_START} values[0][p]: Invalid value: "@": a valid label must be an empty string or '
    f"{_ALPHANUMERIC.removeprefix('must ')}, {_ENDS} (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for "
    "validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)
_NUMBER = f"{_START} values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer"


@pytest.fixture(scope="module")
def bench() -> Bench:
    bench = Bench()
    for name, labels in LABELS.items():
        bench.create("configmaps", config_map(name, labels=labels))
    bench.delete("configmaps", "kube-root-ca.crt")
    return bench


# What kube-apiserver 1.37 answers.
@pytest.mark.parametrize(
    ("selector", "found"),
    [
        ("p=odd,i!=1", "35"),
        ("p in (odd,even),i notin (1,2)", "03456"),
        ("!p", ""),
        ("p", "0123456"),
        ("i>3", "456"),
        ("i<2", "01"),
        ("p==odd", "135"),
        ("p=", ""),
        ("p!=", "0123456"),
        ("p in ()", ""),
        ("p in (odd,)", "135"),
        ("x notin (a)", "0123456"),
        (" p , i ", "0123456"),
        ("in", ""),
        ("in in (in)", ""),
        ("", "0123456"),
    ],
)
def test_label_selectors_select(bench: Bench, selector: str, found: str) -> None:
    assert bench.list("configmaps", label_selector=selector) == [f"c{number}" for number in found]


@pytest.mark.parametrize(
    ("selector", "message"),
    [
        ("i>=2", "unable to parse requirement: found '=', expected: identifier"),
        ("p=odd,", "found '', expected: identifier after ','"),
        ("(", "found '(', expected: !, identifier, or 'end of string'"),
        ("p in odd", "unable to parse requirement: found 'odd' expected: '('"),
        ("p=a b", "found 'b', expected: ',' or 'end of string'"),
        ("a=b=c", "found '=', expected: ',' or 'end of string'"),
        (",", "found ',', expected: !, identifier, or 'end of string'"),
        ("i>x", _NUMBER),
        ("!p=odd", "found '=', expected: ',' or 'end of string'"),
        ("p in (odd", "unable to parse requirement: found '', expected: ',' or ')'"),
        ("p notin", "unable to parse requirement: found '' expected: '('"),
        ("p!odd", "unable to parse requirement: found '!', expected: in, notin, =, ==, !=, gt, lt"),
        ("-x=a", _KEY),
        ("p=@", _VALUE),
    ],
)
def test_label_selectors_that_cannot_be_read_are_refused(bench: Bench, selector: str, message: str) -> None:
    error = refused(lambda: bench.list("configmaps", label_selector=selector))
    assert (error.code, error.message) == (400, message)


@pytest.mark.parametrize(
    ("selector", "found"),
    [
        ("metadata.name=c1", "1"),
        ("metadata.name==c1", "1"),
        ("metadata.name!=c1", "023456"),
        ("metadata.namespace=default", "0123456"),
        ("metadata.name=c1,metadata.namespace!=default", ""),
        ("metadata.name=c1,metadata.name=c2", ""),
        (",metadata.name=c1,", "1"),
        ("=", "0123456"),
        ("metadata.name=a\\,b", ""),
    ],
)
def test_field_selectors_select(bench: Bench, selector: str, found: str) -> None:
    assert bench.list("configmaps", field_selector=selector) == [f"c{number}" for number in found]


@pytest.mark.parametrize(
    ("selector", "message"),
    [
        ("data.x=1", '"data.x" is not a known field selector: only "metadata.name", "metadata.namespace"'),
        ("metadata.name", "invalid selector: 'metadata.name'; can't understand 'metadata.name'"),
        ("metadata.name=a\\b", "invalid field selector: invalid escape sequence: \\b"),
        ("metadata.name=a=b", "invalid field selector: unescaped character in value: 61"),
        (
            "metadata.name =c1",
            '"metadata.name " is not a known field selector: only "metadata.name", "metadata.namespace"',
        ),
    ],
)
def test_field_selectors_that_cannot_be_read_are_refused(bench: Bench, selector: str, message: str) -> None:
    error = refused(lambda: bench.list("configmaps", field_selector=selector))
    assert (error.code, error.message) == (400, message)


@pytest.mark.parametrize(
    ("type_", "body", "selector", "other"),
    [
        ("pods", pod("x", node="n1"), "spec.nodeName=n1", "spec.nodeName!=n1"),
        ("pods", pod("x"), "status.phase=Pending,spec.hostNetwork=false", "status.phase=Running"),
        ("secrets", {"metadata": {"name": "x"}, "type": "Opaque"}, "type=Opaque", "type=other"),
        (
            "services",
            {"metadata": {"name": "x"}, "spec": {"ports": [{"port": 1}], "clusterIP": "None"}},
            "spec.clusterIP=None",
            "spec.type=NodePort",
        ),
        (
            "events",
            {"metadata": {"name": "x"}, "involvedObject": {"name": "web", "namespace": "default"}, "reason": "Killed"},
            "involvedObject.name=web,reason=Killed,source=",
            "involvedObject.name=web,type=Warning",
        ),
        (
            "jobs.batch",
            {
                "metadata": {"name": "x"},
                "spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}]}}},
            },
            "status.successful=0",
            "status.successful=1",
        ),
    ],
)
def test_some_types_have_fields_of_their_own(type_: str, body: Manifest, selector: str, other: str) -> None:
    bench = Bench()
    bench.create(type_, body)
    assert bench.list(type_, field_selector=selector) == ["x"]
    assert bench.list(type_, field_selector=other) == []


@pytest.mark.parametrize(
    ("type_", "field", "message"),
    [
        ("pods", "spec.priority", "field label not supported: spec.priority"),
        ("jobs.batch", "x.y", 'field label "x.y" not supported for Job'),
        ("nodes", "metadata.namespace", "field label not supported: metadata.namespace"),
        ("namespaces", "name", "field label not supported: name"),
    ],
)
def test_types_with_fields_of_their_own_have_no_others(bench: Bench, type_: str, field: str, message: str) -> None:
    error = refused(lambda: bench.list(type_, None, field_selector=f"{field}=x"))
    assert (error.code, error.message) == (400, message)


def test_a_namespace_is_found_by_its_phase(bench: Bench) -> None:
    assert len(bench.list("namespaces", None, field_selector="status.phase=Active")) == 4
    assert bench.list("namespaces", None, field_selector="status.phase!=Active") == []


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="ab=!<>(), \\./-innot1", max_size=14))
def test_any_text_is_read_or_refused(text: str) -> None:
    served = Bench.type(_BENCH, "configmaps")
    for parse in (lambda: parse_labels(text), lambda: parse_fields(served, text)):
        with suppress(ApiError):  # and nothing else
            parse()


_BENCH = Bench()
