"""Errors as RFC 9457 problem details, each with a stable code that a reference page explains."""
