"""Reads streams line by line: server-sent events and the lines of logs.

Pure: bytes in, lines and events out. Called by the clients and by ``resources.jobs``.
"""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["EventReader", "LineReader", "ServerSentEvent"]


class LineReader:
    """Cuts bytes into lines at line feeds only; other marks of Unicode may stand within a text."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._rest = ""

    def feed(self, piece: bytes) -> Iterator[str]:
        """Yield the lines that are complete, without their ends."""
        *lines, self._rest = (self._rest + self._decoder.decode(piece)).split("\n")
        for line in lines:
            yield line.removesuffix("\r")


@dataclass(frozen=True)
class ServerSentEvent:
    """One event.

    Attributes:
        kind: its type.
        data: its content.
        identity: what a stream goes on after; None where the event has none of its own.
    """

    kind: str
    data: str
    identity: str | None


class EventReader:
    """Puts lines together to server-sent events, as the HTML standard says (section 9.2.6)."""

    def __init__(self) -> None:
        self._clear()

    def take(self, line: str) -> ServerSentEvent | None:
        """Take a line; return the event that it completes."""
        if line:
            self._take_field(line)
            return None
        event = None
        if self._data:
            event = ServerSentEvent(self._kind, "\n".join(self._data), self._identity)
        self._clear()
        return event

    def _clear(self) -> None:
        self._kind = "message"
        self._data: list[str] = []
        self._identity: str | None = None

    def _take_field(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._kind = value
        elif name == "id":
            self._identity = value
