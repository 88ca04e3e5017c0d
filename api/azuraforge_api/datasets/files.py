"""The bytes of data sets on the disk: received beside their place, put there whole or not."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from azuraforge_api.http.upload import ReceivedFile, receive_file
from azuraforge_contract.dataset_folder import dataset_file

__all__ = ["DatasetFiles"]

_INCOMING: Final = "incoming"


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
        async with receive_file(self.folder / _INCOMING, pieces) as received:
            yield received

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
