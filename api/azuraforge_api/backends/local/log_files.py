"""What trainers of this machine printed: the log files in a run's folder."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final

from azuraforge_api.backends.backend import LogLine
from azuraforge_local.attempt_files import AttemptFiles

__all__ = ["read_log_files"]

_LOOK_SECONDS: Final = 0.3
_PIECE_BYTES: Final = 256 * 1024


async def read_log_files(
    run: Path, *, attempt: int | None, has_ended: Callable[[], bool]
) -> AsyncIterator[LogLine]:
    """Read a run's logs, oldest attempt first, until the run has ended.

    Args:
        run: the run's folder.
        attempt: only this one; None: all.
        has_ended: asked before each look; who wants only what is there answers True.
    """
    index = 0 if attempt is None else attempt
    log = _LogFile(run, index)
    while True:
        following = AttemptFiles(run, index + 1).log_file
        has_follower = attempt is None and following.exists()
        is_complete = has_ended() or has_follower
        while lines := await asyncio.to_thread(log.read, is_complete=is_complete):
            for line in lines:
                yield line
        if has_follower:
            index += 1
            log = _LogFile(run, index)
        elif is_complete:
            return
        else:
            await asyncio.sleep(_LOOK_SECONDS)


class _LogFile:
    """The log of one attempt from the first line not yet read on."""

    def __init__(self, run: Path, attempt: int) -> None:
        self._path = AttemptFiles(run, attempt).log_file
        self._attempt = attempt
        self._offset = 0
        self._number = 0

    def read(self, *, is_complete: bool) -> list[LogLine]:
        """Return the next lines; an unfinished last one only where nothing more will come."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                content = file.read(_PIECE_BYTES)
        except FileNotFoundError:
            return []
        end = content.rfind(b"\n") + 1
        if end == 0 and (is_complete or len(content) == _PIECE_BYTES):
            end = len(content)
        self._offset += end
        return [self._line(text) for text in content[:end].splitlines()]

    def _line(self, content: bytes) -> LogLine:
        self._number += 1
        return LogLine(self._attempt, self._number, content.decode("utf-8", errors="replace"))
