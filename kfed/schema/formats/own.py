"""What kfed says by a pattern of its own in a schema, where no format says it; and which texts these are.

The patterns are for API servers and editors; kfed itself knows them by sight and needs no engine for them.
"""

from __future__ import annotations

import binascii
import re

from kfed.schema.formats.table import Format

# resource.Quantity, as controller-tools writes it down for CRDs (pkg/crd/known_types.go).
QUANTITY_PATTERN = (
    r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))"
    r"(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$"
)
# Go's []byte: standard base64 with padding, in which line breaks are passed over. The format byte of a CRD refuses
# them, and an empty text as well.
BYTES_PATTERN = (
    r"^[\r\n]*(([A-Za-z0-9+/][\r\n]*){4})*"
    r"(([A-Za-z0-9+/][\r\n]*){2}=[\r\n]*=[\r\n]*|([A-Za-z0-9+/][\r\n]*){3}=[\r\n]*)?$"
)
_QUANTITY = re.compile(QUANTITY_PATTERN.removesuffix("$"), re.ASCII)


def is_quantity(text: str) -> bool:
    """Whether *text* has the form of a quantity."""
    return _QUANTITY.fullmatch(text) is not None


def is_bytes(text: str) -> bool:
    """Whether *text* is what Go takes for bytes."""
    try:
        binascii.a2b_base64(text.replace("\n", "").replace("\r", ""), strict_mode=True)
    except ValueError:
        return False
    return True


OWN_PATTERNS = {
    BYTES_PATTERN: Format("text in base64", is_bytes),
    QUANTITY_PATTERN: Format("a quantity such as 500m or 2Gi", is_quantity),
}
