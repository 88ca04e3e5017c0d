"""The HTTP server takes a request of any cut, and nothing without end."""

import asyncio
import gc
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from fastapi import FastAPI, Request

from azuraforge_api.deployment.http_server import MOST_HEAD_BYTES, http_server

pytestmark = pytest.mark.anyio
_PIECE = b"x" * 16_384


def _app() -> FastAPI:
    app = FastAPI()

    @app.post("/")
    async def count(request: Request) -> int:
        return len(await request.body())

    return app


@asynccontextmanager
async def _connected() -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = http_server(_app(), drain_seconds=1)
        task = asyncio.create_task(server.serve(sockets=[listener]))
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        try:
            async with asyncio.timeout(60):
                yield reader, writer
        finally:
            writer.close()
            server.should_exit = True
            await task


async def _send_without_end(writer: asyncio.StreamWriter, start: bytes) -> int:
    """Send until the server has closed the connection; return how much it took."""
    writer.write(start)
    sent = 0
    try:
        while not writer.is_closing() and sent < 100 * MOST_HEAD_BYTES:
            writer.write(_PIECE)
            sent += len(_PIECE)
            await writer.drain()
    except ConnectionError:
        pass
    return sent


@pytest.mark.parametrize(
    "start",
    [
        b"POST /",
        b"POST / HTTP/1.1\r\nX-Long: ",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX-Long: ",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;",
    ],
    ids=["address", "header", "trailer", "chunk extension"],
)
async def test_what_never_ends_before_the_body_is_refused(start: bytes) -> None:
    """An address, a header, a trailer or an extension without end costs the service no memory."""
    async with _connected() as (_, writer):
        assert await _send_without_end(writer, start) < 100 * MOST_HEAD_BYTES


async def test_large_bodies_and_many_requests_pass() -> None:
    """What is limited is the head alone: bodies have limits of their own, connections live on."""
    body = _PIECE * 20
    head = f"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    chunks = b"1\r\nx\r\n" * 30_000
    chunked = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks
    async with _connected() as (reader, writer):
        for request, expected in [(head + body, len(body)), (chunked + b"0\r\n\r\n", 30_000)] * 3:
            writer.write(request)
            answer = await reader.readuntil(b"\r\n\r\n")
            assert answer.startswith(b"HTTP/1.1 200"), answer
            assert await reader.readexactly(len(str(expected))) == str(expected).encode()


async def test_a_head_in_many_pieces_is_put_together() -> None:
    """A request that arrives letter by letter is the same request."""
    async with _connected() as (reader, writer):
        for letter in b"POST / HTTP/1.1\r\nHost: a\r\nX-Long: %s\r\nContent-Length: 0\r\n\r\n" % (
            b"x" * 500
        ):
            writer.write(bytes([letter]))
            await writer.drain()
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")


async def test_the_collector_does_not_look_at_what_was_there_from_the_start() -> None:
    """No request waits while the modules' objects are looked through; afterwards all is as ever."""
    async with _connected() as (reader, writer):
        writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        assert gc.get_freeze_count() > 10_000
    assert gc.get_freeze_count() == 0
