"""Inputs that every forecaster has for free: the time of day, of the week and of the year.

Called by `build_table`. Each is a point on a circle (sine and cosine), so that 23 h lies beside
0 h; values lie in [-1, 1] and are not scaled again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from azuraforge_core.data.steps import DAY, Step, as_date_times

__all__ = ["CalendarFeature", "calendar_features"]

_WEEK: Final = 7 * DAY
_MONDAY: Final = 4 * DAY
"""1970-01-05, the first Monday since 1970, in seconds."""
_CIRCLES: Final = (("day", DAY), ("week", _WEEK), ("year", 365 * DAY))


@dataclass(frozen=True)
class CalendarFeature:
    """One calendar row.

    Attributes:
        name: such as ``day_sin``.
        values: float64 ``(row,)`` in [-1, 1].
    """

    name: str
    values: npt.NDArray[np.float64]


def calendar_feature_names(step: Step) -> tuple[str, ...]:
    """Return the names of the features that a step makes meaningful.

    A circle that is passed in fewer than two steps says nothing.
    """
    return tuple(f"{circle}_{part}" for circle in _circles(step) for part in ("sin", "cos"))


def calendar_features(times: npt.NDArray[np.int64], step: Step) -> Iterator[CalendarFeature]:
    """Yield the calendar features of time stamps ``(row,)``, one at a time."""
    for circle in _circles(step):
        angle = 2 * np.pi * _phase(times, circle)
        yield CalendarFeature(f"{circle}_sin", np.sin(angle))
        yield CalendarFeature(f"{circle}_cos", np.cos(angle))


def _circles(step: Step) -> tuple[str, ...]:
    seconds = step.seconds
    return tuple(name for name, length in _CIRCLES if seconds * 2 <= length)


def _phase(times: npt.NDArray[np.int64], circle: str) -> npt.NDArray[np.float64]:
    """Return how far each time lies within its day, week or year, in [0, 1)."""
    if circle == "day":
        return np.asarray(times % DAY / DAY)
    if circle == "week":
        return np.asarray((times - _MONDAY) % _WEEK / _WEEK)
    years = as_date_times(times).astype("datetime64[Y]")
    starts, ends = (y.astype("datetime64[s]").astype(np.int64) for y in (years, years + 1))
    return np.asarray((times - starts) / (ends - starts))
