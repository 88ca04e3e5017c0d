"""Rows in their plain form: one series, a time stamp and all of a model's columns in every row.

That is what a program sends that asks for a forecast every few minutes. What is settled from the
header alone is settled once for a model here; the rows themselves are read without a table and
looked over by the same checks as all others. Whatever is not of this form is `read_rows`'s.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from azuraforge_contract.errors import DataError, StorageError
from azuraforge_core.data.raw_table import RawSeries, RawTable
from azuraforge_core.data.roles import ColumnPlan, plan_columns
from azuraforge_core.data.source_table import SourceTable, unit_in_name
from azuraforge_core.data.time_forms import read_plain_iso
from azuraforge_core.prediction.known_rows import GivenRows
from azuraforge_core.prediction.loading import Forecaster
from azuraforge_core.prediction.new_rows import read_numbers
from azuraforge_core.prediction.row_source import ConformedTable, conform

__all__ = ["MOST_PLAIN_ROWS", "PlainHeader", "plain_header", "read_plain_rows"]

MOST_PLAIN_ROWS: Final = 1000
"""Rows up to which looking at each time stamp by itself is the quicker way."""


@dataclass(frozen=True)
class PlainHeader:
    """The header of plain rows, settled.

    Attributes:
        columns: the model's own, without the calendar.
        table: as `conform` has settled it.
        plan: the columns to read.
    """

    columns: tuple[str, ...]
    table: ConformedTable
    plan: ColumnPlan


def plain_header(forecaster: Forecaster, time_column: str, name: str) -> PlainHeader | None:
    """Settle the header of plain rows for a model.

    Args:
        forecaster: the model.
        time_column: what training called it.
        name: how sentences call the rows.

    Returns:
        None where rows of this model need more: a column that tells series apart, or wind to be
        made into a vector.
    """
    roles = forecaster.manifest.columns
    columns = tuple(column.name for column in roles if column.role != "calendar")
    if time_column in columns:
        return None
    units = {column: unit for column in columns if (unit := unit_in_name(column))}
    source = SourceTable(name, name, (time_column, *columns), time_column, _nothing, units=units)
    try:
        table = conform(source, forecaster.manifest)
        plan = plan_columns(table.source, table.config)
    except (DataError, StorageError):  # told to whoever sends rows, by `read_rows`
        return None
    is_plain = plan.series_column is None and not plan.wind_vectors
    is_whole = table.source.columns == source.columns and set(plan.numbers) == set(columns)
    return PlainHeader(columns, table, plan) if is_plain and is_whole else None


def read_plain_rows(
    header: PlainHeader,
    stamps: Sequence[str],
    numbers: Mapping[str, npt.NDArray[np.float64]],
    forecaster: Forecaster,
) -> GivenRows | None:
    """Read plain rows; the same as `read_rows` says of them.

    Args:
        header: theirs.
        stamps: time stamps as text, one for each row.
        numbers: column to float64 ``(row,)``; NaN where missing.
        forecaster: the model.

    Returns:
        None where a time stamp is written in another form than 2013-01-31T13:00:00Z.

    Raises:
        DataError: the rows are none that the model can work on.
    """
    times = read_plain_iso(stamps) if 0 < len(stamps) <= MOST_PLAIN_ROWS else None
    if times is None or times.with_offset not in {0, len(stamps)}:
        return None
    rows = np.arange(1, len(stamps) + 1, dtype=np.int64)
    columns = {name: numbers[name] for name in header.plan.numbers}
    series = RawSeries("", times.seconds, rows, columns)
    raw = RawTable((series,), is_utc=times.with_offset > 0)
    return read_numbers(raw, header.table, header.plan, forecaster)


def _nothing(_: Sequence[str]) -> Iterator[pl.DataFrame]:
    return iter(())
