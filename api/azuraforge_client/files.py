"""Files on their way: read in pieces, and written whole or not at all.

Called by the clients. A download goes into a file beside its target, which takes the target's place
when everything has come; an interrupted one leaves nothing behind.
"""

import os
import re
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self
from urllib.parse import unquote

import anyio.to_thread
import httpx

from azuraforge_client.calls import Download, Progress
from azuraforge_contract.errors import StorageError

__all__ = ["IncomingFile", "async_file_pieces", "file_bytes", "file_pieces"]

_PIECE_BYTES: Final = 256 * 1024
_PARTIAL: Final = 206
_PLAIN_NAME: Final = re.compile(r'filename="([^"]*)"')
_TRUE_NAME: Final = re.compile(r"filename\*=UTF-8''([^\s;]*)", re.IGNORECASE)
_RANGE: Final = re.compile(r"bytes (\d+)-\d+/\d+")


def file_bytes(path: Path) -> int:
    """Return a file's size.

    Raises:
        StorageError: it cannot be read.
    """
    try:
        return path.stat().st_size
    except OSError as error:
        raise _unreadable(path, error) from error


def file_pieces(path: Path, total: int, progress: Progress | None) -> Iterator[bytes]:
    """Yield the first ``total`` bytes of a file.

    Raises:
        StorageError: it cannot be read.
    """
    done = 0
    try:
        with path.open("rb") as file:
            while done < total and (piece := file.read(min(_PIECE_BYTES, total - done))):
                done += len(piece)
                yield piece
                if progress is not None:
                    progress(done, total)
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> StorageError:
    return StorageError(f"{path} cannot be read: {error.strerror}.", remedy="Check the path.")


class IncomingFile:
    """A download while it comes in; a context that leaves the whole file or nothing.

    Args:
        wanted: what is downloaded.

    Attributes:
        path: where it lies when it is whole.
    """

    def __init__(self, wanted: Download) -> None:
        self._wanted = wanted
        self.path = wanted.to
        folder = wanted.to if wanted.to.is_dir() else wanted.to.parent
        self._partial = folder / f".{uuid.uuid4().hex}.part"
        self._file: BinaryIO | None = None
        self._received = 0
        self._total: int | None = None
        self._stamp: str | None = None

    def __enter__(self) -> Self:
        try:
            self._file = self._partial.open("xb")
        except OSError as error:
            raise self._unwritable(error) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._opened.close()
        self._partial.unlink(missing_ok=True)

    @property
    def headers(self) -> dict[str, str]:
        """What asks for the part that has not come yet."""
        if not self._received or not self._wanted.is_resumable or self._stamp is None:
            return {}
        return {"Range": f"bytes={self._received}-"}

    def begin(self, answer: httpx.Response) -> bool:
        """Take up an answer's head; False: it is a part that does not fit, ask for all anew."""
        stamp = answer.headers.get("last-modified")
        if answer.status_code == _PARTIAL:
            part = _RANGE.fullmatch(answer.headers.get("content-range", ""))
            if part is None or int(part[1]) != self._received or stamp != self._stamp:
                self._clear()
                return False
        else:
            self._clear()
        length = answer.headers.get("content-length")
        self._total = None if length is None else self._received + int(length)
        self._stamp = stamp
        if self._wanted.to.is_dir():
            self.path = self._wanted.to / _served_name(answer.headers)
        return True

    def write(self, piece: bytes) -> None:
        """Add what came.

        Raises:
            StorageError: it cannot be written.
        """
        try:
            self._opened.write(piece)
        except OSError as error:
            raise self._unwritable(error) from error
        self._received += len(piece)
        if self._wanted.progress is not None:
            self._wanted.progress(self._received, self._total)

    def finish(self) -> Path:
        """Put the whole file in its place, and return that.

        Raises:
            StorageError: it cannot be written.
        """
        try:
            self._opened.flush()
            os.fsync(self._opened.fileno())
            self._partial.replace(self.path)
        except OSError as error:
            raise self._unwritable(error) from error
        return self.path

    def _clear(self) -> None:
        self._opened.seek(0)
        self._opened.truncate()
        self._received, self._stamp = 0, None

    @property
    def _opened(self) -> BinaryIO:
        if self._file is None:
            raise ValueError("the download was not begun")
        return self._file

    def _unwritable(self, error: OSError) -> StorageError:
        return StorageError(
            f"{self.path} cannot be written: {error.strerror}.",
            remedy="Choose another place, or free space there.",
        )


async def async_file_pieces(
    path: Path, total: int, progress: Progress | None
) -> AsyncIterator[bytes]:
    """Yield what `file_pieces` does, read in a thread.

    Raises:
        StorageError: the file cannot be read.
    """
    pieces = file_pieces(path, total, progress)
    while (piece := await anyio.to_thread.run_sync(next, pieces, b"")) != b"":
        yield piece


def _served_name(headers: httpx.Headers) -> str:
    """Return the name that the service gives a file (RFC 6266), never one that leads elsewhere."""
    told = headers.get("content-disposition", "")
    true, plain = _TRUE_NAME.search(told), _PLAIN_NAME.search(told)
    name = unquote(true[1]) if true else plain[1] if plain else ""
    name = re.sub(r"[/\\\x00-\x1f\x7f]", "_", name)
    return "download" if name.strip(" .") == "" else name
