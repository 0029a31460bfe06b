"""How large a document may be, and what may be made of it: far more than any API server takes, far less than hurts."""

from __future__ import annotations

# etcd takes 1.5 MiB, and an API server 3 MiB, of one object; a List of many objects may be larger.
MAX_SIZE = 16 * 2**20
# The deepest objects are CustomResourceDefinitions, at about forty levels.
MAX_DEPTH = 128

ROOM = "1 MiB and eight times the document"


def room(size: int) -> int:
    """What a document of *size* characters may become: by its aliases, or written out with indents. `ROOM` in words.

    Compact JSON of a CustomResourceDefinition, nested as deeply as any, becomes four times its size in YAML.
    """
    return min(MAX_SIZE, 2**20 + 8 * size)
