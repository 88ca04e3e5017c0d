"""Unpacks the zip file of a run's folder, of which nothing is believed.

Pure but for the files that it writes: called in a thread by ``importing``. Only the files that a
run's folder is known to have are taken; names that lead elsewhere, links, encryption and contents
larger than allowed are refused, and sizes are those of what comes out, not of what is declared.
"""

import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from azuraforge_api.problems.problem import Problem

__all__ = ["unpack_run"]

_WANTED: Final = re.compile(
    r"job\.json|status\.json|events/\d{1,9}\.jsonl|model/model\.(json|safetensors)"
    r"|report/(report\.html|facts\.json|metrics\.json)"
)
_ROOT: Final = "job.json"
_MOST_ENTRIES: Final = 20_000
_PIECE_BYTES: Final = 1 << 20
_UNREADABLE: Final = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


def unpack_run(archive: Path, folder: Path, *, limit_bytes: int) -> None:
    """Unpack the known files of a run.

    Args:
        archive: the zip file; the run's folder may stand in a folder of its own.
        folder: empty; where they go.
        limit_bytes: of all contents together.

    Raises:
        Problem: it is no zip file of a run, or is larger than allowed.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            _unpack(opened, folder, limit_bytes)
    except _UNREADABLE as error:
        raise Problem(
            "data-error",
            f"The body is no readable zip file: {error}.",
            remedy="Zip the run's folder again, without a password.",
        ) from None


def _unpack(opened: zipfile.ZipFile, folder: Path, limit_bytes: int) -> None:
    left = limit_bytes
    for name, entry in _entries(opened):
        target = folder / name
        target.parent.mkdir(exist_ok=True)
        with opened.open(entry) as source, target.open("xb") as file:
            while piece := source.read(min(_PIECE_BYTES, left + 1)):
                left -= len(piece)
                if left < 0:
                    raise Problem(
                        "too-large",
                        f"The run unpacks to more than {limit_bytes} bytes.",
                        remedy="Leave out what is large, or ask an admin to raise the limit.",
                    )
                file.write(piece)


def _entries(opened: zipfile.ZipFile) -> Iterator[tuple[str, zipfile.ZipInfo]]:
    """Yield the wanted files by their path below the run's folder."""
    entries = opened.infolist()
    if len(entries) > _MOST_ENTRIES:
        raise Problem(
            "too-large",
            f"The archive has {len(entries)} entries, more than {_MOST_ENTRIES}.",
            remedy="Zip the run's folder alone.",
        )
    for entry in entries:
        _check_name(entry)
    prefix = _prefix([entry.filename for entry in entries])
    seen: set[str] = set()
    for entry in entries:
        name = entry.filename.removeprefix(prefix)
        if not entry.filename.startswith(prefix) or not _WANTED.fullmatch(name):
            continue
        if name in seen:
            raise Problem("data-error", f"The archive has {name} twice.")
        seen.add(name)
        yield name, entry


def _check_name(entry: zipfile.ZipInfo) -> None:
    path = PurePosixPath(entry.filename.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts:
        raise Problem(
            "data-error",
            f"The archive has {entry.filename[:200]!r}, which leads out of its folder.",
            remedy="Zip the run's folder again.",
        )
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise Problem(
            "data-error",
            f"The archive has {entry.filename[:200]!r}, which is a link.",
            remedy="Zip the files themselves.",
        )


def _prefix(names: list[str]) -> str:
    """Return what stands before ``job.json``: nothing, or one folder."""
    for name in names:
        head, _, last = name.rpartition("/")
        if last == _ROOT and "/" not in head:
            return f"{head}/" if head else ""
    raise Problem(
        "data-error",
        "The archive holds no job.json.",
        remedy="Zip the whole folder of a run, as `azuraforge run` made it.",
    )
