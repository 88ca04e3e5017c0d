"""The files that a backup takes: data sets, models, reports, and whole runs where they are wanted.

A run's folder is written by a stranger's plugin: links in it are not followed, and what is no
regular file is left out.
"""

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from azuraforge_api.backup.archive import DATASETS, RUNS, is_content
from azuraforge_api.backup.dumping import Dump
from azuraforge_api.settings import Settings
from azuraforge_contract.dataset_folder import dataset_file
from azuraforge_contract.run_folder import RunFolder

__all__ = ["LibraryFile", "LibraryFiles"]

_OPEN: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_RUN = RunFolder(Path())
_OF_A_MODEL: Final = tuple(
    str(path) for path in (_RUN.job_file, _RUN.status_file, _RUN.model, _RUN.report)
)
"""What a model, its forecasts and its report need of a run."""


@dataclass(frozen=True)
class LibraryFile:
    """One open file.

    Attributes:
        name: in the archive.
        stream: at its beginning; closed by whoever iterates.
        bytes: its size when it was opened.
    """

    name: str
    stream: BinaryIO
    bytes: int


@dataclass
class LibraryFiles:
    """The files of a dump.

    Attributes:
        settings: the service's.
        dump: says which are there.
        has_runs: whether runs are taken wholly.
        missing: what the dump speaks of and was not found; grows while files are iterated.
    """

    settings: Settings
    dump: Dump
    has_runs: bool
    missing: list[str]

    def bytes(self) -> int:
        """Return how much there is to copy, as of now."""
        return sum(file.bytes for file in self._files([]))

    def open(self) -> Iterator[LibraryFile]:
        """Open one file after the other; each is closed when the next one is asked for."""
        yield from self._files(self.missing)

    def _files(self, missing: list[str]) -> Iterator[LibraryFile]:
        for digest in self.dump.digests:
            path = dataset_file(self.settings.datasets_folder, digest)
            name = f"{DATASETS}/{path.relative_to(self.settings.datasets_folder)}"
            yield from _one(path.parent, path.name, name, missing)
        whole = self.dump.runs if self.has_runs else ()
        for uid in sorted({*self.dump.model_runs, *whole}):
            kept: Sequence[str] = () if self.has_runs else _OF_A_MODEL
            found = _walk(self.settings.runs_folder / uid, f"{RUNS}/{uid}", kept)
            models = 0
            for file in found:
                models += file.name == f"{RUNS}/{uid}/{_RUN.model_manifest}"
                yield file
            if uid in self.dump.model_runs and not models:
                missing.append(f"{RUNS}/{uid}/{_RUN.model_manifest}")


def _one(folder: Path, file: str, name: str, missing: list[str]) -> Iterator[LibraryFile]:
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        missing.append(name)
        return
    try:
        is_there = False
        for found in _opened(file, descriptor, name):
            is_there = True
            yield found
        if not is_there:
            missing.append(name)
    finally:
        os.close(descriptor)


def _walk(folder: Path, name: str, kept: Sequence[str]) -> Iterator[LibraryFile]:
    """Yield the files beneath a run's folder, or of it only some of its entries."""
    if folder.is_symlink() or not folder.is_dir():
        return
    for root, folders, files, descriptor in os.fwalk(folder, follow_symlinks=False):
        is_top = Path(root) == folder
        folders[:] = sorted(each for each in folders if not is_top or not kept or each in kept)
        prefix = "/".join((name, *Path(root).relative_to(folder).parts))
        for file in sorted(files):
            if is_top and kept and file not in kept:
                continue
            if is_content(f"{prefix}/{file}"):
                yield from _opened(file, descriptor, f"{prefix}/{file}")


def _opened(file: str, folder: int, name: str) -> Iterator[LibraryFile]:
    descriptor = -1
    with suppress(OSError):  # a link, or gone meanwhile
        descriptor = os.open(file, _OPEN, dir_fd=folder)
    if descriptor < 0:
        return
    with os.fdopen(descriptor, "rb") as stream:
        status = os.fstat(descriptor)
        if stat.S_ISREG(status.st_mode):
            yield LibraryFile(name, stream, status.st_size)
