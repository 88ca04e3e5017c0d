"""Files and folders that are whole or absent, whatever kills the process or the machine.

Called by the model store, checkpoints, reports and the shared cache. Everything is written under a
temporary name beside its target, flushed to the disk, renamed, and the rename itself is flushed.
Readers therefore see the old content or the new, and who has the old one open keeps it.

A killed writer leaves a name that starts with ``.`` and ends with ``.tmp``; the single writer of a
folder clears those with :func:`remove_leftovers` when it starts.
"""

import contextlib
import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from azuraforge_contract.errors import StorageError

__all__ = [
    "new_folder",
    "remove_leftovers",
    "replaced_file",
    "sync_file",
    "sync_folder",
    "write_file",
]

_CANNOT_SYNC_FOLDERS = {errno.EINVAL, errno.ENOTSUP, errno.EBADF}
"""How file systems without a durable folder (some FUSE and SMB mounts) answer its fsync."""

_REMEDIES = {
    errno.ENOSPC: "Free space on the volume, or choose another folder, and run the job again.",
    errno.EDQUOT: "Free some of the quota, or choose another folder, and run the job again.",
    errno.EROFS: "Mount the volume writable, or choose another folder.",
    errno.EACCES: "Give the user who runs the job write permission there (in a pod: fsGroup).",
}


def write_file(path: Path, content: bytes) -> None:
    """Write ``content`` so that ``path`` holds all of it or what it held before.

    Raises:
        StorageError: the volume is full, read-only or failing.
    """
    with replaced_file(path) as temporary:
        temporary.write_bytes(content)


@contextlib.contextmanager
def replaced_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path to write; on leaving without an error it becomes ``path``.

    For writers that want a path of their own (safetensors). An error inside the block removes the
    temporary file and reaches the caller; ``path`` keeps what it held.

    Raises:
        StorageError: the volume is full, read-only or failing.
    """
    temporary = _temporary_beside(path)
    try:
        with _explained(path):
            yield temporary
            sync_file(temporary)
            temporary.replace(path)
            sync_folder(path.parent)
    except BaseException:
        with contextlib.suppress(OSError):  # a read-only volume refuses even to remove nothing
            temporary.unlink()
        raise


@contextlib.contextmanager
def new_folder(path: Path, *, replace: bool = False) -> Iterator[Path]:
    """Yield a temporary folder to fill; on leaving without an error it becomes ``path``.

    With ``replace`` an existing folder is renamed away first and removed afterwards: a crash
    between the two renames leaves no ``path``, never a mixed one.

    Raises:
        StorageError: the volume is full, read-only or failing, or ``path`` exists and ``replace``
            is false.
    """
    temporary = _temporary_beside(path)
    previous = _temporary_beside(path)
    try:
        with _explained(path):
            temporary.mkdir()
            yield temporary
            _sync_tree(temporary)
            if replace and path.exists():
                path.rename(previous)
            temporary.rename(path)
            sync_folder(path.parent)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        _put_back(previous, path)
        raise
    shutil.rmtree(previous, ignore_errors=True)


def remove_leftovers(folder: Path) -> int:
    """Remove what killed writers left directly in ``folder``; return how many names went.

    Only for a folder with one writer, who is not writing now.
    """
    leftovers = list(folder.glob(".*.tmp"))
    for leftover in leftovers:
        if leftover.is_dir() and not leftover.is_symlink():
            shutil.rmtree(leftover, ignore_errors=True)
        else:
            leftover.unlink(missing_ok=True)
    return len(leftovers)


def sync_file(path: Path) -> None:
    """Flush the file's bytes to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(path: Path) -> None:
    """Flush the folder's names to the disk, where the file system has such a thing."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _CANNOT_SYNC_FOLDERS:
            raise
    finally:
        os.close(descriptor)


def _sync_tree(folder: Path) -> None:
    for here, _, names in os.walk(folder):
        for name in names:
            sync_file(Path(here, name))
        sync_folder(Path(here))


def _put_back(previous: Path, path: Path) -> None:
    with contextlib.suppress(OSError):  # the error on its way up says more
        if previous.exists() and not path.exists():
            previous.rename(path)


def _temporary_beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        trouble = error.strerror or str(error)
        remedy = _REMEDIES.get(error.errno or 0, "Check the volume, then run the job again.")
        raise StorageError(f"Cannot write {path}: {trouble}.", remedy=remedy) from error
