"""Measures every request; the outermost layer of the application, installed by ``app``."""

import time
from typing import Final

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from azuraforge_api.system.metrics import Metrics

__all__ = ["NO_ROUTE", "RequestMetrics"]

NO_ROUTE: Final = "none"
"""The label of requests that reached no route: refused before it, or for an unknown address."""
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_OTHER: Final = "other"


class RequestMetrics:
    """An ASGI layer.

    Args:
        app: what lies behind it.
        routes: of which application the routes are.
        metrics: where it is counted.
    """

    def __init__(self, app: ASGIApp, routes: FastAPI, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics
        self._templates = {
            each.endpoint: each.path_format for each in iter_route_contexts(routes.routes)
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Carry out one request; see the ASGI specification."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()

        async def observed(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._observe(scope, message["status"], time.perf_counter() - began)
            await send(message)

        with self._metrics.requests_in_flight.track_inprogress():
            await self._app(scope, receive, observed)

    def _observe(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else _OTHER
        route = self._templates.get(scope.get("endpoint"), None) or NO_ROUTE
        self._metrics.request_seconds.labels(method, route, str(status)).observe(seconds)
