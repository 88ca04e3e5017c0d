"""Lets new rows continue a model's stored history, where they are too few by themselves."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from azuraforge_core.data.steps import Step
from azuraforge_core.store.model_folder import SeriesHistory

__all__ = ["GridRows", "continue_history"]

Float64Array = npt.NDArray[np.float64]
Int64Array = npt.NDArray[np.int64]


@dataclass(frozen=True)
class GridRows:
    """Rows of one series, on the model's grid.

    Attributes:
        times: int64 ``(row,)``.
        values: float64 ``(data channel, row)``; NaN where missing.
    """

    times: Int64Array
    values: Float64Array


def continue_history(
    history: SeriesHistory, rows: GridRows, step: Step | None, longest_gap: int
) -> GridRows | None:
    """Return new rows with the stored history in front of them, or None where they do not fit.

    They fit when they begin within the history, right behind it, or after a hole that training
    would have filled. Where both have a row the new one counts.

    Args:
        history: the end of the training data.
        rows: the new rows, at least one, in order.
        step: the time between two rows; None where every row is one step, whatever its time stamp
            says: then the hole before the first new row must not be longer than one within the
            history.
        longest_gap: rows of a hole that is filled.
    """
    if not len(history.times):
        return None
    if step is None:
        stored = _rows_before(history.times, int(rows.times[0]))
        hole: Int64Array = np.empty(0, dtype=np.int64)
    else:
        position = float(step.positions(rows.times[:1], int(history.times[0]))[0])
        if not position.is_integer() or position > len(history.times) + longest_gap:
            return None
        stored = min(int(position), len(history.times))
        hole = step.times(int(history.times[0]), max(int(position), 0))[stored:]
    if stored is None or stored < 1:
        return None
    channels = len(rows.values)
    return GridRows(
        times=np.concatenate([history.times[:stored], hole, rows.times]),
        values=np.concatenate(
            [
                history.values[:channels, :stored].astype(np.float64),
                np.full((channels, len(hole)), np.nan),
                rows.values,
            ],
            axis=1,
        ),
    )


def _rows_before(times: Int64Array, first: int) -> int | None:
    """Return how many rows lie before a time; None where it is too late to be the next."""
    before = int(np.searchsorted(times, first))
    usual = int(np.diff(times).max()) if len(times) > 1 else 0
    is_next = before < len(times) or first - int(times[-1]) <= usual
    return before if is_next else None
