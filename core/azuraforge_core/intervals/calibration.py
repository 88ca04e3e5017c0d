"""Split conformal calibration: how wide bands must be, from the errors on the validation part.

Papadopoulos et al., "Inductive Confidence Machines for Regression", 2002; Lei et al.,
"Distribution-Free Predictive Inference for Regression", 2018. Each horizon step and target has a
scale of its own; several series are pooled, their errors being scaled alike. Errors are taken
without their sign: a bias of the validation part is no fact about the test part.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from azuraforge_core.data.dataset import ForecastDataset
from azuraforge_core.data.epoch_order import EpochOrder
from azuraforge_core.data.split import Part
from azuraforge_core.device import to_host
from azuraforge_core.evaluation.evaluate import PartForecasts
from azuraforge_core.intervals.config import IntervalsConfig
from azuraforge_core.intervals.spread import FloatArray, Spread

__all__ = ["Calibration", "Calibrator", "conformal_quantile", "windows_needed"]

MOST_NUMBERS: Final = 1 << 23
"""Scores held at once: 32 MiB. Where a part has more, some windows are drawn."""
LEAST_WINDOWS: Final = 400
"""Drawn however many numbers that makes: a 95 % quantile of fewer is too rough."""


@dataclass(frozen=True)
class Calibration:
    """What the validation part says.

    Attributes:
        config: what was asked for.
        scale: float32 ``(horizon, target, level)``: how many distances hold the truth; `Spread`.
        windows: validation windows it was taken from.
        notes: what a person should know, one sentence each.
    """

    config: IntervalsConfig
    scale: npt.NDArray[np.float32]
    windows: int
    notes: tuple[str, ...]


class Calibrator:
    """Collects the scores of validation windows, then takes their quantiles.

    Args:
        config: kind and levels.
        dataset: the data.
    """

    def __init__(self, config: IntervalsConfig, dataset: ForecastDataset) -> None:
        self._config = config
        self.wants_quantiles = config.kind == "quantile"
        shape, windows = dataset.shape, len(dataset.starts(Part.VALIDATION))
        columns = len(config.levels) if config.kind == "quantile" else 1
        most = max(LEAST_WINDOWS, MOST_NUMBERS // (shape.horizon * shape.targets * columns))
        self._chosen = np.arange(windows)
        if windows > most:  # drawn at random: an even step would meet the same hours of the day
            self._chosen = np.sort(EpochOrder(windows, seed=0, epoch=0).take(np.arange(most)))
        self._seen = 0
        self._scores: list[FloatArray] = []

    def add(self, batch: PartForecasts) -> None:
        """Take the next windows of the validation part in."""
        first, self._seen = self._seen, self._seen + len(batch.starts)
        low, high = np.searchsorted(self._chosen, (first, self._seen))
        rows = self._chosen[low:high] - first
        if not len(rows):
            return
        spread = (
            Spread.of_points(to_host(batch.point)[rows])
            if batch.quantiles is None
            else Spread.of_quantiles(to_host(batch.quantiles)[rows])
        )
        self._scores.append(spread.score(to_host(batch.truth)[rows]))

    def close(self) -> Calibration:
        """Return the scales."""
        scores = np.concatenate(self._scores)
        self._scores = []
        levels = self._config.levels
        scale = np.stack(
            [
                conformal_quantile(scores[..., min(index, scores.shape[-1] - 1)], level)
                for index, level in enumerate(levels)
            ],
            axis=-1,
        )
        notes = tuple(
            f"{len(scores)} validation windows are too few for the {level * 100:g} % interval, "
            f"which needs {windows_needed(level)}: it is as wide as the largest error among them."
            for level in levels
            if windows_needed(level) > len(scores)
        )
        return Calibration(self._config, scale.astype(np.float32), len(scores), notes)


def conformal_quantile(scores: FloatArray, level: float) -> FloatArray:
    """Return the ⌈(n+1)·level⌉-th smallest of n scores, or the largest where there are too few.

    Of n exchangeable scores and a new one, the new one is at most this with a probability of at
    least ``level``, whatever their distribution.

    Args:
        scores: ``(window, …)``.
        level: between 0 and 1.
    """
    rank = min(_rank(len(scores), level), len(scores))
    return np.asarray(np.partition(scores, rank - 1, axis=0)[rank - 1])


def windows_needed(level: float) -> int:
    """Return the least n for which the ⌈(n+1)·level⌉-th smallest of n exists."""
    needed = math.ceil(level / (1 - level) - _ROUNDING)
    return max(1, needed)


_ROUNDING: Final = 1e-9
"""0.95 / 0.05 is 18.999… or 19.000… in floating point; both are 19."""


def _rank(count: int, level: float) -> int:
    return math.ceil((count + 1) * level - _ROUNDING)
