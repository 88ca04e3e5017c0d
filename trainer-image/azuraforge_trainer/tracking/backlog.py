"""What of an event file is still to be sent: read from the file, so that an outage costs no memory.

Used by `EventPoster` alone.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

__all__ = ["Backlog", "Batch"]

_MOST_EVENTS: Final = 500
_MOST_BYTES: Final = 1 << 20
"""An event has some hundred bytes, a sample some thousand; what has more is left to the file."""


@dataclass(frozen=True)
class Batch:
    """Events that go into one request.

    Attributes:
        content: whole lines.
        after: offset in the file of what follows them.
    """

    content: bytes
    after: int


@dataclass
class Backlog:
    """The lines of a file that were not sent yet.

    Attributes:
        path: the file; it may not be there yet.
    """

    path: Path
    _offset: int = field(default=0, init=False)

    def next(self) -> Batch | None:
        """Return the oldest events that were not sent, or None where there are none.

        Raises:
            OSError: the file cannot be read.
        """
        content = self._read()
        while b"\n" not in content and len(content) == _MOST_BYTES:
            self._pass_over_line(len(content))
            content = self._read()
        end = _end_of_line(content, _MOST_EVENTS)
        return Batch(content[:end], self._offset + end) if end else None

    def sent(self, batch: Batch) -> None:
        """Note that a batch has arrived, or never will."""
        self._offset = batch.after

    def _read(self) -> bytes:
        try:
            with self.path.open("rb") as file:
                file.seek(self._offset)
                return file.read(_MOST_BYTES)
        except FileNotFoundError:
            return b""

    def _pass_over_line(self, known: int) -> None:
        """Go to the end of a line that is too long to be sent, as far as it is written."""
        self._offset += known
        while piece := self._read():
            found = piece.find(b"\n")
            self._offset += found + 1 if found >= 0 else len(piece)
            if found >= 0:
                return


def _end_of_line(content: bytes, number: int) -> int:
    """Return where the line of a number ends, or the last whole one; 0 where there is none."""
    end = 0
    for _ in range(number):
        found = content.find(b"\n", end)
        if found < 0:
            break
        end = found + 1
    return end
