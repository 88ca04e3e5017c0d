"""Bodies that are a file: written down as they come, never whole in the memory."""

import asyncio
import hashlib
import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fastapi import Request
from starlette.requests import ClientDisconnect

from azuraforge_api.problems.wording import cut_off

__all__ = ["ReceivedFile", "receive_file", "request_pieces"]

_PIECE_BYTES: Final = 1 << 20


@dataclass(frozen=True)
class ReceivedFile:
    """An upload that has arrived whole.

    Attributes:
        path: where it waits.
        digest: SHA-256 of its bytes.
        bytes: its size.
    """

    path: Path
    digest: str
    bytes: int


async def request_pieces(request: Request) -> AsyncIterator[bytes]:
    """Return a request's body as it comes.

    Raises:
        Problem: the caller went away before its end.
    """
    try:
        async for piece in request.stream():
            yield piece
    except ClientDisconnect:
        raise cut_off() from None


@asynccontextmanager
async def receive_file(folder: Path, pieces: AsyncIterator[bytes]) -> AsyncIterator[ReceivedFile]:
    """Write a file into a folder; it is gone when the context ends, unless somebody moved it."""
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    path = folder / uuid.uuid4().hex
    try:
        yield await _write(path, pieces)
    finally:
        await asyncio.to_thread(path.unlink, missing_ok=True)


async def _write(path: Path, pieces: AsyncIterator[bytes]) -> ReceivedFile:
    writer = _Writer(path)
    try:
        async for piece in pieces:
            if writer.take(piece):
                await asyncio.to_thread(writer.flush)
        await asyncio.to_thread(writer.finish)
    finally:
        writer.file.close()
    return ReceivedFile(path, writer.digest.hexdigest(), writer.bytes)


class _Writer:
    """Writes and hashes in pieces that are worth a change of threads."""

    def __init__(self, path: Path) -> None:
        self.file = path.open("xb")
        self.digest = hashlib.sha256()
        self.bytes = 0
        self._waiting = bytearray()

    def take(self, piece: bytes) -> bool:
        """Keep a piece; return whether enough is there to be written."""
        self._waiting += piece
        return len(self._waiting) >= _PIECE_BYTES

    def flush(self) -> None:
        """Write what is there."""
        self.file.write(self._waiting)
        self.digest.update(self._waiting)
        self.bytes += len(self._waiting)
        self._waiting.clear()

    def finish(self) -> None:
        """Write the rest, onto the disk itself."""
        self.flush()
        self.file.flush()
        os.fsync(self.file.fileno())
