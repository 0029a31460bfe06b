"""Requests in and answers out: HTTP, TLS, tokens, watches."""
