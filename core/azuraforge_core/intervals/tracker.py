"""Bands that follow a series: wider after misses, narrower while everything lies inside.

Called by `IntervalMeter` along the test part, a tracker for each series. It is the quantile
tracking of Angelopoulos, Candès and Tibshirani ("Conformal PID Control for Time Series Prediction",
2023), a form of adaptive conformal inference (Gibbs and Candès, 2021), on the logarithm of a band's
scale, so that one rate suits errors of any size:

    log scale ← log scale + rate · (missed - (1 - level))

Summed up, the share of misses differs from 1 - level by no more than the whole change of log scale
divided by rate · windows, whatever the series does. An outcome counts when it would be known, not
before: of a forecast made at row s, step j is known at row s + j + 1. A loop with a delay swings if
its gain is large, so far steps move slower: no faster than 1 / (j + 1).
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["IntervalTracker"]

_NOWHERE: Final = -(1 << 62)
_MOST_CHANGE: Final = 100.0
"""How many times wider or narrower than calibrated a band can become."""
_LEAST_SCALE: Final = 1e-6
"""Of the spread; a model without errors on the validation part gives no zero."""


class IntervalTracker:
    """The scales of one series along its test windows.

    Args:
        scale: calibrated ``(horizon, target, level)``.
        levels: ascending.
        rate: how far one outcome moves log scale, before far steps are slowed.
        block: windows at most between two calls of `move_to`.
    """

    def __init__(
        self,
        scale: npt.NDArray[np.float32],
        levels: Sequence[float],
        *,
        rate: float,
        block: int = 1,
    ) -> None:
        horizon, targets, _ = scale.shape
        start = np.log(np.maximum(scale.astype(np.float64), _LEAST_SCALE))
        self._log_scale = start.copy()
        self._bounds = start - np.log(_MOST_CHANGE), start + np.log(_MOST_CHANGE)
        self._expected = [1.0 - level for level in levels]
        steps = np.arange(horizon)
        self._steps = steps
        self._rates = np.minimum(rate, 1.0 / (steps + 1.0))[:, None]
        size = horizon + block
        self._starts = np.full(size, _NOWHERE, dtype=np.int64)
        self._missed = np.zeros((size, horizon, targets), dtype=np.uint8)
        self._next_row: int | None = None
        self._last_start = _NOWHERE

    @property
    def scale(self) -> npt.NDArray[np.float32]:
        """The scales as they are, float32 ``(horizon, target, level)``, ascending by level."""
        ascending = np.maximum.accumulate(np.exp(self._log_scale), axis=-1)
        return ascending.astype(np.float32)

    def move_to(self, row: int) -> None:
        """Take in all outcomes that are known when a forecast is made at a row.

        Args:
            row: start of the window that is forecast next; never before an earlier one.
        """
        first = row if self._next_row is None else self._next_row
        self._next_row = row
        last = min(row, self._last_start + len(self._steps))
        for begin in range(first, last, len(self._starts)):
            self._take_in(np.arange(begin, min(begin + len(self._starts), last)))

    def observe(self, starts: npt.NDArray[np.int64], missed: npt.NDArray[np.uint8]) -> None:
        """Remember how windows went that were forecast with the scales as they are.

        Args:
            starts: consecutive rows ``(window,)``, at most a block of them.
            missed: how many levels' bands the truth lay outside, ``(window, horizon, target)``.
        """
        slots = starts % len(self._starts)
        self._starts[slots] = starts
        self._missed[slots] = missed
        self._last_start = int(starts[-1])

    def finish(self) -> npt.NDArray[np.float32]:
        """Take in what is still open, as it is known to a forecast after the last row."""
        if self._next_row is not None:
            self.move_to(self._last_start + len(self._steps))
        return self.scale

    def _take_in(self, rows: npt.NDArray[np.int64]) -> None:
        """Move the scales by the outcomes of some rows, each forecast from up to horizon starts."""
        starts = rows[:, None] - self._steps
        slots = starts % len(self._starts)
        known = self._starts[slots] == starts
        counts = np.count_nonzero(known, axis=0)[:, None]
        missed = np.where(known[..., None], self._missed[slots, self._steps], 0)
        for index, expected in enumerate(self._expected):
            misses = np.count_nonzero(missed > index, axis=0)
            self._log_scale[..., index] += self._rates * (misses - expected * counts)
        np.clip(self._log_scale, *self._bounds, out=self._log_scale)
