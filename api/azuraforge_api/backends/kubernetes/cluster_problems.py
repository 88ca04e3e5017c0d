"""What the API server answered, in the words of the service's own problems."""

import math
from typing import Final

from azuraforge_api.problems.problem import Problem
from azuraforge_cluster.errors import (
    AlreadyExistsError,
    ClusterError,
    ConflictError,
    NotFoundError,
    RefusedError,
    UnavailableError,
)

__all__ = ["problem_of"]

_INVALID: Final = "Invalid"
"""The API server's word for an object that its definition or a CEL rule does not allow."""
_RETRY_SECONDS: Final = 5
_REFUSED_FOR_NOW: Final = ("exceeded quota", "because it is being terminated")
"""Parts of answers that say no to this request, though another one may succeed later."""


def problem_of(error: ClusterError, name: str) -> Problem:
    """Return what a caller is told.

    Args:
        error: what the API server answered.
        name: of the job that was asked about.
    """
    if isinstance(error, AlreadyExistsError):
        return Problem(
            "conflict",
            f"A job {name!r} is in the cluster already.",
            remedy="Choose another name, or delete that job: its history and its model stay.",
        )
    if isinstance(error, ConflictError):
        return Problem("conflict", f"{name} was changed or replaced meanwhile.")
    if isinstance(error, RefusedError) and error.reason == _INVALID:
        return Problem("invalid-job", error.message)
    if isinstance(error, RefusedError | NotFoundError) or _is_refused_for_now(error):
        return Problem("cluster-refused", error.message)
    return _unavailable(error)


def _is_refused_for_now(error: ClusterError) -> bool:
    return any(part in error.message for part in _REFUSED_FOR_NOW)


def _unavailable(error: ClusterError) -> Problem:
    seconds = error.retry_after_seconds if isinstance(error, UnavailableError) else 0.0
    return Problem(
        "unavailable",
        f"The cluster does not answer as it should: {error}",
        remedy="Nothing is lost; send the same again.",
        headers={"Retry-After": str(max(_RETRY_SECONDS, math.ceil(seconds)))},
    )
