"""Reads an attempt's events as they are appended, each whole line once.

Called by the executor at every turn. The file is the trainer's; nothing is ever written here.
"""

from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from azuraforge_contract.events import Event, decode_event

__all__ = ["EventTail", "SeenEvent"]


@dataclass(frozen=True)
class SeenEvent:
    """One event, and the line that it came in."""

    event: Event
    line: str


@dataclass
class EventTail:
    """The events of one attempt from the first not yet read on."""

    path: Path
    _offset: int = field(default=0, init=False)

    def read(self) -> list[SeenEvent]:
        """Return the events appended since the last call; an unfinished last line waits.

        A line that this release does not understand is skipped, as every reader of events does.
        """
        try:
            with self.path.open("rb") as file:
                file.seek(self._offset)
                content = file.read()
        except FileNotFoundError:
            return []
        whole = content[: content.rfind(b"\n") + 1]
        self._offset += len(whole)
        found = (_decode(line) for line in whole.splitlines())
        return [seen for seen in found if seen is not None]


def _decode(line: bytes) -> SeenEvent | None:
    try:
        return SeenEvent(decode_event(line), line.decode("utf-8"))
    except (ValidationError, UnicodeDecodeError):
        return None
