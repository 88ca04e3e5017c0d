"""Reads a source into numbers and time stamps, row by row as it stands: no repair yet.

Called by `build_table`. Blocks of text are turned into float64 at once, so that memory holds the
numbers and one block.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl

from azuraforge_contract.errors import DataError
from azuraforge_contract.validation import nearest
from azuraforge_core.data.number_cells import read_numbers
from azuraforge_core.data.quality import QualityLog
from azuraforge_core.data.roles import ColumnPlan
from azuraforge_core.data.source_table import SourceTable
from azuraforge_core.data.time_stamps import TimeStampColumn, TimeStamps

__all__ = ["RawSeries", "RawTable", "read_table"]

MAXIMUM_SERIES_SHOWN = 20


@dataclass
class RawSeries:
    """The rows of one series as the source has them.

    Attributes:
        name: the series' name, empty where the table has only one.
        times: int64 ``(row,)`` seconds since 1970.
        rows: int64 ``(row,)`` row numbers in the source, counted from 1.
        columns: name → float64 ``(row,)``, NaN where missing.
    """

    name: str
    times: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int64]
    columns: dict[str, npt.NDArray[np.float64]]


@dataclass(frozen=True)
class RawTable:
    """Everything read: the chosen series, in the order asked for or of their names."""

    series: tuple[RawSeries, ...]
    is_utc: bool


@dataclass
class _NumberColumn:
    """A column in the reading."""

    name: str
    blocks: list[npt.NDArray[np.float64]] = field(default_factory=list)
    numbers: int = 0
    texts: int = 0
    first_text: tuple[int, str] | None = None

    def add(self, cells: pl.Series, rows: npt.NDArray[np.int64], decimal: str) -> None:
        read = read_numbers(cells, decimal=decimal)
        self.blocks.append(read.values)
        self.numbers += read.numbers
        self.texts += read.texts
        if self.first_text is None and read.first_text is not None:
            position, text = read.first_text
            self.first_text = (int(rows[position]), text)

    def join(self) -> npt.NDArray[np.float64]:
        """Return the whole column and let go of its blocks."""
        blocks, self.blocks = self.blocks, []
        return np.concatenate(blocks)


def read_table(
    source: SourceTable, plan: ColumnPlan, chosen: tuple[str, ...], log: QualityLog
) -> RawTable:
    """Read the needed columns of the chosen series.

    Args:
        source: where the rows come from.
        plan: the columns to read; columns of text are left out where targets are open.
        chosen: the series to keep; empty: all.
        log: counts rows read and left out.

    Raises:
        DataError: a cell is no number or no time stamp, or a series is not there.
    """
    reader = _Reader(source, plan, chosen)
    for frame in _blocks(source, plan):
        reader.add(frame)
    log.rows_read = reader.rows_read
    for note in source.notes:
        log.note(note)
    return reader.close(log)


def _blocks(source: SourceTable, plan: ColumnPlan) -> Iterator[pl.DataFrame]:
    series = [plan.series_column] if plan.series_column else []
    return source.read(list(dict.fromkeys([source.time_column, *series, *plan.numbers])))


class _Reader:
    def __init__(self, source: SourceTable, plan: ColumnPlan, chosen: tuple[str, ...]) -> None:
        self._source = source
        self._plan = plan
        self._chosen = chosen
        self._times = TimeStampColumn(source.time_column, day_first=source.day_first)
        self._columns = {name: _NumberColumn(name) for name in plan.numbers}
        self._rows: list[npt.NDArray[np.int64]] = []
        self._codes: list[npt.NDArray[np.int64]] = []
        self._names: dict[str, int] = {}
        self.rows_read = 0

    def add(self, frame: pl.DataFrame) -> None:
        """Read one more block."""
        first = self.rows_read + 1
        self.rows_read += frame.height
        # Time stamps of other series are read, too: their form tells day and month apart.
        self._times.add(frame[self._source.time_column], first)
        codes = self._series_codes(frame, first)
        kept = codes >= 0
        rows = np.arange(first, first + frame.height, dtype=np.int64)[kept]
        self._rows.append(rows)
        self._codes.append(codes)
        part = frame if kept.all() else frame.filter(pl.Series(kept))
        for name, column in self._columns.items():
            column.add(part[name], rows, self._source.decimal)

    def _series_codes(self, frame: pl.DataFrame, first: int) -> npt.NDArray[np.int64]:
        """Return the number of each row's series, -1 where it is not chosen."""
        if self._plan.series_column is None:
            self._names.setdefault("", 0)
            return np.zeros(frame.height, dtype=np.int64)
        cells = frame[self._plan.series_column].cast(pl.String, strict=False).str.strip_chars()
        empty = cells.is_null() | (cells == "")
        if empty.any():
            raise DataError(
                f"Row {first + int(empty.arg_max() or 0)} has no series name in column "
                f"{self._plan.series_column!r}.",
                remedy="Fill it in, or remove the row.",
            )
        for name in cells.unique(maintain_order=True):
            self._names.setdefault(str(name), len(self._names))
        keep = set(self._chosen) or self._names.keys()
        codes = {name: code if name in keep else -1 for name, code in self._names.items()}
        return np.asarray(
            cells.replace_strict(codes, return_dtype=pl.Int64).to_numpy(), dtype=np.int64
        )

    def close(self, log: QualityLog) -> RawTable:
        """Return the table, divided into its series."""
        if not self.rows_read:
            raise DataError(
                f"{self._source.name} has a header but no rows.", remedy="Give it rows."
            )
        stamps = self._times.close()
        self._check_series()
        codes = np.concatenate(self._codes)
        log.rows_of_other_series = int((codes < 0).sum())
        columns = {
            name: column for name, column in self._columns.items() if self._is_numeric(column, log)
        }
        self._columns.clear()
        arrays = {name: columns.pop(name).join() for name in list(columns)}
        return RawTable(
            self._divide(stamps, codes, arrays), is_utc=stamps.is_utc or self._source.is_utc
        )

    def _check_series(self) -> None:
        missing = [name for name in self._chosen if name not in self._names]
        if not missing:
            return
        near = nearest(missing[0], self._names)
        shown = ", ".join(sorted(self._names)[:MAXIMUM_SERIES_SHOWN])
        raise DataError(
            f"Column {self._plan.series_column!r} has no series {missing[0]!r}; it has "
            f"{len(self._names)}: {shown}.",
            remedy=f"Did you mean {near!r}?" if near else "Name one of these.",
        )

    def _is_numeric(self, column: _NumberColumn, log: QualityLog) -> bool:
        """Return whether a column is kept; a column of text is left out where nobody named it."""
        if column.first_text is None:
            return True
        row, text = column.first_text
        named = not self._plan.targets_are_open or column.name not in self._plan.targets
        comma = self._source.decimal == "." and _is_comma_number(text)
        if not named and not comma and column.texts >= column.numbers:
            log.note(f"Column {column.name!r} holds text ({text!r}) and was left out.")
            return False
        hint = " For decimal commas set source.decimal to ','." if comma else ""
        raise DataError(
            f"Row {row}: column {column.name!r} holds {text!r}, which is not a number "
            f"({column.texts} such cells beside {column.numbers} numbers).",
            remedy=f"Correct it, or leave the cell empty.{hint}",
        )

    def _divide(
        self,
        stamps: TimeStamps,
        codes: npt.NDArray[np.int64],
        arrays: dict[str, npt.NDArray[np.float64]],
    ) -> tuple[RawSeries, ...]:
        times = stamps.seconds[codes >= 0]
        rows = np.concatenate(self._rows)
        if len(self._names) == 1:
            name = next(iter(self._names))
            return (RawSeries(name, times, rows, arrays),)
        codes = codes[codes >= 0]
        names = self._chosen or tuple(sorted(self._names))
        divided = []
        for name in names:
            mine = np.flatnonzero(codes == self._names[name])
            columns = {column: array[mine] for column, array in arrays.items()}
            divided.append(RawSeries(name, times[mine], rows[mine], columns))
        return tuple(divided)


def _is_comma_number(text: str) -> bool:
    """Return whether a cell would be a number if its comma were a decimal mark."""
    whole, comma, fraction = text.lstrip("+-").partition(",")
    return bool(comma) and whole.isdigit() and fraction.isdigit()
