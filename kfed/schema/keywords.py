"""The keywords that restrict a value of some type, and what an API server makes of formats and patterns."""

from __future__ import annotations

import re

OF_STRINGS = frozenset({"pattern", "minLength", "maxLength"})
OF_NUMBERS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})
RESTRICTIONS = (
    *("enum", "required", "format", "pattern", "maxLength", "minLength"),
    *("maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "multipleOf"),
    *("maxItems", "minItems", "maxProperties", "minProperties"),
)
# k8s.io/kube-openapi, pkg/validation/strfmt, and the formats of numbers; any other format means nothing.
FORMATS = frozenset(
    {"int32", "int64", "float", "double", "byte", "date", "date-time", "duration", "password"}
    | {"uri", "email", "hostname", "ipv4", "ipv6", "cidr", "mac", "bsonobjectid", "creditcard", "ssn"}
    | {"uuid", "uuid3", "uuid4", "uuid5", "isbn", "isbn10", "isbn13", "hexcolor", "rgbcolor"}
    | {"k8s-short-name", "k8s-long-name"}
)
# Go's regular expressions look neither around nor back.
_NOT_RE2 = re.compile(r"\(\?(?:[=!]|<[=!]|>)|(?<!\\)(?:\\\\)*\\[1-9]")


def is_re2(pattern: str) -> bool:
    """Whether *pattern* is without what Go's regular expressions, which are RE2's, do not have."""
    return _NOT_RE2.search(pattern) is None
