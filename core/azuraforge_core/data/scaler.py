"""Scales every channel by what its training rows say of it.

Used by `ForecastDataset`; the windows are scaled while they are gathered. Statistics are taken in
float64 over small pieces, so that a table far larger than memory can be scaled.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from azuraforge_contract.errors import DataError
from azuraforge_core.data.facts import ColumnFact, ColumnRole

__all__ = ["Scaler", "fit_scaler"]

Float64Array = npt.NDArray[np.float64]

CHUNK_ROWS: Final = 1 << 16


@dataclass(frozen=True)
class Scaler:
    """Mean and standard deviation of every channel; ``scaled = (value - mean) / std``.

    Attributes:
        mean: float64 ``(channel,)`` in the channels' units.
        std: float64 ``(channel,)``, population standard deviation; 1 where a channel is constant.
    """

    mean: Float64Array
    std: Float64Array

    @classmethod
    def identity(cls, channels: int) -> "Scaler":
        """Return the scaler that changes nothing."""
        return cls(np.zeros(channels), np.ones(channels))


def fit_scaler(
    values: npt.NDArray[np.float32],
    columns: Sequence[ColumnFact],
    ranges: Sequence[tuple[int, int]],
) -> tuple[Scaler, tuple[str, ...]]:
    """Fit a scaler on training rows, leaving calendar channels as they are.

    Args:
        values: float32 ``(channel, time)``, mapped or in memory, NaN where missing.
        columns: the facts of the channels.
        ranges: start and stop of every stretch of training rows.

    Returns:
        The scaler, and a sentence about every channel that is constant there.

    Raises:
        DataError: a column has no number in the training rows.
    """
    scaler = Scaler.identity(len(columns))
    notes = []
    for channel, column in enumerate(columns):
        if column.role is ColumnRole.CALENDAR:
            continue
        mean, std = _statistics(values[channel], ranges)
        if np.isnan(mean):
            raise DataError(
                f"Column {column.name!r} has no number in the training rows.",
                remedy="Move the split, or leave the column out.",
            )
        if std == 0:
            notes.append(
                f"Column {column.name!r} is {mean:g} in every training row; it was centered but "
                "not scaled."
            )
        scaler.mean[channel], scaler.std[channel] = mean, std or 1.0
    return scaler, tuple(notes)


def _statistics(
    channel: npt.NDArray[np.float32], ranges: Sequence[tuple[int, int]]
) -> tuple[float, float]:
    """Return mean and population standard deviation, NaN where no row has a number.

    Two passes: the mean first, then squares of what is left, which loses no digits.
    """
    count, total = 0, 0.0
    for piece in _pieces(channel, ranges):
        count += len(piece)
        total += float(piece.sum())
    if not count:
        return float("nan"), float("nan")
    mean = total / count
    squares = sum(float(np.square(piece - mean).sum()) for piece in _pieces(channel, ranges))
    std = float(np.sqrt(squares / count))
    # The mean of equal numbers is off by a rounding: what is left then is no spread.
    return mean, 0.0 if std <= abs(mean) * np.finfo(np.float64).eps * 8 else std


def _pieces(channel: npt.NDArray[Any], ranges: Sequence[tuple[int, int]]) -> Iterator[Float64Array]:
    for start, stop in ranges:
        for first in range(start, stop, CHUNK_ROWS):
            piece = np.asarray(channel[first : min(first + CHUNK_ROWS, stop)], dtype=np.float64)
            known = piece[~np.isnan(piece)]
            if len(known):
                yield known
