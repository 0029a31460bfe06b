"""The keywords that restrict a value of some type, and the formats that an API server knows."""

from __future__ import annotations

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
