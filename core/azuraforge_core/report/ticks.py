"""Where an axis carries its labels: round numbers, and times that people count by."""

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

__all__ = ["Tick", "number_ticks", "time_ticks", "to_seconds"]

_ROUND: Final = (1, 2, 2.5, 5, 10)
_DAY: Final = 86_400
_MONTHS: Final = (
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
)
_SECONDS: Final = (
    *(1, 5, 15, 30, 60, 300, 900, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600),
    *(_DAY, 2 * _DAY, 7 * _DAY, 14 * _DAY),
)
_MONTH_COUNTS: Final = (1, 3, 6, 12, 24, 60, 120, 300, 600, 1200, 6000)
_MINUTE: Final = 60


@dataclass(frozen=True)
class Tick:
    """One label of an axis."""

    value: float
    """Where, in the axis's own unit; seconds since 1970 on an axis of time."""
    label: str


def number_ticks(low: float, high: float, *, most: int = 5) -> tuple[Tick, ...]:
    """Return at most about ``most`` round numbers that enclose ``low`` to ``high``."""
    if not high > low:
        room = abs(low) * 0.1 or 1.0
        low, high = low - room, high + room
    step = _round_step((high - low) / max(most - 1, 1))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    digits = max(0, -math.floor(math.log10(step) + 1e-9) + (1 if _has_half(step) else 0))
    return tuple(
        Tick(
            index * step,
            f"{index * step:,.{digits}f}".replace("-0", "0", 1)
            if index == 0
            else f"{index * step:,.{digits}f}",
        )
        for index in range(first, last + 1)
    )


def time_ticks(low: float, high: float, *, most: int = 6) -> tuple[Tick, ...]:
    """Return at most ``most`` times between two times (seconds since 1970), at round places."""
    for step in _SECONDS:
        inside = range(math.ceil(low / step), math.floor(high / step) + 1)
        if len(inside) <= most:
            return tuple(Tick(index * step, _clock_label(index * step, step)) for index in inside)
    return _month_ticks(low, high, most)


def to_seconds(times: Sequence[str]) -> list[float]:
    """Return ISO 8601 times as seconds since 1970; one without an offset is taken as UTC."""
    return [_moment(text).timestamp() for text in times]


def _moment(text: str) -> dt.datetime:
    moment = dt.datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _round_step(least: float) -> float:
    size: float = 10.0 ** math.floor(math.log10(least))
    return next(size * factor for factor in _ROUND if size * factor >= least * (1 - 1e-9))


def _has_half(step: float) -> bool:
    mantissa = step / 10.0 ** math.floor(math.log10(step) + 1e-9)
    return not math.isclose(mantissa, round(mantissa))


def _clock_label(seconds: float, step: int) -> str:
    moment = dt.datetime.fromtimestamp(seconds, dt.UTC)
    day = f"{_MONTHS[moment.month - 1]} {moment.day}"
    if step >= _DAY or seconds % _DAY == 0:
        return day
    return f"{moment:%H:%M:%S}" if step < _MINUTE else f"{moment:%H:%M}"


def _month_ticks(low: float, high: float, most: int) -> tuple[Tick, ...]:
    start, end = (dt.datetime.fromtimestamp(edge, dt.UTC) for edge in (low, high))
    first, last = (moment.year * 12 + moment.month - 1 for moment in (start, end))
    for step in _MONTH_COUNTS:
        months = range(math.ceil(first / step) * step, last + 1, step)
        ticks = (_month_tick(month, by_year=step >= 12) for month in months)  # noqa: PLR2004 - months
        inside = tuple(tick for tick in ticks if low <= tick.value <= high)
        if len(inside) <= most:
            return inside
    return inside


def _month_tick(month: int, *, by_year: bool) -> Tick:
    moment = dt.datetime(month // 12, month % 12 + 1, 1, tzinfo=dt.UTC)
    label = str(moment.year) if by_year else f"{_MONTHS[moment.month - 1]} {moment.year}"
    return Tick(moment.timestamp(), label)
