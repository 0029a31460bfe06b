"""Structural schemas to federated types, and those to the text of their manifests."""
