"""What is sent, made into what is stored: read, pruned, with its defaults, and validated."""
