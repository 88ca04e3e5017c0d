"""Bands around a forecast: for each level a lower and an upper end, never crossing, nested.

Made by `StoredIntervals.bands`, in scaled space; drawn and written in units.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from azuraforge_core.intervals.spread import FloatArray, Spread

__all__ = ["IntervalBands"]


@dataclass(frozen=True)
class IntervalBands:
    """Bands of some forecasts, on the host.

    Attributes:
        levels: how often the truth shall lie inside, ascending.
        lower: ``(batch, horizon, target, level)``.
        upper: likewise; nowhere below ``lower``.
    """

    levels: tuple[float, ...]
    lower: FloatArray
    upper: FloatArray

    @classmethod
    def of_spread(
        cls, spread: Spread, levels: Sequence[float], scale: npt.NDArray[np.floating]
    ) -> "IntervalBands":
        """Return bands that reach so many distances to both sides of the point forecast.

        Every band holds the point forecast and all bands of lower levels: scales that were found
        one by one may cross, and widening to the next one inside can only raise the coverage.
        Where a forecast is NaN its bands are.

        Args:
            spread: the forecasts.
            levels: ascending.
            scale: ``(horizon, target, level)`` or ``(batch, horizon, target, level)``.
        """
        reach = np.maximum.accumulate(np.maximum(scale, 0.0), axis=-1)
        point = spread.point[..., None]
        return cls(tuple(levels), point - reach * spread.below, point + reach * spread.above)

    def in_units(
        self, mean: npt.NDArray[np.float64], std: npt.NDArray[np.float64]
    ) -> "IntervalBands":
        """Return the same bands in the targets' units.

        Args:
            mean: ``(target,)``, what scaling took off.
            std: ``(target,)``, what it divided by; positive, so the order stays.
        """
        return IntervalBands(
            self.levels,
            self.lower.astype(np.float64) * std[:, None] + mean[:, None],
            self.upper.astype(np.float64) * std[:, None] + mean[:, None],
        )
