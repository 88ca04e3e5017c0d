"""Posts prepared bodies over kept connections, as fast as they are answered; for ``ingest.py``.

Plain sockets instead of an HTTP client, so that what is measured is the server.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Post", "post_all"]


@dataclass(frozen=True)
class Post:
    """One request.

    Attributes:
        port: of the loopback interface.
        path: with its query.
        headers: lines, each with its end.
        body: what is sent.
    """

    port: int
    path: str
    headers: str
    body: bytes

    def request(self) -> bytes:
        """Return the whole request."""
        head = (
            f"POST {self.path} HTTP/1.1\r\nHost: localhost:{self.port}\r\n"
            f"Content-Length: {len(self.body)}\r\n{self.headers}\r\n"
        )
        return head.encode() + self.body


async def post_all(connections: Sequence[Sequence[Post]]) -> tuple[float, list[float]]:
    """Send each connection's posts one after another, all connections at once.

    Returns:
        Seconds from the first request to the last answer, and seconds of each post.

    Raises:
        RuntimeError: an answer was no success.
    """
    prepared = [[(post.port, post.request()) for post in posts] for posts in connections]
    opened = [await asyncio.open_connection("127.0.0.1", posts[0][0]) for posts in prepared]
    taken: list[float] = []
    began = time.perf_counter()
    await asyncio.gather(
        *(
            _send(reader, writer, [request for _, request in posts], taken)
            for (reader, writer), posts in zip(opened, prepared, strict=True)
        )
    )
    seconds = time.perf_counter() - began
    for _, writer in opened:
        writer.close()
    return seconds, sorted(taken)


async def _send(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    requests: Sequence[bytes],
    taken: list[float],
) -> None:
    for request in requests:
        began = time.perf_counter()
        writer.write(request)
        await writer.drain()
        await _answer(reader)
        taken.append(time.perf_counter() - began)


async def _answer(reader: asyncio.StreamReader) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        (
            int(line.partition(b":")[2])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        ),
        0,
    )
    body = await reader.readexactly(length)
    if b" 20" not in head.split(b"\r\n", 1)[0]:
        raise RuntimeError(f"{head.decode()}{body[:500].decode()}")
