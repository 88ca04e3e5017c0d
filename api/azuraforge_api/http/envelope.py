"""The outermost layer around the application: identity, limits and headers of every request.

Plain ASGI, so that streams pass through it unbuffered. Installed by ``app``.
"""

import logging
import re
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any, Final

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from azuraforge_api.audit.service import Change
from azuraforge_api.http.request_identity import current_request
from azuraforge_api.problems.handlers import answer, unexpected
from azuraforge_api.problems.problem import Problem
from azuraforge_api.problems.wording import cut_off
from azuraforge_api.security.origin import SAFE_METHODS

__all__ = ["Envelope"]

Header = tuple[bytes, bytes]

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
"""For every answer that does not say otherwise itself."""
_ENCRYPTED: Final = {"Strict-Transport-Security": "max-age=31536000"}
"""For every answer where people come by https: a year without a first step in the clear."""
_SMALLER: Final = "Send less at once, or ask an admin to raise the limit."
_FAILED: Final = 400
"""Answers from here on changed nothing."""
_access: Final = logging.getLogger("azuraforge.api.access")


class Envelope:
    """Gives a request its identity, refuses bodies that are too large, and logs how it went.

    Args:
        app: the application.
        body_limit: bytes that a request to a path may carry.
        note_change: awaited after every write of a person or program that was carried out.
        is_encrypted: whether people reach the service by https, and by nothing else from now on.
    """

    def __init__(
        self,
        app: ASGIApp,
        body_limit: Callable[[str], int],
        note_change: Callable[[Change], Awaitable[None]],
        *,
        is_encrypted: bool = False,
    ) -> None:
        self._app = app
        self._body_limit = body_limit
        self._note_change = note_change
        said = {**_HEADERS, **_ENCRYPTED} if is_encrypted else _HEADERS
        self._headers = [(name.lower().encode(), said[name].encode()) for name in said]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Carry out one request; see the ASGI specification."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        identity = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        scope["azuraforge.request_id"] = identity
        current_request.set(identity)
        exchange = _Exchange(scope, send, identity, self._headers)
        limit = self._body_limit(scope["path"])
        refusal = _refusal(headers.get("content-length", ""), limit)
        if refusal is not None:
            await answer(refusal, Request(scope))(scope, receive, exchange.send)
        else:
            await self._carry_out(scope, _limited(receive, limit), exchange)
        exchange.log()
        await self._note(exchange)

    async def _note(self, exchange: "_Exchange") -> None:
        change = exchange.change()
        if change is not None:
            await self._note_change(change)

    async def _carry_out(self, scope: Scope, receive: Receive, exchange: "_Exchange") -> None:
        try:
            await self._app(scope, receive, exchange.send)
        except ClientDisconnect:
            if not exchange.has_begun:  # nobody hears it, but the log tells it as what it is
                await answer(cut_off(), Request(scope))(scope, receive, exchange.send)
        except Exception as error:  # the edge: what no handler knew
            if exchange.has_begun:
                raise
            request = Request(scope)
            await answer(unexpected(request, error), request)(scope, receive, exchange.send)


class _Exchange:
    """One request and its answer."""

    def __init__(self, scope: Scope, send: Send, identity: str, headers: list[Header]) -> None:
        self._scope, self._send, self._identity = scope, send, identity
        self._headers = headers
        self._began = time.perf_counter()
        self._status = 0

    @property
    def has_begun(self) -> bool:
        """Whether the answer is under way."""
        return self._status != 0

    async def send(self, message: Message) -> None:
        """Pass a part of the answer on, with the headers that every answer has."""
        if message["type"] == "http.response.start":
            self._status = message["status"]
            headers = [*message.get("headers", ()), (b"x-request-id", self._identity.encode())]
            said = {name for name, _ in headers}
            headers += [pair for pair in self._headers if pair[0] not in said]
            message = {**message, "headers": headers}
        await self._send(message)

    def change(self) -> Change | None:
        """Return what the audit log is told, or None where nothing was changed."""
        principal = self._scope.get("azuraforge.principal", "")
        if self._scope.get("azuraforge.is_recorded"):
            return None
        if not principal or self._scope["method"] in SAFE_METHODS or self._status >= _FAILED:
            return None
        return Change(
            principal, self._scope["method"], self._scope["path"], self._status, self._identity
        )

    def log(self) -> None:
        """Write the access log's line."""
        facts: dict[str, Any] = {
            "event": "request",
            "request_id": self._identity,
            "method": self._scope["method"],
            "path": self._scope["path"],
            "status": self._status,
            "milliseconds": round((time.perf_counter() - self._began) * 1000, 1),
            "principal": self._scope.get("azuraforge.principal", ""),
        }
        _access.info("%s %s %s", facts["method"], facts["path"], facts["status"], extra=facts)


def _refusal(declared: str, limit: int) -> Problem | None:
    """Return that a request declares more than it may carry."""
    if declared.isascii() and declared.isdigit() and int(declared[:20]) > limit:
        detail = f"The body has {declared[:20]} bytes, at most {limit} are taken."
        return Problem("too-large", detail, remedy=_SMALLER)
    return None


def _limited(receive: Receive, limit: int) -> Receive:
    """Count a body of undeclared length as it comes."""
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            detail = f"The body has more than {limit} bytes, which is all that is taken."
            raise Problem("too-large", detail, remedy=_SMALLER)
        return message

    return counted
