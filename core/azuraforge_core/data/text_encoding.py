"""Finds the encoding of a text file and reads it as text.

Used by `DelimitedText`. UTF-8 is tried first; bytes that are not UTF-8 are read as Windows-1252,
the usual encoding of older exports, unless they are no text at all.
"""

import codecs
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, TextIO, cast

from azuraforge_contract.errors import DataError

__all__ = ["detect_encoding", "open_text", "read_text"]

HEAD_BYTES: Final = 1 << 20
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0e-\x1f]")
_LONGEST_CHARACTER_BYTES = 4
_KNOWN_BINARY: Final = {
    b"PK\x03\x04": "a zip archive (or an .xlsx workbook)",
    b"\xd0\xcf\x11\xe0": "an .xls workbook",
    b"%PDF": "a PDF document",
    b"\x89PNG": "a picture",
    b"\x89HDF": "an HDF5 file",
    b"PAR1": "a Parquet file",
    b"SQLi": "an SQLite database",
    b"BZh9": "a bzip2 archive",
    b"\xfd7zX": "an xz archive",
    b"\x28\xb5\x2f\xfd": "a Zstandard archive",
}


def detect_encoding(path: Path, name: str) -> str:
    """Return the encoding of a text file, compressed or not, as Python names it.

    Raises:
        DataError: the file is not text.
    """
    with _open_bytes(path) as stream, _explained(name, "text"):
        head = stream.read(HEAD_BYTES)
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    known = _KNOWN_BINARY.get(head[:4])
    if known or _CONTROL.search(head):
        raise DataError(
            f"{name} is {known or 'a binary file'}, not delimited text.",
            remedy="Export it as .csv or .parquet and name the file so.",
        )
    return "utf-8" if _is_utf8(head) else "cp1252"


@contextmanager
def open_text(path: Path, encoding: str, name: str) -> Iterator[TextIO]:
    """Open a file as text, with any of the usual line ends on disk.

    Raises:
        DataError: the encoding is not known.
    """
    try:
        codecs.lookup(encoding).incrementaldecoder("strict")  # None for codecs that are no text
    except (LookupError, TypeError) as error:
        raise DataError(
            f"The encoding {encoding!r} is not known.",
            remedy="Set source.encoding to a name such as utf-8, latin-1 or cp1252.",
        ) from error
    errors = "replace" if encoding == "cp1252" else "strict"
    with _open_bytes(path) as stream, _explained(name, encoding):
        yield io.TextIOWrapper(cast("io.BufferedReader", stream), encoding, errors, newline=None)


def read_text(stream: TextIO, characters: int, name: str, encoding: str) -> str:
    """Read at most so many characters; fewer only at the end.

    Raises:
        DataError: the bytes are damaged or mean nothing in this encoding.
    """
    with _explained(name, encoding):
        text = stream.read(characters)
    if "\x00" in text:
        raise DataError(
            f"{name} holds zero bytes: it is binary, or damaged.", remedy="Export it again as .csv."
        )
    return text


@contextmanager
def _open_bytes(path: Path) -> Iterator[BinaryIO]:
    with path.open("rb") as stream:
        if stream.read(2) != b"\x1f\x8b":
            stream.seek(0)
            yield stream
            return
        stream.seek(0)
        with gzip.open(stream, "rb") as unpacked:
            yield cast("BinaryIO", unpacked)


@contextmanager
def _explained(name: str, encoding: str) -> Iterator[None]:
    """Turn what decoders raise into a sentence."""
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(
            f"{name} is damaged: {error}.", remedy="Fetch or compress the file again."
        ) from error
    except (UnicodeError, LookupError, TypeError) as error:
        raise DataError(
            f"{name} is not text in {encoding}: {error}.",
            remedy="Set source.encoding to its encoding, such as latin-1.",
        ) from error


def _is_utf8(head: bytes) -> bool:
    try:
        head.decode()
    except UnicodeDecodeError as error:
        # A head is cut anywhere: a last character that is merely incomplete says nothing.
        is_cut = len(head) == HEAD_BYTES and error.reason == "unexpected end of data"
        return is_cut and error.start >= len(head) - _LONGEST_CHARACTER_BYTES
    return True
