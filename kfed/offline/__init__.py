"""Files in, files out: what the commands that need no cluster do."""
