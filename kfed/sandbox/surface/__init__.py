"""What a server tells of itself: its types, its documents, and tables of its objects."""
