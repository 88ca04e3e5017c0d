"""Refuses addresses with the character NUL, which PostgreSQL keeps in no text and finds in none.

Installed by ``app`` behind the gate: one place, so that no query has to think of it.
"""

from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from azuraforge_api.problems.handlers import answer
from azuraforge_api.problems.problem import Problem

__all__ = ["PlainAddress"]

_NUL: Final = "\0"
_SHOWN: Final = 100


class PlainAddress:
    """An ASGI layer.

    Args:
        app: what lies behind it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request pass, or answer what its address must not hold."""
        if scope["type"] == "http" and (_NUL in scope["path"] or b"%00" in scope["query_string"]):
            response = answer(_problem(scope), Request(scope))
            await response(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _problem(scope: Scope) -> Problem:
    query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    texts = [("The path", scope["path"]), *query]
    name, text = next((pair for pair in texts if _NUL in pair[0] + pair[1]), ("The query", ""))
    shown = repr(f"{name}: {text}")[1:-1][:_SHOWN]
    return Problem(
        "invalid-request",
        f"{shown} holds the character NUL (%00), expected text without it.",
        remedy="Leave it out.",
    )
