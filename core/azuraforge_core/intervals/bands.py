"""Bands around a forecast: for each level a lower and an upper end, never crossing, nested.

Made by `StoredIntervals.bands`, in scaled space; drawn and written in units.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["IntervalBands"]

FloatArray = npt.NDArray[np.floating[Any]]


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
    def around(
        cls, point: FloatArray, levels: Sequence[float], lower: FloatArray, upper: FloatArray
    ) -> "IntervalBands":
        """Put ends in order: every band holds the point forecast and all bands of lower levels.

        Ends that were found one by one may cross; widening them to the next one inside can only
        raise the coverage. Where a forecast is NaN its bands are.

        Args:
            point: ``(batch, horizon, target)``.
            levels: ascending, one for each entry of the last dimension of the ends.
            lower: ``(batch, horizon, target, level)``.
            upper: likewise.
        """
        inside = point[..., None]
        return cls(
            tuple(levels),
            np.minimum.accumulate(np.minimum(lower, inside), axis=-1),
            np.maximum.accumulate(np.maximum(upper, inside), axis=-1),
        )

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
