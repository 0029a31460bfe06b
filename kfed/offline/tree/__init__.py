"""A tree of files that is replaced as a whole or not at all, whatever happens on the way."""
