"""kfed federates Kubernetes clusters: typed federated types, rendered for every cluster.

The public library is re-exported here; nothing inside kfed imports more of this module than the version.
"""

__version__ = "0.1.0.dev0"
