"""How large a document may be: far more than any API server takes, and far less than would hurt."""

from __future__ import annotations

# etcd takes 1.5 MiB, and an API server 3 MiB, of one object; a List of many objects may be larger.
MAX_SIZE = 16 * 2**20
# The deepest objects are CustomResourceDefinitions, at about forty levels.
MAX_DEPTH = 128
