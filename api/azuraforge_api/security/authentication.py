"""From a request to its principal; endpoints ask for `Viewer`, `Editor` or `Admin`.

An ``Authorization: Bearer`` header counts before a session cookie, so that a program in a browser's
place is never taken for the person who is logged in there.
"""

from typing import Annotated

from fastapi import Depends, Request

from azuraforge_api.http.dependencies import AppDatabase
from azuraforge_api.problems.problem import Problem
from azuraforge_api.security.principal import Principal, Role
from azuraforge_api.tokens.repository import find_live_token
from azuraforge_api.tokens.service import principal_of

__all__ = ["Admin", "Editor", "Viewer", "bearer_of"]

_HOW = "Send `Authorization: Bearer TOKEN`, or open a login link."


def bearer_of(request: Request) -> str | None:
    """Return the bearer token of a request, or None."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    return secret.strip() or None if scheme.lower() == "bearer" else None


async def _principal(request: Request, database: AppDatabase) -> Principal:
    """Return who sent the request.

    Raises:
        Problem: nobody known did.
    """
    secret = bearer_of(request)
    if secret is None:
        raise _unauthenticated("The request carries no token.")
    async with database.read() as session:
        token = await find_live_token(session, secret)
    if token is None:
        raise _unauthenticated("The token is unknown, expired or revoked.")
    principal = principal_of(token)
    request.scope["azuraforge.principal"] = principal.name
    return principal


def _unauthenticated(detail: str) -> Problem:
    return Problem("unauthenticated", detail, remedy=_HOW, headers={"WWW-Authenticate": "Bearer"})


def _need(role: Role) -> object:
    async def check(principal: Annotated[Principal, Depends(_principal)]) -> Principal:
        if principal.role < role:
            raise Problem(
                "forbidden",
                f"{principal.name} is {principal.role.word}; this needs {role.word}.",
                remedy=f"Ask an admin for a token of the role {role.word}.",
            )
        return principal

    return Depends(check)


Viewer = Annotated[Principal, _need(Role.VIEWER)]
Editor = Annotated[Principal, _need(Role.EDITOR)]
Admin = Annotated[Principal, _need(Role.ADMIN)]
