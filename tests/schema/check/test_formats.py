"""Which texts have which format."""

from __future__ import annotations

import pytest

from kfed.schema.check.formats import FORMATS

UUID4 = "123e4567-e89b-42d3-a456-426614174000"

ACCEPTED = {
    "byte": ["", "aGk=", "aGVsbG8=", "aGVs\nbG8=\r\n", "+/+/"],
    "cidr": ["10.0.0.0/8", "10.1.2.3/8", "::/0", "2001:db8::1/128"],
    "date": ["2026-01-31", "2024-02-29"],
    "date-time": ["2026-01-31T12:00:00Z", "2026-01-31T12:00:00.123456789+02:00", "2026-01-31t12:00:00z"],
    "datetime": ["2026-01-31T12:00:00Z"],
    "duration": ["0", "1h30m", "-1.5h", "100ms", "2 days", "22 ns"],
    "email": ["a@example.com", "A <a@example.com>"],
    "hostname": ["a", "a.example.com", "A-1.example.com"],
    "ipv4": ["10.0.0.1"],
    "ipv6": ["::1", "2001:db8::1", "::ffff:10.0.0.1"],
    "k8s-long-name": ["a.b-c.d"],
    "k8s-short-name": ["a-b", "0"],
    "mac": ["00:1a:2b:3c:4d:5e", "00-1A-2B-3C-4D-5E"],
    "uri": ["https://example.com/a?b#c", "/a/b", "urn:x:y"],
    "uuid": [UUID4, UUID4.upper(), UUID4.replace("-", "")],
    "uuid3": [UUID4.replace("42d3", "32d3")],
    "uuid4": [UUID4],
    "uuid5": [UUID4.replace("42d3", "52d3")],
}
REFUSED = {
    "byte": ["aGk", "aGk=x", "a-_k", "ä", "a"],
    "cidr": ["10.0.0.0", "10.0.0.0/33", "10.0.0.0/255.0.0.0", "::/129", "/8", "10.0.0.0/"],
    "date": ["2026-02-30", "20260131", "2026-01-31T00:00:00Z", "2026-1-1"],
    "date-time": [
        "2026-01-31",
        "2026-01-31 12:00:00Z",
        "2026-01-31T12:00:00",
        "2026-02-30T12:00:00Z",
        "2026-01-31T25:00:00Z",
        "2026-01-31T23:59:60Z",
        "2026-01-31T12:00:00+24:00",
        "٢٠٢٦-01-31T12:00:00Z",
    ],
    "datetime": ["now"],
    "duration": ["", "1", "h", "1x", "two days", "1 fortnight"],
    "email": ["a", "@example.com", "a@", "a b@c d"],
    "hostname": ["", "-a", "a-", "a_b", "a..b", "x" * 64],
    "ipv4": ["10.0.0", "10.0.0.256", "010.0.0.1", "::1", "10.0.0.1/8"],
    "ipv6": ["10.0.0.1", ":::", "fe80::1%eth0", "g::"],
    "k8s-long-name": ["A.b", "a_b", "-a", "x" * 254],
    "k8s-short-name": ["a.b", "A", "x" * 64],
    "mac": ["00:1a:2b:3c:4d", "00:1a-2b:3c:4d:5e"],
    "uri": ["", "example", "http://a\nb", "?a"],
    "uuid": ["", UUID4[:-1], UUID4 + "0", UUID4.replace("e", "g")],
    "uuid3": [UUID4],
    "uuid4": [UUID4.replace("42d3", "32d3"), UUID4.replace("a456", "c456")],
    "uuid5": [UUID4],
}


def test_every_format_has_examples() -> None:
    assert set(FORMATS) == set(ACCEPTED) == set(REFUSED)


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in ACCEPTED.items() for text in texts])
def test_text_of_a_format_is_taken(name: str, text: str) -> None:
    assert FORMATS[name].accepts(text)


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in REFUSED.items() for text in texts])
def test_text_of_no_such_format_is_refused(name: str, text: str) -> None:
    assert not FORMATS[name].accepts(text)
