"""The time between two rows of a regular table: seconds, calendar months or working days.

Time stamps are int64 seconds since 1970-01-01. A `Step` turns them into row positions and back;
`infer_step` finds the one that a sorted column of time stamps follows.
"""

from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from azuraforge_contract.validation import StrictModel

__all__ = ["Step", "as_date_times", "infer_step", "iso"]

Int64Array = npt.NDArray[np.int64]

DAY: Final = 86_400
MINIMUM_MONTH_SECONDS: Final = 28 * DAY
_MONDAY_TO_FRIDAY = 5
_EPOCH_WEEKDAY = 3
"""1970-01-01 was a Thursday, counted from Monday = 0."""
_NAMES = ((7 * DAY, "week"), (DAY, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


class Step(StrictModel):
    """The time between two rows."""

    unit: Literal["second", "business_day", "month", "month_end"]
    """What is counted; month_end: months whose stamps stand on their last day."""
    count: int
    """How many units lie between two rows."""

    @property
    def seconds(self) -> float:
        """The step's length in seconds, on average where months or weekends make it vary."""
        return self.count * {"second": 1.0, "business_day": 7 / 5 * DAY}.get(
            self.unit, 365.2425 / 12 * DAY
        )

    def __str__(self) -> str:
        """Return the step as a person says it: ``15 minutes``."""
        if self.unit != "second":
            return _counted(self.count, self.unit.removesuffix("_end").replace("_", " "))
        size, name = next((size, name) for size, name in _NAMES if self.count % size == 0)
        return _counted(self.count // size, name)

    def positions(self, times: Int64Array, origin: int) -> npt.NDArray[np.float64]:
        """Return each time's row, counted from ``origin``; not a whole number off the grid."""
        if self.unit == "second":
            whole, rest = np.divmod(times - origin, self.count)
            return np.asarray(whole + rest / self.count, dtype=np.float64)
        days, seconds = np.divmod(times, DAY)
        off = seconds != origin % DAY
        if self.unit == "business_day":
            rows = np.busday_count(_days(np.array([origin // DAY]))[0], _days(days))
            off |= _weekday(days) >= _MONDAY_TO_FRIDAY
            return np.where(off, np.nan, rows.astype(np.float64))
        months, day = _months(days, self.unit)
        first, first_day = _months(np.array([origin // DAY]), self.unit)
        rows = (months - first[0]) / self.count
        return np.where(off | (day != first_day[0]), np.nan, rows)

    def times(self, origin: int, rows: int) -> Int64Array:
        """Return the time stamps of ``rows`` rows from ``origin`` on."""
        steps = np.arange(rows, dtype=np.int64) * self.count
        if self.unit == "second":
            return origin + steps
        day, seconds = divmod(origin, DAY)
        if self.unit == "business_day":
            days = np.busday_offset(_days(np.array([day]))[0], steps)
            return np.asarray(days.astype(np.int64) * DAY + seconds)
        months, offset = _months(np.array([day]), self.unit)
        first_days = (months[0] + steps).astype("datetime64[M]").astype("datetime64[D]")
        return np.asarray((first_days.astype(np.int64) + offset[0]) * DAY + seconds)


def infer_step(times: Int64Array) -> Step | None:
    """Return the step that sorted, distinct time stamps follow, or None for fewer than two.

    The commonest difference decides: holes do not change it. Whether every stamp lies on the grid
    is for the caller to check with `Step.positions`.
    """
    if len(times) < 2:  # noqa: PLR2004 - a step lies between two rows
        return None
    differences, counts = np.unique(np.diff(times), return_counts=True)
    common = int(differences[np.argmax(counts)])
    if int(differences[0]) >= MINIMUM_MONTH_SECONDS:
        months = _infer_months(times)
        if months is not None:
            return months
    if common == DAY and _skips_weekends(times):
        return Step(unit="business_day", count=1)
    return Step(unit="second", count=common)


def as_date_times(times: Int64Array) -> npt.NDArray[np.datetime64]:
    """Return seconds since 1970 as NumPy date-times."""
    return times.astype("datetime64[s]")


def iso(time: int) -> str:
    """Return seconds since 1970 as ISO 8601 text without an offset."""
    return str(np.datetime_as_string(np.datetime64(int(time), "s")))


def _infer_months(times: Int64Array) -> Step | None:
    days, seconds = np.divmod(times, DAY)
    if np.any(seconds != seconds[0]):
        return None
    units: tuple[Literal["month", "month_end"], ...] = ("month", "month_end")
    for unit in units:
        months, offset = _months(days, unit)
        if np.all(offset == offset[0]) and (unit == "month" or offset[0] == -1):
            differences, counts = np.unique(np.diff(months), return_counts=True)
            return Step(unit=unit, count=int(differences[np.argmax(counts)]))
    return None


def _months(days: Int64Array, unit: str) -> tuple[Int64Array, Int64Array]:
    """Return each day's month since 1970 and its distance from that month's anchor, in days.

    The anchor is the month's first day, and for ``month_end`` the next month's first day, from
    which the last day of any month is one day away.
    """
    shift = 1 if unit == "month_end" else 0
    months = _days(days + shift).astype("datetime64[M]")
    anchors = months.astype("datetime64[D]").astype(np.int64)
    return months.astype(np.int64), days - anchors


def _skips_weekends(times: Int64Array) -> bool:
    """Return whether weekends passed and no stamp lies in one."""
    days = times // DAY
    mondays = days - _weekday(days)
    return bool(mondays[-1] > mondays[0] and np.all(_weekday(days) < _MONDAY_TO_FRIDAY))


def _weekday(days: Int64Array) -> Int64Array:
    """Return the day of the week, Monday = 0."""
    return (days + _EPOCH_WEEKDAY) % 7


def _days(days: Int64Array) -> npt.NDArray[np.datetime64]:
    return days.astype("datetime64[D]")


def _counted(count: int, noun: str) -> str:
    return f"1 {noun}" if count == 1 else f"{count} {noun}s"
