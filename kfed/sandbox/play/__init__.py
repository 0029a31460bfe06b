"""What controllers, schedulers and kubelets do in a real cluster, played."""
