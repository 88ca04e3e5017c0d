"""Recognizes the traces that changing clocks leave in local time stamps.

Used by the regular grid: in spring an hour is missing, in autumn one occurs twice.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from azuraforge_core.data.quality import QualityLog
from azuraforge_core.data.steps import DAY, Step, as_date_times, iso

__all__ = ["autumn_hour", "spring_gaps"]

Int64Array = npt.NDArray[np.int64]

_HOUR: Final = 3600
_LATEST_HOUR: Final = 3
"""Clocks change before four o'clock."""
_CHANGE_MONTHS: Final = (3, 4, 9, 10, 11)
"""March, April: spring in the north. September to November: autumn there, spring in the south."""
_SUNDAY: Final = 3
"""1970-01-01 was a Thursday: days since then, modulo 7."""


def spring_gaps(times: Int64Array, step: Step, log: QualityLog) -> None:
    """Warn of every hole of exactly the hour that is skipped when daylight saving begins.

    Args:
        times: sorted, distinct, local or unknown time stamps.
        step: the time between two rows.
        log: gets one warning.
    """
    if step.unit != "second" or step.count > _HOUR or _HOUR % step.count:
        return
    before = np.flatnonzero(np.diff(times) == _HOUR + step.count)
    skipped = times[before] + step.count
    skipped = skipped[_may_change(skipped)]
    if len(skipped):
        log.note(
            f"The hour at {iso(skipped[0])} is missing ({len(skipped)} such hours): daylight "
            "saving seems to begin there. The time stamps look local; write them in UTC."
        )


def autumn_hour(doubled: Int64Array) -> bool:
    """Return whether all doubled time stamps lie in hours that occur twice in autumn."""
    return bool(_may_change(doubled).all())


def _may_change(times: Int64Array) -> npt.NDArray[np.bool_]:
    months = as_date_times(times).astype("datetime64[M]").astype(np.int64) % 12 + 1
    is_sunday = times // DAY % 7 == _SUNDAY
    return np.asarray(
        is_sunday & np.isin(months, _CHANGE_MONTHS) & (times % DAY // _HOUR <= _LATEST_HOUR)
    )
