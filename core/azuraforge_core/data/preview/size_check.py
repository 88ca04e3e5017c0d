"""How large a file is once it is unpacked, found without unpacking it into memory.

A file of a few kilobytes may stand for terabytes. Both sides of a service ask before anything is
read in earnest.
"""

import gzip
import zlib
from pathlib import Path
from typing import Final

import polars as pl

from azuraforge_contract.errors import DataError

__all__ = ["check_unpacked_size"]

_GZIP_MAGIC: Final = b"\x1f\x8b"
_PARQUET_MAGIC: Final = b"PAR1"
_PIECE_BYTES: Final = 1 << 20
_NUMBER_BYTES: Final = 8
"""What a cell takes as the number that training reads it as."""


def check_unpacked_size(path: Path, limit_bytes: int) -> int | None:
    """Return how many bytes a compressed file unpacks to, None for one that is not compressed.

    Raises:
        DataError: it is more than the limit, or the file is damaged.
    """
    with path.open("rb") as stream:
        magic = stream.read(4)
    if magic == _PARQUET_MAGIC:
        return _check_parquet(path, limit_bytes)
    return _check_gzip(path, limit_bytes) if magic[:2] == _GZIP_MAGIC else None


def _check_gzip(path: Path, limit_bytes: int) -> int:
    unpacked = 0
    try:
        with gzip.open(path, "rb") as stream:
            while piece := stream.read(_PIECE_BYTES):
                unpacked += len(piece)
                if unpacked > limit_bytes:
                    raise _too_large(f"unpacks to more than {limit_bytes} bytes")
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(
            f"The file is damaged: {error}.", remedy="Compress and upload it again."
        ) from error
    return unpacked


def _check_parquet(path: Path, limit_bytes: int) -> int:
    try:
        frame = pl.scan_parquet(path, glob=False)
        columns = len(frame.collect_schema())
        rows = int(frame.select(pl.len()).collect().item())  # from the file's last bytes alone
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise DataError(
            f"The file is not a readable Parquet file: {str(error).splitlines()[0]}.",
            remedy="Write it again.",
        ) from error
    unpacked = rows * columns * _NUMBER_BYTES
    if unpacked > limit_bytes:
        raise _too_large(f"has {rows} rows of {columns} columns, {unpacked} bytes as numbers")
    return unpacked


def _too_large(what: str) -> DataError:
    return DataError(
        f"The file {what}, more than the service takes.",
        remedy="Upload a part of it, or ask an admin to raise AZURAFORGE_MAXIMUM_UPLOAD_BYTES.",
    )
