"""Reads a column of time stamps, whatever usual form it is written in.

A table comes in blocks. Every form that fits all rows so far stays a candidate; when 01/02/2013
could be either, the whole column decides by which reading is the more regular. A cell that fits
no form is named by its row.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from azuraforge_contract.errors import DataError
from azuraforge_core.data.steps import infer_step
from azuraforge_core.data.time_forms import (
    FORMS,
    ISO,
    FormReading,
    TimeForm,
    read_form,
    read_plain_iso,
)

__all__ = ["TimeStampColumn", "TimeStamps"]

Int64Array = npt.NDArray[np.int64]

_USUAL = (
    "Usual forms, in whole seconds, are 2013-01-31 13:00, 2013-01-31T13:00:00Z, 31.01.2013 13:00 "
    "and 2013-01."
)


@dataclass(frozen=True)
class TimeStamps:
    """A whole column of time stamps.

    Attributes:
        seconds: int64 ``(row,)`` since 1970-01-01, in UTC where ``is_utc``.
        is_utc: whether the source gave offsets (or is known to be in UTC).
    """

    seconds: Int64Array
    is_utc: bool


_FEW: Final = 1000
"""Rows up to which it pays to look at each by itself first."""


@dataclass
class _Candidate:
    form: TimeForm
    blocks: list[Int64Array] = field(default_factory=list)
    with_offset: int = 0
    without_offset: int = 0


class TimeStampColumn:
    """The time stamps of a table that is read block by block.

    Args:
        name: the column, for sentences.
        day_first: True or False settles 01/02/2013; None leaves it to the whole column.
    """

    def __init__(self, name: str, *, day_first: bool | None = None) -> None:
        self._name = name
        self._candidates = [
            _Candidate(form)
            for form in FORMS
            if day_first is None or form.day_first in {None, day_first}
        ]

    def add(self, cells: pl.Series, first_row: int) -> None:
        """Read one more block.

        Args:
            cells: the cells of the block: text, numbers, dates or date-times.
            first_row: the row number of the block's first cell, counted from 1.

        Raises:
            DataError: a cell is empty or fits no form.
        """
        if isinstance(cells.dtype, pl.Datetime | pl.Date):
            cells = _iso_text(cells)
        text = cells.cast(pl.String, strict=False).str.strip_chars()
        if text.null_count() or (text == "").any():
            row = first_row + int((text.is_null() | (text == "")).arg_max() or 0)
            raise DataError(
                f"Row {row} has no time stamp in column {self._name!r}.",
                remedy="Fill it in, or remove the row.",
            )
        if len(text):
            self._narrow(text, first_row)

    def _narrow(self, text: pl.Series, first_row: int) -> None:
        reached = 0
        alive = []
        plain = read_plain_iso(text.to_list()) if len(text) <= _FEW else None
        for candidate in self._candidates:
            reading = _read(text, candidate.form, plain)
            if reading.good_rows == len(text):
                candidate.blocks.append(reading.seconds)
                candidate.with_offset += reading.with_offset
                candidate.without_offset += len(text) - reading.with_offset
                alive.append(candidate)
            reached = max(reached, reading.good_rows)
        if not alive:
            cell = str(text[reached])[:60]
            is_known = reached > 0 or first_row > 1
            raise DataError(
                f"Row {first_row + reached}: column {self._name!r} holds {cell!r}, which is "
                f"not a time stamp{' in the form of the rows before' if is_known else ''}.",
                remedy=_USUAL,
            )
        self._candidates = alive

    def close(self) -> TimeStamps:
        """Return the whole column.

        Raises:
            DataError: day and month cannot be told apart, or only some rows carry an offset.
        """
        columns = [
            (np.concatenate(c.blocks) if c.blocks else np.empty(0, dtype=np.int64), c)
            for c in self._candidates
        ]
        seconds, chosen = self._choose(columns)
        if chosen.with_offset and chosen.without_offset:
            raise DataError(
                f"Column {self._name!r}: {chosen.with_offset} rows carry a UTC offset and "
                f"{chosen.without_offset} do not.",
                remedy="Write all time stamps with an offset, or none.",
            )
        return TimeStamps(seconds, is_utc=chosen.with_offset > 0 or chosen.form.is_utc)

    def _choose(
        self, columns: list[tuple[Int64Array, _Candidate]]
    ) -> tuple[Int64Array, _Candidate]:
        if len(columns) == 1 or not len(columns[0][0]):
            return columns[0]
        ranked = sorted(columns, key=lambda column: _irregularity(column[0]))
        best, second = ranked[0][0], ranked[1][0]
        if _irregularity(best) == _irregularity(second) and not np.array_equal(best, second):
            raise DataError(
                f"Column {self._name!r}: day and month cannot be told apart.",
                remedy="Set source.day_first to true or false.",
            )
        return ranked[0]


def _read(text: pl.Series, form: TimeForm, plain: FormReading | None) -> FormReading:
    if plain is None:
        return read_form(text, form)
    return plain if form is ISO else FormReading(np.empty(0, dtype=np.int64), 0, 0)


def _irregularity(seconds: Int64Array) -> tuple[int, int, int]:
    """Return how often time goes back, and how many stamps lie off or are missing from a grid."""
    backward = int((np.diff(seconds) < 0).sum())
    times = np.unique(seconds)
    step = infer_step(times)
    if step is None:
        return backward, 0, 0
    positions = step.positions(times, int(times[0]))
    off = int((positions != np.floor(positions)).sum())
    return backward, off, int(np.nanmax(positions)) + 1 - len(times)


def _iso_text(cells: pl.Series) -> pl.Series:
    """Return typed dates as ISO text, so that one road reads them all."""
    if isinstance(cells.dtype, pl.Date):
        return cells.dt.strftime("%Y-%m-%d")
    zoned = cells.dtype.time_zone is not None if isinstance(cells.dtype, pl.Datetime) else False
    if zoned:
        cells = cells.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    return cells.dt.strftime("%Y-%m-%dT%H:%M:%S%.f" + ("Z" if zoned else ""))
