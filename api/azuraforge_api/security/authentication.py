"""From a request to its principal; endpoints ask for `Viewer`, `Editor` or `Admin`.

An ``Authorization: Bearer`` header counts before a session cookie, so that a program in a browser's
place is never taken for the person who is logged in there.
"""

import logging
from typing import Annotated, Any, Final

import httpx
from fastapi import Depends, Request

from azuraforge_api.database.database import Database
from azuraforge_api.problems.problem import Problem
from azuraforge_api.security.jwks import InvalidTokenError
from azuraforge_api.security.oidc import OidcLogin, looks_like_jwt
from azuraforge_api.security.origin import check_origin
from azuraforge_api.security.principal import Principal, Role
from azuraforge_api.security.trainer import ClusterTrainers, is_of_cluster, trainer_of
from azuraforge_api.sessions.repository import find_live_session
from azuraforge_api.sessions.service import principal_of_session
from azuraforge_api.tokens.repository import find_live_token, needs_note_of_use, note_use
from azuraforge_api.tokens.service import principal_of

__all__ = ["SESSION_COOKIE", "Admin", "Editor", "Viewer", "bearer_of", "identify"]

SESSION_COOKIE: Final = "azuraforge_session"
_logger: Final = logging.getLogger("azuraforge.api.security")
_CALLER: Final = "azuraforge.caller"
_HOW: Final = "Send `Authorization: Bearer TOKEN`, or open a login link."


def bearer_of(request: Request) -> str | None:
    """Return the bearer token of a request, or None."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    return secret.strip() or None if scheme.lower() == "bearer" else None


async def identify(request: Request) -> Principal:
    """Return who sent the request; found out once for each.

    Raises:
        Problem: nobody known did.
    """
    known: Principal | None = request.scope.get(_CALLER)
    if known is not None:
        return known
    state = request.app.state
    bearer, cookie = bearer_of(request), request.cookies.get(SESSION_COOKIE)
    if bearer is not None and looks_like_jwt(bearer):
        principal = await _of_jwt(request, bearer)
    elif bearer is not None:
        principal = await _of_token(state.database, bearer)
    elif cookie is not None:
        check_origin(request, state.settings)
        principal = await _of_session(state.database, cookie)
    else:
        raise _unauthenticated("The request carries neither a token nor a session.")
    request.scope["azuraforge.principal"] = principal.name
    request.scope[_CALLER] = principal
    return principal


async def _of_token(database: Database, secret: str) -> Principal:
    async with database.read() as session:
        token = await find_live_token(session, secret)
    if token is None:
        await _refuse_trainer(database, None, secret)
        raise _unauthenticated("The token is unknown, expired or revoked.")
    if needs_note_of_use(token):
        async with database.write() as session:
            await note_use(session, token.id)
    return principal_of(token)


async def _of_jwt(request: Request, token: str) -> Principal:
    state = request.app.state
    login: OidcLogin | None = state.oidc
    try:
        if is_of_cluster(token):
            await _refuse_trainer(state.database, state.cluster_trainers, token)
        if login is None:
            raise _unauthenticated("The token is unknown: no identity provider is set up here.")
        return await login.principal(token)
    except InvalidTokenError as error:
        raise _unauthenticated(f"The token is refused: {error}.") from error
    except httpx.HTTPError as error:
        _logger.warning("identity provider: %s", error, extra={"event": "oidc_away"})
        raise Problem("unavailable", "The identity provider does not answer.") from error


async def _of_session(database: Database, secret: str) -> Principal:
    async with database.read() as session:
        row = await find_live_session(session, secret)
    if row is None:
        raise _unauthenticated("The session has ended.")
    return principal_of_session(row)


async def _refuse_trainer(database: Database, cluster: ClusterTrainers | None, token: str) -> None:
    trainer = await trainer_of(database, cluster, token)
    if trainer is not None:
        raise Problem(
            "forbidden",
            f"The token is of the trainer of run {trainer.run}: it posts that run's events and "
            "does nothing else.",
            remedy="Use a token of your own.",
        )


def _unauthenticated(detail: str) -> Problem:
    return Problem("unauthenticated", detail, remedy=_HOW, headers={"WWW-Authenticate": "Bearer"})


def _need(role: Role) -> Any:
    async def check(principal: Annotated[Principal, Depends(identify)]) -> Principal:
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
