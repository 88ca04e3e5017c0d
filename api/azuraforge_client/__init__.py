"""The typed client of the REST API, for the command line and for programs of others.

Belongs here: requests, answers as models, errors as exceptions. Never here: a word to a person, or
anything of the server's own packages.
"""

from azuraforge_client.async_client import AsyncClient
from azuraforge_client.client import Client
from azuraforge_client.errors import (
    ApiProblem,
    FieldProblem,
    ServiceError,
    UnexpectedAnswerError,
    UnreachableError,
)
from azuraforge_client.retries import RetryPolicy

__all__ = [
    "ApiProblem",
    "AsyncClient",
    "Client",
    "FieldProblem",
    "RetryPolicy",
    "ServiceError",
    "UnexpectedAnswerError",
    "UnreachableError",
]
