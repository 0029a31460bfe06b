"""Findings out: the forms in which a run says what it found."""
