"""The controllers: federated objects on the host become, and stay, objects on the members."""
