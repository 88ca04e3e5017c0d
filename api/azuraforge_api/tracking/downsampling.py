"""Fewer points of a series for a picture, with every peak kept: M4.

Jugel et al., "M4: A Visualization-Oriented Time Series Data Aggregation", VLDB 2014: of each
stretch of the axis the first, the last, the lowest and the highest point are drawn; a line through
them looks as the line through all.
"""

import numpy as np
import numpy.typing as npt

from azuraforge_api.tracking.points import Points

__all__ = ["downsample", "newest_attempt"]

_PER_STRETCH = 4


def downsample(points: Points, axis: npt.NDArray[np.int64], limit: int) -> Points:
    """Return at most ``limit`` points, in the order of the axis.

    Args:
        points: sorted by the axis.
        axis: int64 ``(point,)`` ascending: steps, epochs or times.
        limit: at least 4.
    """
    if len(points) <= limit:
        return points
    stretches = max(1, limit // _PER_STRETCH)
    span = int(axis[-1]) - int(axis[0]) + 1
    stretch = ((axis - axis[0]).astype(np.float64) * stretches / span).astype(np.int64)
    begins = np.flatnonzero(np.diff(stretch, prepend=-1))
    ends = np.append(begins[1:], len(points)) - 1
    extremes = [
        _first_equal(points.values, extreme.reduceat(points.values, begins), begins)
        for extreme in (np.minimum, np.maximum)
    ]
    return points.take(np.unique(np.concatenate([begins, ends, *extremes])))


def _first_equal(
    values: npt.NDArray[np.float64], wanted: npt.NDArray[np.float64], begins: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Return where each stretch first has the value wanted of it.

    Args:
        values: float64 ``(point,)``, finite.
        wanted: float64 ``(stretch,)``, each somewhere in its stretch.
        begins: int64 ``(stretch,)`` ascending positions, the first 0.
    """
    lengths = np.diff(begins, append=len(values))
    found = np.flatnonzero(values == np.repeat(wanted, lengths))
    return found[np.searchsorted(found, begins)]


def newest_attempt(points: Points, attempts: npt.NDArray[np.int64]) -> Points:
    """Return the points of the newest attempt that reached each step, sorted by step.

    An attempt that resumed from step 100 takes back all that an earlier one had told of later
    steps, whether or not it tells of the very same ones.

    Args:
        points: in any order.
        attempts: int64 ``(point,)``.
    """
    if not len(points) or _is_one_curve(points.steps, attempts):
        return points
    begins = np.full(int(attempts.max()) + 2, np.iinfo(np.int64).max)
    np.minimum.at(begins, attempts, points.steps)
    taken_back_from = np.minimum.accumulate(begins[::-1])[::-1]
    kept = np.flatnonzero(points.steps < taken_back_from[attempts + 1])
    order = kept[np.lexsort((points.times[kept], points.steps[kept]))]
    steps = points.steps[order]
    return points.take(order[np.append(steps[1:] != steps[:-1], True)])


def _is_one_curve(steps: npt.NDArray[np.int64], attempts: npt.NDArray[np.int64]) -> bool:
    """Return whether points are of one attempt that told of each step once, in order."""
    return bool((attempts == attempts[0]).all() and (steps[1:] > steps[:-1]).all())
