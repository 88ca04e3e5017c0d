"""The bytes of data sets on the disk: received beside their place, put there whole or not."""

import asyncio
import hashlib
import os
import shutil
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from azuraforge_contract.dataset_folder import dataset_file

__all__ = ["DatasetFiles", "ReceivedFile"]

_INCOMING: Final = "incoming"
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


@dataclass(frozen=True)
class DatasetFiles:
    """Files by the SHA-256 of their content.

    Attributes:
        folder: of all data sets.
    """

    folder: Path

    def file(self, digest: str) -> Path:
        """Return where the bytes of a digest lie."""
        return dataset_file(self.folder, digest)

    @asynccontextmanager
    async def receive(self, pieces: AsyncIterator[bytes]) -> AsyncIterator[ReceivedFile]:
        """Write an upload down as it comes; whatever goes wrong, nothing of it is left."""
        incoming = self.folder / _INCOMING
        await asyncio.to_thread(incoming.mkdir, parents=True, exist_ok=True)
        path = incoming / uuid.uuid4().hex
        try:
            yield await _write(path, pieces)
        finally:
            await asyncio.to_thread(path.unlink, missing_ok=True)

    def place(self, received: ReceivedFile) -> None:
        """Put an upload at its place, for ever or until it is removed."""
        target = self.file(received.digest)
        if target.exists():
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        received.path.replace(target)
        for folder in (target.parent, target.parent.parent):
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            os.fsync(descriptor)
            os.close(descriptor)

    def remove(self, digest: str) -> None:
        """Remove the bytes of a digest; a trainer that has them open reads on."""
        shutil.rmtree(self.file(digest).parent, ignore_errors=True)


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
