"""Upstream schemas in, one structural schema out; look-up by path, and checking a value against it."""
