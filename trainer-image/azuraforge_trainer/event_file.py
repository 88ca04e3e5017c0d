"""The event file of an attempt: append-only, numbered, whole lines only.

The reporter writes it; everybody else follows it. A line is one write, so a reader never sees two
mixed; a line that a kill has torn is cut off when the file is opened again.
"""

import json
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from azuraforge_contract.errors import StorageError
from azuraforge_contract.events import Event, StepFinished

__all__ = ["EventFile"]


class EventFile:
    """Appends events.

    Args:
        path: ``events/<attempt>.jsonl``; made with its folder where it is not there.

    Raises:
        StorageError: the volume is full, read-only or failing.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
            self.next_sequence = _repair(self._descriptor)
        except OSError as error:
            raise _explained(path, error) from error

    def append(self, event: Event) -> None:
        """Write one event; all but progress is on the disk before this returns.

        Raises:
            StorageError: the volume is full, read-only or failing.
        """
        line = f"{event.encode()}\n".encode()
        try:
            written = os.write(self._descriptor, line)
            if written < len(line):  # the disk filled up in the middle of the line
                os.ftruncate(self._descriptor, os.fstat(self._descriptor).st_size - written)
                os.write(self._descriptor, line)
            if not isinstance(event, StepFinished):
                os.fsync(self._descriptor)
        except OSError as error:
            raise _explained(self._path, error) from error
        self.next_sequence = event.sequence + 1

    def close(self) -> None:
        """Close the file; closing twice does no harm."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _repair(descriptor: int) -> int:
    """Cut off what is no whole event at the end; return the next sequence number."""
    content = os.pread(descriptor, os.fstat(descriptor).st_size, 0)
    end = content.rfind(b"\n") + 1
    while end:
        start = content.rfind(b"\n", 0, end - 1) + 1
        sequence = _sequence(content[start:end])
        if sequence is not None:
            os.ftruncate(descriptor, end)
            return sequence + 1
        end = start
    os.ftruncate(descriptor, 0)
    return 0


def _sequence(line: bytes) -> int | None:
    try:
        return int(json.loads(line)["sequence"])
    except (ValueError, KeyError, TypeError):
        return None


def _explained(path: Path, error: OSError) -> StorageError:
    return StorageError(
        f"Cannot write events to {path}: {error.strerror or error}.",
        remedy="Check the run's volume; nothing of the run so far is lost.",
    )
