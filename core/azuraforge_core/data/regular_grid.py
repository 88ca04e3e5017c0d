"""Puts the rows of a series onto a regular grid of time.

Called by `build_table`. Rows out of order are sorted and counted, equal rows are dropped and
counted, holes stay holes and are counted; rows that contradict one another or lie between grid
points are errors that name them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from azuraforge_contract.errors import DataError
from azuraforge_core.data.daylight_saving import autumn_hour, spring_gaps
from azuraforge_core.data.quality import MAXIMUM_LISTED_GAPS, Gap, QualityLog
from azuraforge_core.data.raw_table import RawSeries
from azuraforge_core.data.steps import Step, infer_step, iso

__all__ = [
    "GridSeries",
    "common_step",
    "drop_equal_rows",
    "regularize",
    "sort_rows",
    "take_rows_as_steps",
]

Int64Array = npt.NDArray[np.int64]

MAXIMUM_GRID_ROWS_PER_ROW: Final = 4
SPARE_GRID_ROWS: Final = 1000


@dataclass(frozen=True)
class GridSeries:
    """One series with a place on the grid for each of its rows.

    Attributes:
        name: the series' name.
        times: int64 ``(grid row,)`` seconds since 1970, without holes.
        positions: int64 ``(row,)``: the grid row of each table row.
        columns: name → float64 ``(row,)``.
    """

    name: str
    times: Int64Array
    positions: Int64Array
    columns: dict[str, npt.NDArray[np.float64]]

    def column(self, name: str) -> npt.NDArray[np.float64]:
        """Return a column on the grid, float64 ``(grid row,)``, NaN in holes."""
        values = np.full(len(self.times), np.nan)
        values[self.positions] = self.columns[name]
        return values


def sort_rows(series: RawSeries, log: QualityLog) -> RawSeries:
    """Sort a series by time; rows of one time keep their order. Counts the rows moved."""
    late = series.times < np.maximum.accumulate(series.times)
    if not late.any():
        return series
    log.rows_sorted += int(late.sum())
    return _take(series, np.argsort(series.times, kind="stable"))


def drop_equal_rows(
    series: RawSeries, log: QualityLog, *, is_utc: bool, is_split: bool
) -> RawSeries:
    """Drop rows of a sorted series that repeat the row before them.

    Args:
        series: sorted rows.
        log: counts what was dropped.
        is_utc: whether no clock was ever changed for daylight saving.
        is_split: whether a series column has told series apart.

    Raises:
        DataError: two rows of one time differ.
    """
    doubled = np.flatnonzero(series.times[1:] == series.times[:-1])
    if not len(doubled):
        return series
    different = np.zeros(len(doubled), dtype=np.bool_)
    for values in series.columns.values():
        before, after = values[doubled], values[doubled + 1]
        different |= (before != after) & ~(np.isnan(before) & np.isnan(after))
    if different.any():
        _refuse_conflict(series, doubled[different], is_utc=is_utc, is_split=is_split)
    log.duplicates_dropped += len(doubled)
    keep = np.ones(len(series.times), dtype=np.bool_)
    keep[doubled + 1] = False
    return _take(series, np.flatnonzero(keep))


def take_rows_as_steps(series: RawSeries) -> GridSeries:
    """Take every sorted row as one step, whatever its time stamp says."""
    positions = np.arange(len(series.times), dtype=np.int64)
    return GridSeries(series.name, series.times, positions, series.columns)


def common_step(series: Sequence[RawSeries]) -> Step:
    """Return the step that all sorted series share.

    Raises:
        DataError: there are too few rows, or two series have different steps.
    """
    steps = {
        part.name: step
        for part in series
        if (step := infer_step(_distinct(part.times))) is not None
    }
    if not steps:
        raise DataError(
            "Every series has one time stamp only: no step between rows can be seen.",
            remedy="Give the table more rows, or check series_column.",
        )
    first_name, first = next(iter(steps.items()))
    for name, step in steps.items():
        if step != first:
            raise DataError(
                f"Series {first_name!r} has a row every {first}, series {name!r} every {step}.",
                remedy="Choose series of one step, or resample them before.",
            )
    return first


def regularize(series: RawSeries, step: Step, log: QualityLog, *, is_utc: bool) -> GridSeries:
    """Place sorted rows on the grid.

    Raises:
        DataError: a row lies between two grid points, or the grid would be mostly holes.
    """
    origin = int(series.times[0])
    exact = step.positions(series.times, origin)
    off = np.flatnonzero(exact != np.floor(exact))
    if len(off):
        row = off[0]
        raise DataError(
            f"{_subject(series)} has a row every {step}, but row {int(series.rows[row])} at "
            f"{iso(series.times[row])} lies between two steps "
            f"({len(off)} of {len(exact)} rows do).",
            remedy="Resample the table to a regular step, or correct its time stamps.",
        )
    positions = exact.astype(np.int64)
    rows = int(positions[-1]) + 1
    if rows > MAXIMUM_GRID_ROWS_PER_ROW * len(positions) + SPARE_GRID_ROWS:
        raise DataError(
            f"{_subject(series)} would have {rows} rows, one every {step} from {iso(origin)} to "
            f"{iso(series.times[-1])}, but only {len(positions)} are there.",
            remedy="Check the time stamps, or resample the table to a longer step.",
        )
    times = step.times(origin, rows)
    _count_gaps(series, times, positions, log)
    if not is_utc:
        spring_gaps(series.times, step, log)
    return GridSeries(series.name, times, positions, series.columns)


def _count_gaps(
    series: RawSeries, times: Int64Array, positions: Int64Array, log: QualityLog
) -> None:
    lengths = np.diff(positions) - 1
    before = np.flatnonzero(lengths > 0)
    if not len(before):
        return
    log.add_gap_lengths(lengths[before].tolist())
    longest = before[np.argsort(-lengths[before], kind="stable")][:MAXIMUM_LISTED_GAPS]
    log.gaps.extend(
        Gap(series=series.name, start=iso(times[positions[i] + 1]), rows=int(lengths[i]))
        for i in longest
    )


def _refuse_conflict(
    series: RawSeries, first_of_pair: Int64Array, *, is_utc: bool, is_split: bool
) -> None:
    pair = int(first_of_pair[0])
    message = (
        f"{_subject(series)} has rows {int(series.rows[pair])} and "
        f"{int(series.rows[pair + 1])} that both say {iso(series.times[pair])} but hold different "
        f"values ({len(first_of_pair)} such pairs)."
    )
    if not is_utc and autumn_hour(series.times[first_of_pair]):
        raise DataError(
            f"{message} It is the hour that repeats when daylight saving ends.",
            remedy="Write the time stamps in UTC, or with a UTC offset such as +01:00.",
        )
    remedy = "Keep one of the two."
    if not is_split:
        remedy += " If the table stacks several series, name the column in series_column."
    raise DataError(message, remedy=remedy)


def _distinct(times: Int64Array) -> Int64Array:
    """Return sorted time stamps without repeats."""
    return np.asarray(times[np.concatenate([[True], np.diff(times) > 0])])


def _subject(series: RawSeries) -> str:
    return f"Series {series.name!r}" if series.name else "The table"


def _take(series: RawSeries, rows: Int64Array) -> RawSeries:
    columns = {name: values[rows] for name, values in series.columns.items()}
    return RawSeries(series.name, series.times[rows], series.rows[rows], columns)
