"""Intervals along the test part: bands for every window, from what was known when it was forecast.

Called by the pipelines while they score a model on the test part; what comes out goes into the
metrics, the report and the stored model.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from azuraforge_core.data.dataset import ForecastDataset
from azuraforge_core.data.split import Part
from azuraforge_core.device import to_host
from azuraforge_core.evaluation.evaluate import PartForecasts
from azuraforge_core.intervals.bands import IntervalBands
from azuraforge_core.intervals.calibration import Calibration
from azuraforge_core.intervals.notes import coverage_notes
from azuraforge_core.intervals.scores import IntervalScores
from azuraforge_core.intervals.spread import FloatArray, Spread
from azuraforge_core.intervals.stored import StoredIntervals
from azuraforge_core.intervals.sums import IntervalSums
from azuraforge_core.intervals.tracker import IntervalTracker
from azuraforge_core.store.model_manifest import IntervalFacts

__all__ = ["IntervalMeter", "MeasuredIntervals"]

Scale = npt.NDArray[np.float32]

MOST_NUMBERS: Final = 1 << 23
"""Scales kept of a test part: 32 MiB. Bands of wide tables move only every so many windows."""
MOST_MOVES: Final = 1 << 14
"""How often bands move on a test part, which bounds the time."""
NUMBERS_AT_ONCE: Final = 1 << 21
"""Ends of bands worked on at once."""


@dataclass(frozen=True)
class MeasuredIntervals:
    """Intervals of a finished model and how good they were.

    Attributes:
        stored: for forecasts to come.
        scores: on the test part.
        scales: the scales as they moved along the test part, ``(horizon, target, level)`` each.
        scale_of_window: int32 ``(window,)``: which of ``scales`` each test window was given.
    """

    stored: StoredIntervals
    scores: IntervalScores
    scales: tuple[Scale, ...]
    scale_of_window: npt.NDArray[np.int32]

    def bands(self, number: int, forecast: FloatArray) -> IntervalBands:
        """Return the bands that a test window had, scaled.

        Args:
            number: of the test window, from 0.
            forecast: what the model forecasts, ``(1, horizon, target)`` or with quantile heads
                ``(1, horizon, target, quantile)``; see `StoredIntervals.bands`.
        """
        scale = self.scales[self.scale_of_window[number]]
        return IntervalBands.of_spread(
            self.stored.spread(forecast), self.stored.facts.levels, scale
        )


class IntervalMeter:
    """Follows the test part window by window.

    Args:
        calibration: what the validation part said.
        dataset: the data.
    """

    def __init__(self, calibration: Calibration, dataset: ForecastDataset) -> None:
        self._calibration = calibration
        self.wants_quantiles = calibration.config.kind == "quantile"
        self._levels = calibration.config.levels
        self._segments = dataset.facts.segments
        windows = len(dataset.starts(Part.TEST))
        self._block = _block_size(windows, calibration.scale.size)
        targets = len(dataset.facts.target_names)
        self._sums = IntervalSums(
            self._levels, dataset.scaler.mean[:targets], dataset.scaler.std[:targets]
        )
        self._scales: list[Scale] = []
        self._scale_of_window: list[npt.NDArray[np.int32]] = []
        self._final: dict[int, Scale] = {}
        self._series = -1
        self._tracker: IntervalTracker | None = None
        self._room = 0
        self._next_start = -1
        if not calibration.config.adaptive:
            self._scales.append(calibration.scale)

    def add(self, batch: PartForecasts) -> None:
        """Take the next windows of the test part in, in order of time."""
        truth = to_host(batch.truth)
        forecast = to_host(batch.point if batch.quantiles is None else batch.quantiles)
        whole = Spread.of_points if batch.quantiles is None else Spread.of_quantiles
        size = max(1, NUMBERS_AT_ONCE // (self._calibration.scale.size * 2 + truth[0].size))
        for first in range(0, len(truth), size):
            rows = slice(first, first + size)
            self._add(batch.starts[rows], whole(forecast[rows]), truth[rows])

    def close(self) -> MeasuredIntervals:
        """Return what was measured, and the intervals for forecasts to come."""
        self._finish_series()
        config, calibration = self._calibration.config, self._calibration
        numbers = np.concatenate(self._scale_of_window)
        adapted = None
        if config.adaptive:
            adapted = np.stack(
                [self._final.get(i, calibration.scale) for i in range(len(self._segments))]
            )
        facts = IntervalFacts(
            kind="quantile" if config.kind == "quantile" else "conformal",
            levels=config.levels,
            adaptive=config.adaptive,
            adaptation_rate=config.adaptation_rate,
            calibration_windows=calibration.windows,
            adaptation_windows=len(numbers) if config.adaptive else 0,
        )
        levels = self._sums.level_scores(adaptive=config.adaptive)
        losses = self._sums.losses()
        scores = IntervalScores(
            kind=config.kind,
            adaptive=config.adaptive,
            levels=levels,
            quantiles=self._sums.quantiles,
            wql=losses.wql,
            crps=losses.crps,
            crps_in_units=losses.crps_in_units,
            notes=(*calibration.notes, *coverage_notes(levels)),
        )
        stored = StoredIntervals(facts, calibration.scale, adapted)
        return MeasuredIntervals(stored, scores, tuple(self._scales), numbers)

    def _add(self, starts: npt.NDArray[np.int64], spread: Spread, truth: FloatArray) -> None:
        scores = spread.score(truth)
        numbers = self._follow(starts, scores)
        used = np.stack(self._scales[numbers[0] : numbers[-1] + 1])[numbers - numbers[0]]
        bands = IntervalBands.of_spread(spread, self._levels, used)
        fixed = scores <= np.maximum.accumulate(self._calibration.scale, axis=-1)
        self._sums.add(bands, spread.point, truth, fixed)
        self._scale_of_window.append(numbers)

    def _follow(self, starts: npt.NDArray[np.int64], scores: FloatArray) -> npt.NDArray[np.int32]:
        """Return which scale each window is given, and let the scales learn of them."""
        if not self._calibration.config.adaptive:
            return np.zeros(len(starts), dtype=np.int32)
        numbers = np.empty(len(starts), dtype=np.int32)
        ends = [*(np.flatnonzero(np.diff(starts) != 1) + 1).tolist(), len(starts)]
        first = 0
        for end in ends:  # of stretches of consecutive windows
            while first < end:
                tracker = self._tracker_at(int(starts[first]))
                rows = slice(first, min(first + self._room, end))
                missed = np.count_nonzero(scores[rows] > self._scales[-1], axis=-1)
                tracker.observe(starts[rows], missed.astype(np.uint8))
                numbers[rows] = len(self._scales) - 1
                self._room -= rows.stop - first
                first = rows.stop
                self._next_start = int(starts[first - 1]) + 1
        return numbers

    def _tracker_at(self, start: int) -> IntervalTracker:
        """Return the tracker for a window, moved up to it where its bands may move."""
        tracker = self._tracker
        if tracker is None or start >= self._segments[self._series].stop:
            tracker = self._begin_series(start)
        if not self._room or start != self._next_start:
            tracker.move_to(start)
            self._scales.append(tracker.scale)
            self._room = self._block
        return tracker

    def _begin_series(self, start: int) -> IntervalTracker:
        """Begin with the series at a position; series come one behind the other."""
        self._finish_series()
        self._series = next(i for i, s in enumerate(self._segments) if s.start <= start < s.stop)
        self._room = 0
        self._tracker = IntervalTracker(
            self._calibration.scale,
            self._levels,
            rate=self._calibration.config.adaptation_rate,
            block=self._block,
        )
        return self._tracker

    def _finish_series(self) -> None:
        if self._tracker is not None:
            self._final[self._series] = self._tracker.finish()
            self._tracker = None


def _block_size(windows: int, numbers: int) -> int:
    """Return how many windows share a scale: one, or as few as the bounds above admit."""
    return max(1, -(-windows * numbers // MOST_NUMBERS), -(-windows // MOST_MOVES))
