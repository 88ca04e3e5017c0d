"""What a call can fail with; all are `AzuraForgeError`, with a sentence and a remedy.

::

    AzuraForgeError
    └── ServiceError
        ├── ApiProblem              the service refused: RFC 9457 problem details
        ├── UnreachableError        nobody answers, or the answer was cut off again and again
        └── UnexpectedAnswerError   whoever answers is no AzuraForge service of a like release
"""

from collections.abc import Sequence
from typing import ClassVar

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from azuraforge_contract.errors import AzuraForgeError
from azuraforge_contract.exit_codes import ExitCode

__all__ = [
    "ApiProblem",
    "FieldProblem",
    "ServiceError",
    "UnexpectedAnswerError",
    "UnreachableError",
    "failure_of",
]


class FieldProblem(BaseModel):
    """One mistake in what was sent."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    path: str
    """Where, such as spec.config.training.epochs."""
    message: str
    """What was got, what was expected and what to do."""


class _ProblemDocument(BaseModel):
    """RFC 9457 problem details as the service writes them."""

    code: str
    detail: str
    title: str = ""
    remedy: str = ""
    requestId: str = ""  # noqa: N815 - as it stands in the answer
    errors: tuple[FieldProblem, ...] = ()


class ServiceError(AzuraForgeError):
    """A call did not succeed."""


class ApiProblem(ServiceError):  # noqa: N818 - the word of RFC 9457
    """The service refused a request.

    Attributes:
        code: what programs look at, such as not-found; stable.
        status: of HTTP.
        detail: what happened this time.
        remedy: what to do about it.
        errors: mistakes in what was sent, one by one.
        request_id: under which the service's log tells more.
    """

    def __init__(
        self,
        code: str,
        status: int,
        detail: str,
        *,
        remedy: str = "",
        errors: Sequence[FieldProblem] = (),
        request_id: str = "",
    ) -> None:
        super().__init__(detail, remedy=remedy)
        self.code = code
        self.status = status
        self.detail = detail
        self.errors = tuple(errors)
        self.request_id = request_id


class UnreachableError(ServiceError):
    """The service did not answer."""

    exit_code: ClassVar[ExitCode] = ExitCode.SOURCE_UNREACHABLE
    reason: ClassVar[str] = "ServiceUnreachable"


class UnexpectedAnswerError(ServiceError):
    """Whoever answered is no AzuraForge service of a like release."""

    exit_code: ClassVar[ExitCode] = ExitCode.SOURCE_UNREACHABLE
    reason: ClassVar[str] = "UnexpectedAnswer"


def failure_of(outcome: httpx.Response | httpx.TransportError, url: str) -> ServiceError:
    """Return the exception for a request that failed.

    Args:
        outcome: an answer that is no success, its body read; or why there is none.
        url: the service's address.
    """
    if isinstance(outcome, httpx.Response):
        return _refusal(outcome)
    if isinstance(outcome, httpx.TimeoutException):
        return UnreachableError(
            f"{url} did not answer in time ({type(outcome).__name__}).",
            remedy="Try again; give the client a longer timeout where much is asked for.",
        )
    reason = str(outcome) or type(outcome).__name__
    return UnreachableError(
        f"{url} does not answer: {reason}.",
        remedy="Check the address, and whether the service runs (`azuraforge up`).",
    )


def _refusal(response: httpx.Response) -> ServiceError:
    try:
        told = _ProblemDocument.model_validate_json(response.content)
    except ValidationError:
        return _stranger(response)
    return ApiProblem(
        told.code,
        response.status_code,
        told.detail or told.title,
        remedy=told.remedy,
        errors=told.errors,
        request_id=told.requestId,
    )


def _stranger(response: httpx.Response) -> ServiceError:
    """Return the error for a refusal that is not the service's own, such as a proxy's."""
    request = response.request
    location = response.headers.get("location")
    if response.is_redirect and location:
        return UnexpectedAnswerError(
            f"{request.url} leads to {location}.",
            remedy="Use the address that the service itself has, with https where it has that.",
        )
    return UnexpectedAnswerError(
        f"{request.method} {request.url} was answered with {response.status_code} by something "
        "that is not AzuraForge.",
        remedy="Check the address, and the proxies in between.",
    )
