"""Unpacks a backup beside its place and checks every byte, before anything is changed.

Nothing of the archive is believed: only names that a backup has are taken, only regular files, each
once, and all of them have to be what the manifest says.
"""

import hashlib
import os
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, TypeVar

from pydantic import BaseModel, ValidationError

from azuraforge_api.backup.archive import (
    FORMAT_VERSION,
    HEADER,
    MANIFEST,
    ArchiveHeader,
    ArchiveManifest,
    FileFacts,
    is_content,
)
from azuraforge_api.database.migrations import known_revisions
from azuraforge_contract.errors import StorageError

__all__ = ["UnpackedBackup", "unpack_archive"]

_PIECE: Final = 1024 * 1024
_LARGEST_DOCUMENT: Final = 512 * 1024 * 1024
_UNREADABLE: Final = (tarfile.TarError, EOFError, zlib.error)
Document = TypeVar("Document", bound=BaseModel)


@dataclass(frozen=True)
class UnpackedBackup:
    """A backup whose files lie in a folder and are what they were.

    Attributes:
        header: what it is.
        manifest: what is in it.
    """

    header: ArchiveHeader
    manifest: ArchiveManifest


def unpack_archive(
    archive: Path, place: Callable[[str], Path], on_bytes: Callable[[int], None]
) -> UnpackedBackup:
    """Unpack a backup.

    Args:
        archive: the file.
        place: returns where a file of the backup goes; nothing is there yet.
        on_bytes: told how many bytes more of the archive were read.

    Raises:
        StorageError: it is no backup, damaged, cut off or of a newer release, or the disk is full.
    """
    with (
        _explained(archive),
        archive.open("rb") as file,
        _opened(_Counted(file, on_bytes)) as tar,
    ):
        return _Unpacker(archive, tar, place).unpack()


@contextmanager
def _opened(file: "_Counted") -> Iterator[tarfile.TarFile]:
    with tarfile.open(fileobj=file, mode="r|gz") as tar:  # type: ignore[call-overload]  # it only reads
        yield tar


@contextmanager
def _explained(archive: Path) -> Iterator[None]:
    try:
        yield
    except _UNREADABLE as error:
        raise _refused(archive, f"is damaged or no backup: {error}") from error
    except OSError as error:
        if error.errno is None:  # gzip's own: a checksum that does not match
            raise _refused(archive, f"is damaged: {error}") from error
        raise StorageError(
            f"{archive} cannot be restored: {error.strerror}"
            f"{f' ({error.filename})' if error.filename else ''}.",
            remedy="Nothing was changed. Look at the paths, and make room.",
        ) from error


class _Unpacker:
    """Takes one file after the other."""

    def __init__(self, archive: Path, tar: tarfile.TarFile, place: Callable[[str], Path]) -> None:
        self._archive = archive
        self._tar = tar
        self._place = place
        self._found: dict[str, FileFacts] = {}

    def unpack(self) -> UnpackedBackup:
        members = iter(self._tar)
        header = self._header(next(members, None))
        for member in members:
            if member.name == MANIFEST:
                manifest = self._document(member, ArchiveManifest)
                self._compare(manifest)
                return UnpackedBackup(header, manifest)
            self._take(member)
        raise _refused(self._archive, "is cut off: its end is missing")

    def _header(self, member: tarfile.TarInfo | None) -> ArchiveHeader:
        if member is None or member.name != HEADER:
            raise _refused(self._archive, "is no backup of AzuraForge")
        header = self._document(member, ArchiveHeader)
        if header.format_version > FORMAT_VERSION:
            raise _newer(self._archive, f"has formatVersion {header.format_version}", header)
        if header.schema_revision not in known_revisions():
            raise _newer(self._archive, f"is of schema {header.schema_revision}", header)
        return header

    def _take(self, member: tarfile.TarInfo) -> None:
        if not member.isreg() or not is_content(member.name) or member.name in self._found:
            raise _refused(self._archive, f"holds {member.name[:200]!r}, which no backup has")
        path = self._place(member.name)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        digest, size = hashlib.sha256(), 0
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as target:
            for piece in self._pieces(member):
                target.write(piece)
                digest.update(piece)
                size += len(piece)
            target.flush()
            os.fsync(target.fileno())
        self._found[member.name] = FileFacts(bytes=size, sha256=digest.hexdigest())

    def _compare(self, manifest: ArchiveManifest) -> None:
        if self._found.keys() != manifest.files.keys():
            name = min(self._found.keys() ^ manifest.files.keys())
            raise _refused(self._archive, f"is damaged: its list and its files differ in {name}")
        for name, facts in manifest.files.items():
            if self._found[name] != facts:
                raise _refused(self._archive, f"is damaged: {name} is not what it was")

    def _document(self, member: tarfile.TarInfo, kind: type[Document]) -> Document:
        if not member.isreg() or member.size > _LARGEST_DOCUMENT:
            raise _refused(self._archive, f"is damaged: {member.name}")
        try:
            return kind.model_validate_json(b"".join(self._pieces(member)))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(str(part) for part in first["loc"])
            raise _refused(
                self._archive, f"is damaged: {member.name}, {place}: {first['msg']}"
            ) from error

    def _pieces(self, member: tarfile.TarInfo) -> Iterator[bytes]:
        stream = self._tar.extractfile(member)
        if stream is None:
            raise _refused(self._archive, f"is damaged: {member.name}")
        while piece := stream.read(_PIECE):
            yield piece


class _Counted:
    """A file whose reading is told."""

    def __init__(self, file: BinaryIO, on_bytes: Callable[[int], None]) -> None:
        self._file = file
        self._on_bytes = on_bytes

    def read(self, wanted: int = -1) -> bytes:
        """Return the next bytes."""
        content = self._file.read(wanted)
        self._on_bytes(len(content))
        return content


def _refused(archive: Path, what: str) -> StorageError:
    return StorageError(f"{archive} {what}.", remedy="Nothing was changed. Use another backup.")


def _newer(archive: Path, what: str, header: ArchiveHeader) -> StorageError:
    return StorageError(
        f"{archive} {what}, which this release does not know; release {header.release} made it.",
        remedy="Nothing was changed. Restore it with that release or a newer one.",
    )
