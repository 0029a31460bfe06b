"""What an API server refuses of the built-in types that people write daily, beyond what their schemas say.

The rules are those of Kubernetes' own validation (k8s.io/kubernetes, ``pkg/apis/*/validation``), as far as people
run into them; ``tests/clusters/test_validation.py`` holds each to a real API server. They take any JSON: what has
another shape than the schema's is left to the schema.
"""
