"""Lets a program that forecasts again and again past what was settled a moment ago.

Who may do what, and which version an alias stands for, is looked up by the endpoint in the usual
way. It tells this lane, which then carries out requests with the same address and the same
credentials itself for one second: a forecast takes half a millisecond, and looking all that up
several. Every write that this process carries out empties the lane; what another process changes (a
token revoked, an alias moved) is seen here after that second.

Installed by ``app`` as the innermost layer around FastAPI.
"""

import time
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.datastructures import State
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from azuraforge_api.models.dependencies import ServedVersion
from azuraforge_api.predictions.recorder import NewPrediction
from azuraforge_api.predictions.service import ask_forecast, new_identity
from azuraforge_api.problems.handlers import answer, answer_database_failure
from azuraforge_api.problems.problem import Problem

__all__ = ["FastLane", "Settled"]

_SECONDS: Final = 1.0
_RENEWED_AFTER: Final = 0.7
"""Seconds after which one request looks everything up anew, while the others still pass."""
_MOST: Final = 1000
_JSON: Final = "application/json"

Key = tuple[str, bytes, bytes, bytes]


@dataclass(frozen=True)
class Settled:
    """What the endpoint found for a request.

    Attributes:
        principal: who asks.
        served: the model.
        facts: content type, query and newest data; see `ask_forecast`.
        is_recorded: whether the forecast is kept.
    """

    principal: str
    served: ServedVersion
    facts: dict[str, Any]
    is_recorded: bool


@dataclass
class _Entry:
    """What was settled, until when it holds, and from when on it is to be renewed."""

    settled: Settled
    endpoint: Any
    until: float
    renewed_from: float


class FastLane:
    """An ASGI layer.

    Args:
        app: FastAPI.
        state: of the application: workers and recorder.
    """

    def __init__(self, app: ASGIApp, state: State) -> None:
        self._app = app
        self._state = state
        self._settled: dict[Key, _Entry] = {}
        state.fast_lane = self

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Carry out one request, or leave it to the application."""
        found = self._find(scope)
        if found is None:
            await self._app(scope, receive, send)
        else:
            scope["endpoint"] = found.endpoint
            scope["azuraforge.principal"] = found.settled.principal
            scope["azuraforge.is_recorded"] = True
            response = await self._respond(Request(scope, receive), found.settled)
            await response(scope, receive, send)

    def remember(self, request: Request, settled: Settled) -> None:
        """Settle requests like this one for a moment; only those of programs."""
        key = _key_of(request.scope)
        if key is None:
            return
        if len(self._settled) >= _MOST:
            self._settled.clear()
        now = time.monotonic()
        self._settled[key] = _Entry(
            settled, request.scope["endpoint"], now + _SECONDS, now + _RENEWED_AFTER
        )

    def forget(self) -> None:
        """Look everything up again: something was changed."""
        self._settled.clear()

    def _find(self, scope: Scope) -> _Entry | None:
        """Return what was settled for a request, and the endpoint that found it."""
        if not self._settled or scope["type"] != "http" or scope["method"] != "POST":
            return None
        key = _key_of(scope)
        found = self._settled.get(key) if key else None
        now = time.monotonic()
        if found is None or now >= found.until:
            return None
        if now >= found.renewed_from:
            found.renewed_from = found.until  # by this request; no others with it
            return None
        return found

    async def _respond(self, request: Request, settled: Settled) -> Response:
        try:
            prediction = await self._forecast(request, settled)
        except Problem as problem:
            return answer(problem, request)
        except (DBAPIError, PoolTimeoutError) as error:
            return await answer_database_failure(request, error)
        return Response(prediction.answer, media_type=_JSON)

    async def _forecast(self, request: Request, settled: Settled) -> NewPrediction:
        state = self._state
        facts = {**settled.facts, "id": new_identity() if settled.is_recorded else ""}
        body = await request.body()
        prediction = await ask_forecast(
            state.workers, settled.served, facts, body, by=settled.principal
        )
        if settled.is_recorded:
            await state.predictions.record(prediction)
        return prediction


def _key_of(scope: Scope) -> Key | None:
    """Return what tells requests apart; None where no bearer token is sent."""
    token, kind = b"", b""
    for name, value in scope["headers"]:
        if name == b"authorization":
            token = value
        elif name == b"content-type":
            kind = value
    return (scope["path"], scope["query_string"], token, kind) if token else None
