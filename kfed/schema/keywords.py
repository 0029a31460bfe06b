"""The keywords that restrict a value of some type."""

from __future__ import annotations

OF_STRINGS = frozenset({"pattern", "minLength", "maxLength"})
OF_NUMBERS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})
RESTRICTIONS = (
    *("enum", "required", "format", "pattern", "maxLength", "minLength"),
    *("maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "multipleOf"),
    *("maxItems", "minItems", "maxProperties", "minProperties"),
)
