"""Formats of texts: dates, addresses, durations and the rest, as an API server reads them."""
