"""The HTTP server that carries the service; used by ``serving`` in a pod and by ``azuraforge up``.

Parsing in C and libuv's loop take a third of the processor time that h11 and asyncio's own loop
take for a small request. uvicorn takes that loop by itself where it is installed: not on Windows.
"""

import gc
import socket
from typing import Final

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

__all__ = ["MOST_HEAD_BYTES", "http_server"]

MOST_HEAD_BYTES: Final = 65_536
"""What is read of a request before anything of it can be handed on, as h11 limits it, too."""


def http_server(app: FastAPI, *, drain_seconds: int) -> uvicorn.Server:
    """Return the server of an application.

    Args:
        app: what is served.
        drain_seconds: how long requests in flight may take at the end; streams are cut.
    """
    return _Server(
        uvicorn.Config(
            app,
            http=BoundedProtocol,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=drain_seconds,
            server_header=False,
        )
    )


class _Server(uvicorn.Server):
    """Keeps what is there from the start out of the garbage collector's sight.

    The modules' two hundred thousand objects live as long as the process; to look at each of them
    again and again would stop every request for a tenth of a second or more.
    """

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to serve."""
        await super().startup(sockets=sockets)
        gc.freeze()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Drain and end."""
        gc.unfreeze()
        await super().shutdown(sockets=sockets)


class BoundedProtocol(HttpToolsProtocol):
    """Refuses a head or trailers without end: the parser itself would keep all of them."""

    _unused_bytes = 0

    def data_received(self, data: bytes) -> None:
        """Take what has arrived on the connection."""
        self._unused_bytes += len(data)
        super().data_received(data)
        if self._unused_bytes > MOST_HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("The head of the request is too long.")

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._unused_bytes = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Hand the request on."""
        self._unused_bytes = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Hand a piece of the body on; their sum has limits of its own."""
        self._unused_bytes = 0
        super().on_body(body)
