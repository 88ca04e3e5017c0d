"""Looks once over all cells of a table and counts; which column is which is guessed from that."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import polars as pl

from azuraforge_contract.errors import DataError
from azuraforge_core.data.number_cells import read_numbers
from azuraforge_core.data.source_table import SourceTable
from azuraforge_core.data.time_stamps import TimeStampColumn

__all__ = ["ColumnCount", "count_columns", "guess_series_column", "guess_time_column"]

_HEAD_ROWS: Final = 1000
_TIME_WORDS: Final = ("time", "date", "timestamp", "datetime", "ds", "day", "month", "year", "hour")
_SERIES_WORDS: Final = ("series", "id", "unique_id", "station", "store", "item", "sensor", "symbol")
_MOST_SERIES: Final = 10_000
_ALMOST_ALL: Final = 0.99
"""Of the rows; a few doubled ones do not make a column of series less of one."""


@dataclass
class ColumnCount:
    """What the cells of one column are.

    Attributes:
        name: as in the header.
        numbers: cells that are numbers.
        texts: cells that are neither numbers nor empty.
        missing: cells without a value.
        first_text: the first of the texts.
        minimum: the smallest number.
        maximum: the largest number.
    """

    name: str
    numbers: int = 0
    texts: int = 0
    missing: int = 0
    first_text: str = ""
    minimum: float = field(default=np.inf)
    maximum: float = field(default=-np.inf)

    def add(self, cells: pl.Series, decimal: str) -> None:
        """Count one more block."""
        read = read_numbers(cells, decimal=decimal)
        self.numbers += read.numbers
        self.texts += read.texts
        self.missing += len(cells) - read.numbers - read.texts
        if not self.first_text and read.first_text is not None:
            self.first_text = read.first_text[1]
        finite = read.values[np.isfinite(read.values)]
        if len(finite):
            self.minimum = min(self.minimum, float(finite.min()))
            self.maximum = max(self.maximum, float(finite.max()))

    @property
    def is_constant(self) -> bool:
        """Whether it says nothing: no number at all, or the same one everywhere."""
        return self.minimum >= self.maximum


def count_columns(source: SourceTable) -> tuple[int, list[ColumnCount]]:
    """Return the number of rows, and each column's counts.

    Raises:
        DataError: the table cannot be read.
    """
    names = [name for name in source.columns if name]
    counts = [ColumnCount(name) for name in names]
    rows = 0
    for frame in source.read(names):
        rows += frame.height
        for count in counts:
            count.add(frame[count.name], source.decimal)
    return rows, counts


def guess_time_column(source: SourceTable, head: pl.DataFrame) -> str:
    """Return the column that holds the time stamps, or nothing where none looks like it.

    Args:
        source: for the order of its columns.
        head: its first rows.
    """
    fitting = [name for name in source.columns if name and _is_time(head[name])]
    plain = [name for name in fitting if not _is_number(head[name])]
    named = [name for name in fitting if _mentions(name, _TIME_WORDS)]
    for choice in ([n for n in named if n in plain], plain, named):
        if choice:
            return choice[0]
    return ""


def guess_series_column(source: SourceTable, counts: Sequence[ColumnCount], time: str) -> str:
    """Return the column that tells series apart, or nothing where each time stands once."""
    candidates = [
        c.name
        for c in counts
        if c.name != time and (c.texts > c.numbers or _mentions(c.name, _SERIES_WORDS))
    ]
    if not candidates:
        return ""
    frame = pl.concat([_texts(block) for block in source.read([time, *candidates])])
    if frame[time].n_unique() >= _ALMOST_ALL * frame.height:
        return ""
    for name in candidates:
        series = frame[name].n_unique()
        is_whole = frame[name].null_count() == 0
        pairs = frame.select(time, name).n_unique()
        if is_whole and 1 < series <= _MOST_SERIES and pairs >= _ALMOST_ALL * frame.height:
            return name
    return ""


def _is_time(cells: pl.Series) -> bool:
    if isinstance(cells.dtype, pl.Datetime | pl.Date):
        return True
    if cells.dtype.is_nested() or cells.dtype.is_float():
        return False
    try:
        TimeStampColumn("time").add(cells.head(_HEAD_ROWS), 1)
    except DataError:
        return False
    return cells.len() > 0


def _is_number(cells: pl.Series) -> bool:
    return cells.dtype.is_numeric() or read_numbers(cells).texts == 0


def _mentions(name: str, words: Sequence[str]) -> bool:
    parts = name.lower().replace("-", "_").replace(" ", "_").split("_")
    return any(word in parts for word in words) or name.lower() in words


def _texts(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(pl.all().cast(pl.String, strict=False))
