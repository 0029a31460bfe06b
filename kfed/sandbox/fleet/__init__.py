"""A host and its members in one process, and how they are told what to do."""
