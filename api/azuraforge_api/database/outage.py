"""Tells a database that is away from one that refuses what it is given."""

from typing import Final

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

__all__ = ["is_outage"]

_PASSING: Final = ("08", "40", "53", "57")
"""PostgreSQL's classes of what passes: connections, deadlocks, resources, an operator's hand."""


def is_outage(error: Exception) -> bool:
    """Return whether the same request may well succeed a little later."""
    if isinstance(error, OperationalError | InterfaceError | PoolTimeoutError | OSError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    state = str(getattr(error.orig, "sqlstate", None) or "")
    return error.connection_invalidated or state[:2] in _PASSING
