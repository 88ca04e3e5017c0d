"""Lets nobody pass who does not prove who it is: everything of the API is shut but what is named.

Installed by ``app`` around FastAPI. An endpoint asks for the role that it needs; that somebody is
there at all is settled here, before a body is read and an address is looked up, so that neither a
forgotten role nor a sentence about what does not exist tells a stranger anything.
"""

import re
from typing import Final

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from azuraforge_api.problems.handlers import answer, answer_database_failure
from azuraforge_api.problems.problem import Problem
from azuraforge_api.security.authentication import identify

__all__ = ["Gate", "is_open"]

_SHUT: Final = ("/api/", "/metrics")
"""All below these. Beside it lie the probes and the login page, which tell nothing."""
_OPEN: Final = (
    ("POST", re.compile(r"/api/v1/session")),  # who logs in is nobody yet
    ("POST", re.compile(r"/api/v1/runs/[^/]+/events")),  # trainers prove themselves in another way
)


def is_open(method: str, path: str) -> bool:
    """Return whether a request to a path needs no principal, or finds it out itself."""
    if not path.startswith(_SHUT):
        return True
    return any(method == each and pattern.fullmatch(path) for each, pattern in _OPEN)


class Gate:
    """An ASGI layer.

    Args:
        app: what lies behind it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request pass, or answer that nobody is logged in."""
        refusal = None
        if scope["type"] == "http" and not is_open(scope["method"], scope["path"]):
            refusal = await _refusal(Request(scope))
        await (refusal or self._app)(scope, receive, send)


async def _refusal(request: Request) -> Response | None:
    try:
        await identify(request)
    except Problem as problem:
        return answer(problem, request)
    except (DBAPIError, PoolTimeoutError, OSError) as error:
        return await answer_database_failure(request, error)
    return None
