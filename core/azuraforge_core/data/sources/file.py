"""Reads a table from a file: .csv, .csv.gz, .parquet; also what the URL source has fetched."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import polars as pl

from azuraforge_contract.errors import DataError, StorageError
from azuraforge_contract.validation import nearest
from azuraforge_core.data.delimited_text import DelimitedText
from azuraforge_core.data.source_config import DelimitedOptions, FileSource
from azuraforge_core.data.source_table import SourceTable, unit_in_name

__all__ = ["file_digest", "file_identity", "open_file", "open_table_file"]

CHUNK_BYTES: Final = 1 << 20
PARQUET_BLOCK_ROWS: Final = 1 << 20
_PARQUET_MAGIC = b"PAR1"


@contextmanager
def open_file(source: FileSource) -> Iterator[SourceTable]:
    """Open the file and read its header.

    Raises:
        DataError: there is no such file, or it is not a table.
        StorageError: it changed while it was read.
    """
    path = Path(source.path)
    before = file_digest(path)
    yield open_table_file(path, f"File {path.name}", f"file with SHA-256 {before[:12]}…", source)
    if file_digest(path) != before:
        raise StorageError(
            f"File {path.name} changed while it was read.", remedy="Run the job again."
        )


def open_table_file(path: Path, name: str, origin: str, options: DelimitedOptions) -> SourceTable:
    """Open a table whose file is on this machine.

    Args:
        path: the file.
        name: how sentences call it.
        origin: where it came from, for facts.
        options: time column, delimiter, encoding and the like.

    Raises:
        DataError: it is not a table.
    """
    with path.open("rb") as stream:
        is_parquet = stream.read(4) == _PARQUET_MAGIC
    if is_parquet:
        frame = _scan_parquet(path, name)
        columns = tuple(frame.collect_schema().names())

        def read_parquet(wanted: Sequence[str]) -> Iterator[pl.DataFrame]:
            return _read_parquet(frame, wanted, name)

        return SourceTable(
            name, origin, columns, options.time_column, read_parquet, units=_units(columns)
        )
    text = DelimitedText.open(path, name, options)
    return SourceTable(
        name,
        origin,
        text.columns,
        options.time_column,
        text.read,
        units=_units(text.columns),
        notes=text.notes,
        day_first=options.day_first,
        decimal=options.decimal,
    )


def file_identity(source: FileSource) -> dict[str, Any]:
    """Return what the file's table depends on: its content, not its path.

    Raises:
        DataError: there is no such file.
    """
    return {"sha256": file_digest(Path(source.path)), **source.model_dump(exclude={"path"})}


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file's content, read in small pieces.

    Raises:
        DataError: there is no such file, or it cannot be opened.
    """
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(CHUNK_BYTES):
                digest.update(chunk)
    except FileNotFoundError as error:
        raise DataError(f"There is no file {path}.", remedy=_near_files(path)) from error
    except IsADirectoryError as error:
        raise DataError(
            f"{path} is a folder, not a file.", remedy="Name the file inside it."
        ) from error
    except (PermissionError, NotADirectoryError, ValueError) as error:
        raise DataError(f"{path} cannot be opened: {error}.", remedy="Check the path.") from error
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error}.") from error
    return digest.hexdigest()


def _near_files(path: Path) -> str:
    try:
        names = sorted(entry.name for entry in path.parent.iterdir())
    except OSError:
        return f"There is no folder {path.parent} either."
    near = nearest(path.name, names)
    return f"Did you mean {near!r}?" if near else f"It is looked for in {path.parent.absolute()}."


def _scan_parquet(path: Path, name: str) -> pl.LazyFrame:
    try:
        frame = pl.scan_parquet(path, glob=False)
        frame.collect_schema()
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise DataError(
            f"{name} is not a readable Parquet file: {str(error).splitlines()[0]}.",
            remedy="Write it again.",
        ) from error
    return frame


def _read_parquet(frame: pl.LazyFrame, columns: Sequence[str], name: str) -> Iterator[pl.DataFrame]:
    row = 0
    while True:
        try:
            block = frame.select(columns).slice(row, PARQUET_BLOCK_ROWS).collect()
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
            raise DataError(
                f"{name} is damaged after row {row}: {str(error).splitlines()[0]}.",
                remedy="Write it again.",
            ) from error
        if not block.height:
            return
        yield block
        row += block.height


def _units(columns: Sequence[str]) -> dict[str, str]:
    return {column: unit for column in columns if (unit := unit_in_name(column))}
