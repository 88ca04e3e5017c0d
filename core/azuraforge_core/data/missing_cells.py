"""Fills short runs of missing cells on a straight line, and counts.

Called by `build_table` for one column of one series at a time.
"""

import numpy as np
import numpy.typing as npt

__all__ = ["fill_short_gaps"]


def fill_short_gaps(values: npt.NDArray[np.float64], longest: int) -> int:
    """Interpolate runs of NaN, in place.

    A run at the beginning or the end has only one neighbor and stays missing.

    Args:
        values: float64 ``(row,)`` on the regular grid.
        longest: runs of more rows stay missing; 0 fills nothing.

    Returns:
        How many cells were filled.
    """
    missing = np.isnan(values)
    if longest < 1 or not missing.any() or missing.all():
        return 0
    edges = np.diff(np.concatenate([[0], missing.astype(np.int8), [0]]))
    starts, stops = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    short = (stops - starts <= longest) & (starts > 0) & (stops < len(values))
    starts, stops = starts[short], stops[short]
    lengths = stops - starts
    total = int(lengths.sum())
    if not total:
        return 0
    # Positions within all chosen runs, laid end to end.
    ends = np.repeat(np.cumsum(lengths) - lengths, lengths)
    within = np.arange(total) - ends
    rows = np.repeat(starts, lengths) + within
    left, right = values[starts - 1], values[stops]
    share = (within + 1) / np.repeat(lengths + 1, lengths)
    values[rows] = np.repeat(left, lengths) * (1 - share) + np.repeat(right, lengths) * share
    return total
