"""Writes the archive: whole under its name, or not at all."""

import hashlib
import io
import os
import tarfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO, Final

from azuraforge_api.backup.archive import (
    FORMAT_VERSION,
    HEADER,
    MANIFEST,
    TABLES,
    ArchiveHeader,
    ArchiveManifest,
    FileFacts,
)
from azuraforge_api.backup.library_files import LibraryFiles
from azuraforge_api.database.migrations import head_revision
from azuraforge_contract.errors import StorageError

__all__ = ["write_archive"]

_LEVEL: Final = 1
"""Weights hardly shrink, and rows shrink with any level."""
_IN_MEMORY: Final = 1024 * 1024
"""Files up to here are read before their size is written down: some are replaced at any time."""


def write_archive(
    target: Path, tables: Path, library: LibraryFiles, on_bytes: Callable[[int], None]
) -> ArchiveManifest:
    """Write a backup.

    Args:
        target: where it shall lie; not there before it is whole and on the disk.
        tables: folder of the dump.
        library: which files go with it.
        on_bytes: told how many bytes more were taken up.

    Raises:
        StorageError: it cannot be written, or a large file shrank meanwhile.
    """
    partial = target.with_name(f".{target.name}.partial")
    try:
        with _created(partial) as file:
            with tarfile.open(fileobj=file, mode="w:gz", compresslevel=_LEVEL) as tar:
                manifest = _Writer(tar, on_bytes).write(tables, library)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
    except OSError as error:
        raise StorageError(
            f"{target} cannot be written: {error.strerror or error}.",
            remedy="Nothing is left of it. Make room, or choose another place.",
        ) from error
    finally:
        partial.unlink(missing_ok=True)
    return manifest


@contextmanager
def _created(path: Path) -> Iterator[BinaryIO]:
    """Create a file that nobody else may read: digests of tokens and everybody's data are in it."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        yield file


class _Writer:
    """Adds files to a tar file and remembers their checksums."""

    def __init__(self, tar: tarfile.TarFile, on_bytes: Callable[[int], None]) -> None:
        self._tar = tar
        self._on_bytes = on_bytes
        self._files: dict[str, FileFacts] = {}

    def write(self, tables: Path, library: LibraryFiles) -> ArchiveManifest:
        header = ArchiveHeader(
            format_version=FORMAT_VERSION,
            release=version("azuraforge"),
            schema_revision=head_revision(),
            created_at=datetime.now(UTC),
            has_runs=library.has_runs,
        )
        self._add_document(HEADER, header.model_dump_json(indent=1))
        for path in sorted((tables / TABLES).iterdir()):
            with path.open("rb") as file:
                self._add(f"{TABLES}/{path.name}", file, path.stat().st_size)
        for found in library.open():
            self._add(found.name, found.stream, found.bytes)
        manifest = ArchiveManifest(
            rows=library.dump.rows, files=self._files, missing=tuple(library.missing)
        )
        self._add_document(MANIFEST, manifest.model_dump_json())
        return manifest

    def _add_document(self, name: str, content: str) -> None:
        encoded = content.encode()
        self._tar.addfile(_entry(name, len(encoded)), io.BytesIO(encoded))

    def _add(self, name: str, stream: BinaryIO, size: int) -> None:
        if size <= _IN_MEMORY:
            content = stream.read(size)
            stream, size = io.BytesIO(content), len(content)
        reader = _HashingReader(stream, size, self._on_bytes)
        self._tar.addfile(_entry(name, size), reader)  # type: ignore[arg-type]  # it only reads
        if reader.left:
            raise StorageError(
                f"{name} became shorter while it was copied.", remedy="Make the backup again."
            )
        self._files[name] = FileFacts(bytes=size, sha256=reader.digest.hexdigest())


class _HashingReader:
    """Reads a stream up to the size it had; what is added meanwhile is left for the next backup."""

    def __init__(self, stream: BinaryIO, size: int, on_bytes: Callable[[int], None]) -> None:
        self.digest = hashlib.sha256()
        self.left = size
        self._stream = stream
        self._on_bytes = on_bytes

    def read(self, wanted: int) -> bytes:
        """Return the next bytes; zeros in place of those that are gone, which is told later."""
        content = self._stream.read(min(wanted, self.left))
        self.left -= len(content)
        self.digest.update(content)
        self._on_bytes(len(content))
        return content.ljust(wanted, b"\0")


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.mtime = size, 0o600, int(time.time())
    return entry
