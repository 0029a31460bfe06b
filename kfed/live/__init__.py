"""What the commands do that need a cluster."""
