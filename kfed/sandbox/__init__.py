"""A small fleet of Kubernetes-compatible API servers in one process, for trying kfed out and for fast tests.

It is no place for anything that matters: production is real Kubernetes. Where it behaves otherwise than a real
kube-apiserver it is wrong; ``tests/sandbox/contract`` runs one suite on both.
"""
