"""Types as one server serves them, and the definitions that they come from."""
