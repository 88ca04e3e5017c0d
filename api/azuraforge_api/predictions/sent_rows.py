"""Rows that came with a request, as a table that the core reads like any other.

Called in a worker. What they are is settled by ``read_rows``, as for a person's file; here they
only become a table.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import polars as pl

from azuraforge_api.predictions.plain_body import ROWS_NAME
from azuraforge_api.problems.problem import Problem
from azuraforge_contract.errors import DataError
from azuraforge_core.data.source_config import FileSource
from azuraforge_core.data.source_table import SourceTable, unit_in_name
from azuraforge_core.data.sources.conventions import SourceConventions, conventions_of
from azuraforge_core.data.sources.file import open_table_file
from azuraforge_core.prediction.known_rows import GivenRows
from azuraforge_core.prediction.loading import Forecaster
from azuraforge_core.prediction.new_rows import read_rows
from azuraforge_core.prediction.row_source import dataset_config_of

__all__ = ["read_csv_rows", "read_json_rows"]

_ORIGIN: Final = "rows of a request"
_TIME: Final = "time"
_SERIES: Final = "series"
_PACKED: Final = (b"\x1f\x8b", b"PAR1")
"""How gzip and Parquet begin: small bodies of theirs may hold more than the memory does."""


def read_json_rows(rows: Sequence[Any], forecaster: Forecaster, *, at: int | None) -> GivenRows:
    """Read rows such as ``{"time": "2013-12-31T00:00Z", "temp": 4.1}``.

    Raises:
        Problem: a row is no object of plain values.
        DataError: the model cannot work on them.
    """
    conventions = _conventions(forecaster)
    columns = _columns(rows)
    names = {_TIME: conventions.time_column, _SERIES: _series_column(forecaster, conventions)}
    for written, name in names.items():
        if name is not None and written in columns and name not in columns:
            columns[name] = columns.pop(written).alias(name)
    if conventions.time_column not in columns:
        raise DataError("The rows have no time.", remedy=f"Give every row a {_TIME!r}.")

    def read(wanted: Sequence[str]) -> Iterator[pl.DataFrame]:
        yield pl.DataFrame([columns[name] for name in wanted])

    table = SourceTable(
        ROWS_NAME,
        _ORIGIN,
        tuple(columns),
        conventions.time_column,
        read,
        series_column=_SERIES if _SERIES in columns else None,
        units={column: unit for column in columns if (unit := unit_in_name(column))},
        day_first=conventions.day_first,
    )
    return read_rows(table, forecaster, at=at)


def read_csv_rows(content: bytes, forecaster: Forecaster, *, at: int | None) -> GivenRows:
    """Read rows as comma-separated text with a header, written as the training data were.

    Raises:
        Problem: it is something else.
        DataError: the model cannot work on them.
    """
    if content.startswith(_PACKED):
        raise Problem("unsupported-media-type", "The body is packed; send plain text.")
    conventions = _conventions(forecaster)
    with _in_file(content) as path:
        source = FileSource(
            kind="file",
            path=str(path),
            time_column=conventions.time_column,
            decimal="," if conventions.decimal == "," else ".",
            day_first=conventions.day_first,
        )
        return read_rows(open_table_file(path, ROWS_NAME, _ORIGIN, source), forecaster, at=at)


@contextmanager
def _in_file(content: bytes) -> Iterator[Path]:
    with tempfile.NamedTemporaryFile(prefix="azuraforge-", suffix=".csv") as file:
        file.write(content)
        file.flush()
        yield Path(file.name)


def _conventions(forecaster: Forecaster) -> SourceConventions:
    return conventions_of(dataset_config_of(forecaster.manifest).source)


def _series_column(forecaster: Forecaster, conventions: SourceConventions) -> str | None:
    return dataset_config_of(forecaster.manifest).series_column or conventions.series_column


def _columns(rows: Sequence[Any]) -> dict[str, pl.Series]:
    cells: dict[str, list[Any]] = {}
    for number, row in enumerate(rows):
        _check_row(number, row)
        for name in row:
            if name not in cells:
                cells[name] = [None] * len(rows)
        for name, value in row.items():
            cells[name][number] = value
    return {name: _column(name, values) for name, values in cells.items()}


def _check_row(number: int, row: Any) -> None:
    if not isinstance(row, Mapping):
        raise Problem(
            "invalid-request",
            f"history.{number}: expected an object such as {{time, COLUMN: value}}.",
        )
    for name, value in row.items():
        if isinstance(value, bool | list | dict):
            kind = type(value).__name__
            raise Problem(
                "invalid-request",
                f"history.{number}.{name}: expected a number or text, got {kind}.",
            )


def _column(name: str, values: Sequence[Any]) -> pl.Series:
    """Return numbers as numbers and everything else as the text that it is."""
    if all(value is None or isinstance(value, int | float) for value in values):
        return pl.Series(name, values, dtype=pl.Float64, strict=False)
    texts = [None if value is None else str(value) for value in values]
    return pl.Series(name, texts, dtype=pl.String)
