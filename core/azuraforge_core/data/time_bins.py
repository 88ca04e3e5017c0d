"""Equal stretches of a table's time, in which missing cells are counted for the report's picture.

Used by `TableBuild`. All series share the stretches, so that a failure of the source that hits them
all stands in one place.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["STRETCHES", "TimeBins"]

STRETCHES: Final = 160
"""As many as a page shows side by side."""


class TimeBins:
    """The stretches of one table.

    Args:
        times: int64 ``(row,)`` seconds since 1970 of all series.
    """

    def __init__(self, times: npt.NDArray[np.int64]) -> None:
        first, last = int(times.min()), int(times.max())
        count = max(1, min(STRETCHES, len(times)))
        length = max(1, -(-(last - first + 1) // count))
        self._of_row = (times - first) // length
        self._count = (last - first) // length + 1

    def count(self, chosen: npt.NDArray[np.bool_] | None = None) -> tuple[int, ...]:
        """Return how many rows of each stretch are chosen, or how many there are.

        Args:
            chosen: bool ``(row,)`` in the order of the times; None for all rows.
        """
        rows = self._of_row if chosen is None else self._of_row[chosen]
        return tuple(np.bincount(rows, minlength=self._count).tolist())
