"""What one cluster holds, and what its API server decides of it."""
