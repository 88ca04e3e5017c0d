"""The service that a command speaks with, and its refusals as failures of the command.

The environment goes before the stored login, so that a pipeline needs no file.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from azuraforge_cli.failures import CommandExitCode, CommandFailure
from azuraforge_cli.service.login_store import Login, read_login
from azuraforge_client import ApiProblem, Client
from azuraforge_client.requests import checked_url
from azuraforge_contract.environment import SERVICE_TOKEN, SERVICE_URL
from azuraforge_contract.exit_codes import ExitCode

__all__ = ["connect", "find_login", "open_service"]

_CODES: Final[dict[str, int]] = {
    "invalid-request": ExitCode.BAD_CONFIG,
    "malformed-body": ExitCode.BAD_CONFIG,
    "invalid-job": ExitCode.BAD_CONFIG,
    "unsupported-media-type": ExitCode.BAD_CONFIG,
    "data-error": ExitCode.BAD_DATA,
    "too-large": ExitCode.BAD_DATA,
    "quota-exceeded": ExitCode.STORAGE_ERROR,
    "unauthenticated": CommandExitCode.NOT_ALLOWED,
    "forbidden": CommandExitCode.NOT_ALLOWED,
    "not-found": CommandExitCode.NOT_FOUND,
    "conflict": CommandExitCode.CONFLICT,
    "stale": CommandExitCode.CONFLICT,
    "too-many-requests": ExitCode.SOURCE_UNREACHABLE,
    "unavailable": ExitCode.SOURCE_UNREACHABLE,
    "deadline-exceeded": ExitCode.SOURCE_UNREACHABLE,
}
"""What a refusal means for a script; every other one is a bug of ours."""


@contextmanager
def open_service() -> Iterator[Client]:
    """Yield a client of the service that this person uses.

    Raises:
        CommandFailure: nobody is logged in, or the service refused something.
        ServiceError: the service does not answer.
    """
    with connect(find_login()) as client:
        yield client


@contextmanager
def connect(login: Login) -> Iterator[Client]:
    """Yield a client of a service.

    Raises:
        CommandFailure: the service refused something.
        ServiceError: the service does not answer.
    """
    try:
        with Client(login.url, login.token) as client:
            yield client
    except ApiProblem as problem:
        raise _failure(problem, login.url) from None
    except ValueError as error:  # a name that was left empty
        raise CommandFailure(f"{error}.", ExitCode.BAD_CONFIG) from None


def find_login() -> Login:
    """Return where the service is, and the token for it.

    Raises:
        CommandFailure: neither the environment nor a login says so.
        StorageError: the stored login is damaged.
    """
    url, token = os.environ.get(SERVICE_URL), os.environ.get(SERVICE_TOKEN)
    if url and token:
        return Login(url, token)
    stored = read_login()
    if url:  # never another service's token
        if stored is not None and stored.url == checked_url(url):
            return stored
        elsewhere = f" The login that is kept is for {stored.url}." if stored is not None else ""
        raise CommandFailure(
            f"There is no token for {url}, which {SERVICE_URL} names.{elsewhere}",
            CommandExitCode.NOT_ALLOWED,
            remedy=f"Set {SERVICE_TOKEN}, or run `azuraforge login {url}`.",
        )
    if stored is None:
        raise CommandFailure(
            "Not logged in to a service.",
            CommandExitCode.NOT_ALLOWED,
            remedy="Run `azuraforge login URL`, such as `azuraforge login http://127.0.0.1:8000`; "
            f"or set {SERVICE_URL} and {SERVICE_TOKEN}.",
        )
    return Login(stored.url, token or stored.token)


def _failure(problem: ApiProblem, url: str) -> CommandFailure:
    code = _CODES.get(problem.code, ExitCode.INTERNAL_ERROR)
    remedy = problem.remedy
    if problem.code == "unauthenticated":
        remedy = f"Log in again with a token that is valid: azuraforge login {url}"
    if code == ExitCode.INTERNAL_ERROR and problem.request_id:
        remedy = f"{remedy} The service's log tells more under {problem.request_id}.".strip()
    return CommandFailure(_message(problem), code, remedy=remedy)


def _message(problem: ApiProblem) -> str:
    if len(problem.errors) < 2:  # noqa: PLR2004 - one is told by the sentence already
        return problem.detail
    lines = (f"  {error.path}: {error.message}" for error in problem.errors)
    return "\n".join([f"{len(problem.errors)} problems:", *lines])
