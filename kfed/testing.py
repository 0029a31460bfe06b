"""A pytest plugin that offers the sandbox's fleet to tests of one's own federated manifests."""
