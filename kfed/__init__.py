"""kfed federates Kubernetes clusters: typed federated types, rendered for every cluster.

The public library is re-exported here; nothing inside kfed imports this module.
"""

__version__ = "0.1.0.dev0"
