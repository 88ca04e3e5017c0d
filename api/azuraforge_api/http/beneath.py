"""Opens files beneath a folder without ever following a link, whatever lies there.

A run's folder is written by a stranger's plugin: a link in it, or two dots in an address, must not
show what the service can read and the caller may not. Every part of the path is opened from the
folder before it; ``O_NOFOLLOW`` refuses links.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from azuraforge_api.problems.problem import Problem

__all__ = ["OpenedFile", "list_beneath", "open_beneath"]

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_MOST_FILES: Final = 1000
_DEEPEST: Final = 8


@dataclass(frozen=True)
class OpenedFile:
    """An open, regular file.

    Attributes:
        descriptor: to be closed by whoever has it.
        bytes: its size when it was opened.
        modified: seconds since 1970.
    """

    descriptor: int
    bytes: int
    modified: float


def open_beneath(folder: Path, path: str) -> OpenedFile:
    """Open a regular file beneath a folder.

    Args:
        folder: trusted.
        path: relative, with slashes; from a caller.

    Raises:
        Problem: nothing readable lies there, or the way to it leaves the folder.
    """
    *folders, name = _parts(path)
    try:
        with _walked(folder, folders) as parent:
            descriptor = os.open(name, _FILE, dir_fd=parent)
    except OSError:
        raise _absent(path) from None
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        os.close(descriptor)
        raise _absent(path)
    return OpenedFile(descriptor, found.st_size, found.st_mtime)


def list_beneath(folder: Path) -> list[tuple[str, int]]:
    """Return the regular files beneath a folder with their sizes by path; links are left out.

    So are names that are no text, and files beyond the limits of number and depth.
    """
    found: list[tuple[str, int]] = []
    for root, folders, names, descriptor in os.fwalk(folder, follow_symlinks=False):
        relative = Path(root).relative_to(folder)
        if len(relative.parts) >= _DEEPEST:
            folders.clear()
        for name in names:
            size = _size(name, descriptor)
            path = (relative / name).as_posix()
            if size is not None and path.isprintable() and len(found) < _MOST_FILES:
                found.append((path, size))
    return sorted(found)


def _size(name: str, folder: int) -> int | None:
    """Return the size of a regular file; None for anything else, and for what is gone again."""
    try:
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except OSError:
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None


def _parts(path: str) -> list[str]:
    parts = path.split("/")
    if "\0" in path or any(part in {"", ".", ".."} for part in parts):
        raise _absent(path)
    return parts


@contextmanager
def _walked(folder: Path, names: list[str]) -> Iterator[int]:
    """Open a chain of folders, each from the one before; gives the last one's descriptor."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for name in names:
            inner = os.open(name, _FOLDER, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = inner
        yield descriptor
    finally:
        os.close(descriptor)


def _absent(path: str) -> Problem:
    return Problem(
        "not-found",
        f"There is no file {path!r}.",
        remedy="The address without a path lists the files; links are not followed.",
    )
