"""Upstream's descriptions of types, from documents, CustomResourceDefinitions and releases."""
