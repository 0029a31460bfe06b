"""The command line: click; one module per command, and no thinking in it."""
