"""A value, or the path of an override, against a structural schema."""
