"""A model's folder as one zip file, made while it is sent."""

import io
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from azuraforge_api.http.beneath import list_beneath, open_beneath

__all__ = ["list_model_files", "model_archive"]

_PIECE_BYTES: Final = 256 * 1024
_FOLDER: Final = "model"


class _Outlet(io.RawIOBase):
    """Takes what the zip writer writes until it is fetched; there is no way back in it."""

    def __init__(self) -> None:
        super().__init__()
        self._content = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        self._content += content
        return len(content)

    def fetch(self) -> bytes:
        content = bytes(self._content)
        self._content.clear()
        return content


def list_model_files(run: Path) -> list[tuple[str, int]]:
    """Return the files of a run's model with their sizes; what a link leads to is left out."""
    folder = run / _FOLDER
    return [] if folder.is_symlink() or not folder.is_dir() else list_beneath(folder)


def model_archive(run: Path, name: str) -> Iterator[bytes]:
    """Yield the bytes of a zip file with a run's model.

    Args:
        run: the run's folder.
        name: folder in the archive.
    """
    outlet = _Outlet()
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_STORED) as archive:
        for path, _ in list_model_files(run):
            file = open_beneath(run, f"{_FOLDER}/{path}")
            entry = zipfile.ZipInfo(f"{name}/{path}")
            with (
                os.fdopen(file.descriptor, "rb") as source,
                archive.open(entry, "w", force_zip64=True) as target,
            ):
                while piece := source.read(_PIECE_BYTES):
                    target.write(piece)
                    yield outlet.fetch()
    yield outlet.fetch()
