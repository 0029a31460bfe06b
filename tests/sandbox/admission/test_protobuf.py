"""What kubectl sends as protocol buffers is the object that it would have sent as JSON."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kfed.sandbox.admission.protobuf import ProtobufError, decode_object
from kfed.sandbox.surface.openapi_protobuf import encode_document


def varint(value: int) -> bytes:
    value &= 2**64 - 1
    pieces = []
    while value > 0x7F:
        pieces.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*pieces, value])


def field(number: int, value: bytes | str | int) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def envelope(version: str, kind: str, *fields: bytes) -> bytes:
    return b"k8s\0" + field(1, field(1, version) + field(2, kind)) + field(2, b"".join(fields))


def decoded(version: str, kind: str, *fields: bytes) -> dict[str, Any]:
    found = decode_object(envelope(version, kind, *fields))
    assert (found.pop("apiVersion"), found.pop("kind")) == (version, kind)
    return found


def test_metadata_is_there_without_what_is_empty() -> None:
    labels = field(11, field(1, "app") + field(2, "web"))
    metadata = field(1, field(1, "a") + field(2, "") + field(3, "ns") + field(7, 0) + field(8, b"") + labels)
    assert decoded("v1", "ConfigMap", metadata) == {
        "metadata": {"name": "a", "namespace": "ns", "labels": {"app": "web"}}
    }


def test_pointer_to_nought_is_nought_and_nothing_else_is() -> None:
    spec = field(2, field(1, 0) + field(5, 0) + field(7, 0))
    assert decoded("apps/v1", "Deployment", spec) == {"spec": {"replicas": 0}}


def test_what_is_embedded_stands_in_its_place() -> None:
    volume = field(1, "data") + field(2, field(2, b""))  # VolumeSource{emptyDir: {}}
    spec = field(2, field(1, volume))
    assert decoded("v1", "Pod", spec) == {"spec": {"volumes": [{"name": "data", "emptyDir": {}}]}}


def test_bytes_numbers_times_and_quantities_are_as_json_has_them() -> None:
    assert decoded("v1", "Secret", field(2, field(1, "k") + field(2, b"\x00\xff"))) == {"data": {"k": "AP8="}}
    ports = field(1, field(1, "http") + field(3, 80) + field(4, field(1, 1) + field(3, "web")))
    more = field(1, field(3, 81) + field(4, field(1, 0) + field(2, 8081)))
    assert decoded("v1", "Service", field(2, ports + more)) == {
        "spec": {
            "ports": [
                {"name": "http", "port": 80, "targetPort": "web"},
                {"port": 81, "targetPort": 8081},
            ]
        }
    }
    hard = field(2, field(1, field(1, "cpu") + field(2, field(1, "1500m"))))
    assert decoded("v1", "ResourceQuota", hard) == {"spec": {"hard": {"cpu": "1500m"}}}
    lease = field(2, field(1, "me") + field(4, field(1, 1_700_000_000) + field(2, 123_456_000)))
    assert decoded("coordination.k8s.io/v1", "Lease", lease) == {
        "spec": {"holderIdentity": "me", "renewTime": "2023-11-14T22:13:20.123456Z"}
    }


def test_negative_numbers_are_negative() -> None:
    assert decoded("scheduling.k8s.io/v1", "PriorityClass", field(2, -5)) == {"value": -5}


def test_fields_of_a_newer_client_are_passed_over() -> None:
    assert decoded("v1", "ConfigMap", field(999, "new"), field(4, 1)) == {"immutable": True}


def test_type_that_is_not_known_is_refused_with_its_name() -> None:
    with pytest.raises(ProtobufError, match=r'no kind "Widget" is registered for version "example\.com/v1"'):
        decode_object(envelope("example.com/v1", "Widget"))


@given(st.binary(max_size=60))
@settings(deadline=None, max_examples=300)
def test_rubbish_is_one_kind_of_error(data: bytes) -> None:
    for text in (data, b"k8s\0" + data, envelope("v1", "Pod", data), envelope("v1", "Secret", data)):
        try:
            found = decode_object(text)
        except ProtobufError:
            continue
        assert found["kind"] in {"Pod", "Secret", ""}


def test_openapi_document_holds_what_kubectl_looks_for() -> None:
    kind = [{"group": "", "version": "v1", "kind": "Secret"}]
    document = {
        "swagger": "2.0",
        "info": {"title": "K", "version": "1"},
        "paths": {
            "/s": {
                "patch": {
                    "x-kubernetes-group-version-kind": kind[0],
                    "parameters": [{"name": "fieldValidation", "in": "query"}, {"name": "body", "in": "body"}],
                }
            }
        },
        "definitions": {"S": {"type": "object", "required": ["a"], "properties": {"a": {"$ref": "#/definitions/S"}}}},
    }
    parameter = field(
        8, field(1, field(2, field(3, field(2, "query") + field(4, "fieldValidation") + field(6, "string"))))
    )
    extension = field(
        13,
        field(1, "x-kubernetes-group-version-kind") + field(2, field(2, '{"group":"","version":"v1","kind":"Secret"}')),
    )
    path = field(2, field(1, "/s") + field(2, field(8, parameter + extension)))
    schema = (
        field(19, "a")
        + field(22, field(1, "object"))
        + field(25, field(1, field(1, "a") + field(2, field(1, "#/definitions/S"))))
    )
    assert encode_document(document) == (
        field(1, "2.0")
        + field(2, field(1, "K") + field(2, "1"))
        + field(8, path)
        + field(9, field(1, field(1, "S") + field(2, schema)))
    )
