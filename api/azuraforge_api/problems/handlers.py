"""Turns whatever an endpoint raises into a problem; installed by ``app``."""

import logging
from typing import Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from azuraforge_api.database.outage import is_outage
from azuraforge_api.http.allowed_methods import allowed_methods
from azuraforge_api.problems.problem import Problem
from azuraforge_api.problems.wording import malformed, unfitting
from azuraforge_contract.errors import AzuraForgeError, DataError, JobFileError, StorageError

__all__ = [
    "add_problem_handlers",
    "answer",
    "answer_database_failure",
    "request_id",
    "unexpected",
]

_MEDIA_TYPE: Final = "application/problem+json"
_RETRY_SECONDS: Final = "2"
_HTTP_CODES: Final = {
    400: "malformed-body",
    401: "unauthenticated",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    413: "too-large",
    415: "unsupported-media-type",
    416: "range-not-satisfiable",
    429: "too-many-requests",
    503: "unavailable",
}
_REFERENCE: Final = "GET /api/v1/openapi.json lists every address and what it takes."
_logger: Final = logging.getLogger("azuraforge.api")


def add_problem_handlers(app: FastAPI) -> None:
    """Answer every failure of an application with a problem."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(AzuraForgeError, _explained)
    app.add_exception_handler(DBAPIError, answer_database_failure)
    app.add_exception_handler(PoolTimeoutError, answer_database_failure)
    app.add_exception_handler(ConnectionError, answer_database_failure)
    app.add_exception_handler(OSError, _storage)


def answer(problem: Problem, request: Request) -> Response:
    """Return the response to a request."""
    return JSONResponse(
        problem.document(request_id(request)),
        status_code=problem.kind.status,
        headers=problem.headers,
        media_type=_MEDIA_TYPE,
    )


def request_id(request: Request) -> str:
    """Return the identity of a request, as its log lines carry it."""
    return str(request.scope.get("azuraforge.request_id", ""))


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)  # noqa: S101 - for the type checker: it is installed for it
    return answer(error, request)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - as above
    return answer(unfitting(request, error.errors()), request)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - as above
    return answer(_of_http(request, error), request)


def _of_http(request: Request, error: HTTPException) -> Problem:
    code = _HTTP_CODES.get(error.status_code, "internal-error")
    if code == "malformed-body" and error.__cause__ is not None:
        return malformed(error.__cause__)
    if code == "not-found":
        return Problem(code, f"There is nothing at {request.url.path}.", remedy=_REFERENCE)
    if code == "method-not-allowed":
        methods = ", ".join(allowed_methods(request.app, request.scope["path"]))
        detail = f"{request.method} is not taken at {request.url.path}, expected {methods}."
        return Problem(code, detail, remedy=_REFERENCE, headers={"Allow": methods})
    return Problem(code, str(error.detail), headers=error.headers)


async def _explained(request: Request, error: Exception) -> Response:
    assert isinstance(error, AzuraForgeError)  # noqa: S101 - as above
    code = "internal-error"
    if isinstance(error, JobFileError):
        code = "invalid-job"
    elif isinstance(error, DataError):
        code = "data-error"
    elif isinstance(error, StorageError):
        code = "unavailable"
        _logger.error("%s", error, extra={"event": "storage_error"})
    return answer(Problem(code, error.message, remedy=error.remedy or ""), request)


async def answer_database_failure(request: Request, error: Exception) -> Response:
    """Answer a request that the database has failed."""
    if not is_outage(error):
        return answer(unexpected(request, error), request)
    _logger.error("The database does not answer: %s", error, extra={"event": "database_away"})
    return answer(_unavailable("The database does not answer."), request)


async def _storage(request: Request, error: Exception) -> Response:
    """Answer a request that a disk has failed: it is full, or a volume is away."""
    assert isinstance(error, OSError)  # noqa: S101 - as above
    _logger.error("%s", error, exc_info=error, extra={"event": "storage_error"})
    return answer(_unavailable(f"The service's disk fails: {error.strerror or error}."), request)


def _unavailable(detail: str) -> Problem:
    return Problem(
        "unavailable",
        detail,
        remedy="Send the same again a little later.",
        headers={"Retry-After": _RETRY_SECONDS},
    )


def unexpected(request: Request, error: Exception) -> Problem:
    """Log a bug of ours and return what its victim is told."""
    _logger.error(
        "%s %s failed", request.method, request.url.path, exc_info=error,
        extra={"event": "request_failed", "request_id": request_id(request)},
    )  # fmt: skip
    return Problem("internal-error", f"{type(error).__name__}; the log has the whole story.")
