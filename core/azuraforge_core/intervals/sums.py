"""Sums over test windows from which the scores of intervals follow; filled by `IntervalMeter`."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from azuraforge_core.intervals.bands import IntervalBands
from azuraforge_core.intervals.quantiles import crps_weights, quantile_levels
from azuraforge_core.intervals.scores import LevelScores
from azuraforge_core.intervals.spread import FloatArray

__all__ = ["IntervalLosses", "IntervalSums"]


@dataclass(frozen=True)
class IntervalLosses:
    """The losses of a forecast distribution; see `IntervalScores`."""

    wql: float
    crps: float
    crps_in_units: float


class IntervalSums:
    """Sums in float64, batch by batch.

    Args:
        levels: ascending.
        mean: ``(target,)``, what scaling took off.
        std: ``(target,)``, what it divided by.
    """

    def __init__(
        self,
        levels: tuple[float, ...],
        mean: npt.NDArray[np.float64],
        std: npt.NDArray[np.float64],
    ) -> None:
        self._levels = levels
        self._mean = mean
        self._std = std
        self.quantiles = quantile_levels(levels)
        self._windows = 0
        self._inside: Any = 0
        self._inside_fixed: Any = 0
        self._width: Any = 0.0
        self._pinball: Any = 0.0
        self._size: Any = 0.0

    def add(
        self, bands: IntervalBands, point: FloatArray, truth: FloatArray, fixed: npt.NDArray[Any]
    ) -> None:
        """Add some windows.

        Args:
            bands: their bands, scaled.
            point: scaled ``(batch, horizon, target)``.
            truth: likewise.
            fixed: whether the truth lies inside the bands of the validation part, ``(batch,
                horizon, target, level)``.
        """
        outcome = truth[..., None]
        inside = (bands.lower <= outcome) & (outcome <= bands.upper)
        self._windows += len(truth)
        self._inside += np.count_nonzero(inside, axis=0)
        self._inside_fixed += np.count_nonzero(fixed, axis=(0, 1, 2))
        self._width += (bands.upper - bands.lower).mean(axis=1, dtype=np.float64).sum(axis=0)
        ends = np.concatenate([bands.lower[..., ::-1], point[..., None], bands.upper], axis=-1)
        error = outcome - ends
        wanted = np.asarray(self.quantiles, dtype=error.dtype)
        loss = np.maximum(wanted * error, (wanted - 1) * error)
        self._pinball += loss.mean(axis=1, dtype=np.float64).sum(axis=0)
        units = np.abs(truth * self._std + self._mean)
        self._size += units.mean(axis=1, dtype=np.float64).sum(axis=0)

    def level_scores(self, *, adaptive: bool) -> tuple[LevelScores, ...]:
        """Return the scores of each level."""
        coverage = self._inside / self._windows
        width = self._width / self._windows * self._std[:, None]
        _, horizon_targets = self._windows, coverage.shape[0] * coverage.shape[1]
        fixed = self._inside_fixed / (self._windows * horizon_targets)
        return tuple(
            LevelScores(
                level=level,
                coverage=float(coverage[..., index].mean()),
                coverage_by_step=tuple(coverage[..., index].mean(axis=1).tolist()),
                coverage_by_target=tuple(coverage[..., index].mean(axis=0).tolist()),
                width_in_units=float(width[:, index].mean()),
                width_in_units_by_target=tuple(width[:, index].tolist()),
                fixed_coverage=float(fixed[index]) if adaptive else None,
            )
            for index, level in enumerate(self._levels)
        )

    def losses(self) -> IntervalLosses:
        """Return the losses over all quantiles."""
        twice = 2.0 * self._pinball / self._windows
        size = self._size / self._windows
        crps = twice @ crps_weights(self.quantiles)
        with np.errstate(divide="ignore", invalid="ignore"):
            wql = twice.mean(axis=1) * self._std / size
        return IntervalLosses(
            wql=float(wql.mean()),
            crps=float(crps.mean()),
            crps_in_units=float((crps * self._std).mean()),
        )
