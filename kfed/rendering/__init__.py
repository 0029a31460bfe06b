"""What is right about one federated object, for files and servers alike."""
