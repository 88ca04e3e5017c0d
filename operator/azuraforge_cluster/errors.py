"""What the API server may answer instead of what was asked for.

::

    ClusterError
    ├── NotFoundError       404: the object is gone, or its kind is not installed
    ├── ConflictError       409: the object is no longer the one that was read
    ├── AlreadyExistsError  409: an object of this name is there
    ├── RefusedError        400, 403, 422: it will be refused again as it is
    └── UnavailableError    no answer, 429, 5xx, no right: worth another try later
        └── ExpiredError    410: the version that was named is forgotten
"""

import json
from typing import Final

__all__ = [
    "AlreadyExistsError",
    "ClusterError",
    "ConflictError",
    "ExpiredError",
    "NotFoundError",
    "RefusedError",
    "UnavailableError",
    "error_of_answer",
]

_TEMPORARY: Final = ("exceeded quota", "because it is being terminated", " cannot ")
"""Parts of 403 answers that may go away: a quota, a namespace's end, a missing right of ours."""


class ClusterError(Exception):
    """The API server did not do what it was asked to."""

    def __init__(self, reason: str, message: str) -> None:
        self.reason = reason
        self.message = message
        super().__init__(f"{reason}: {message}")


class NotFoundError(ClusterError):
    """The object is gone, or its kind is not installed."""


class ConflictError(ClusterError):
    """The object is no longer the one that was read."""


class AlreadyExistsError(ClusterError):
    """An object of this name is there."""


class RefusedError(ClusterError):
    """It will be refused again as it is."""


class UnavailableError(ClusterError):
    """Worth another try later."""

    def __init__(self, reason: str, message: str, *, retry_after_seconds: float = 0.0) -> None:
        super().__init__(reason, message)
        self.retry_after_seconds = retry_after_seconds


class ExpiredError(UnavailableError):
    """The version that was named is forgotten; list anew."""


def error_of_answer(
    code: int, body: str | None, *, retry_after_seconds: float = 0.0
) -> ClusterError:
    """Return the error in an answer of the API server, or of a proxy before it."""
    reason, message = _status_of(code, body)
    match code:
        case 404:
            return NotFoundError(reason, message)
        case 409:
            kind = AlreadyExistsError if reason == "AlreadyExists" else ConflictError
            return kind(reason, message)
        case 410:
            return ExpiredError(reason, message)
        case 400 | 422:
            return RefusedError(reason, message)
        case 403 if not any(part in message for part in _TEMPORARY):
            return RefusedError(reason, message)
        case _:
            return UnavailableError(reason, message, retry_after_seconds=retry_after_seconds)


def _status_of(code: int, body: str | None) -> tuple[str, str]:
    """Return reason and message of a metav1.Status, or what stands in its place."""
    try:
        status = json.loads(body or "")
    except json.JSONDecodeError:
        return f"HTTP{code}", (body or "")[:200]
    if not isinstance(status, dict):
        return f"HTTP{code}", str(status)[:200]
    return str(status.get("reason") or f"HTTP{code}"), str(status.get("message") or "")
