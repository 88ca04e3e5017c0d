"""Sends prepared requests over kept connections and times each answer; for ``predict.py``.

Plain sockets instead of an HTTP client, so that what is measured is the server: one core of this
machine sends some ten thousand requests a second this way.
"""

import asyncio
import math
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

__all__ = ["Endpoint", "Load", "run_load", "send_once"]

_OK: Final = b" 200 "


@dataclass(frozen=True)
class Endpoint:
    """What is asked.

    Attributes:
        port: on the loopback interface.
        path: with its query.
        bodies: sent in turn, so that no two requests in a row are alike.
        headers: added to each.
    """

    port: int
    path: str
    bodies: Sequence[bytes]
    headers: str = ""

    def request(self, number: int) -> bytes:
        """Return a whole request."""
        body = self.bodies[number % len(self.bodies)]
        head = (
            f"POST {self.path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n{self.headers}\r\n"
        )
        return head.encode() + body


@dataclass(frozen=True)
class Load:
    """What came back.

    Attributes:
        per_second: answers.
        milliseconds: of each answer, ascending.
    """

    per_second: float
    milliseconds: tuple[float, ...]

    def document(self) -> dict[str, Any]:
        """Return the figures as JSON."""
        return {
            "perSecond": round(self.per_second, 1),
            "p50Milliseconds": round(statistics.median(self.milliseconds), 2),
            "p99Milliseconds": round(self._quantile(0.99), 2),
            "answers": len(self.milliseconds),
        }

    def _quantile(self, share: float) -> float:
        return self.milliseconds[
            min(len(self.milliseconds), math.ceil(share * len(self.milliseconds))) - 1
        ]


async def run_load(endpoint: Endpoint, connections: int, seconds: float) -> Load:
    """Ask over so many connections at once, each the next as soon as it has its answer.

    Raises:
        RuntimeError: an answer was no success.
    """
    taken: list[float] = []
    began = time.perf_counter()
    end = began + seconds
    await asyncio.gather(*(_connection(endpoint, n, end, taken) for n in range(connections)))
    return Load(len(taken) / (time.perf_counter() - began), tuple(sorted(taken)))


async def send_once(endpoint: Endpoint, number: int = 0) -> bytes:
    """Return the body of one answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", endpoint.port)
    try:
        writer.write(endpoint.request(number))
        return await _answer(reader)
    finally:
        writer.close()


async def _connection(endpoint: Endpoint, first: int, end: float, taken: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", endpoint.port)
    number = first * 1009
    try:
        while (began := time.perf_counter()) < end:
            writer.write(endpoint.request(number))
            await _answer(reader)
            taken.append((time.perf_counter() - began) * 1000)
            number += 1
    finally:
        writer.close()


async def _answer(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        int(line.partition(b":")[2])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length:")
    )
    body = await reader.readexactly(length)
    if _OK not in head.split(b"\r\n", 1)[0]:
        raise RuntimeError(f"{head.decode()}{body[:500].decode()}")
    return body
