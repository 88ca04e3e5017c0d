"""What a band is a multiple of: the distances from the point forecast that a model itself gives.

A model that forecasts one number gives 1 on both sides, in scaled space: its bands are as wide as
its errors on the validation part. A model with quantile heads gives the distance from its median to
the quantile that ends the band, so its bands are wider where the data are less certain. Calibration
only finds how many such distances hold the truth often enough ("CQR-m" of Kivaranovic, Johnson and
Leeb, "Adaptive, Distribution-Free Prediction Intervals for Deep Networks", 2020, a form of
conformalized quantile regression, Romano, Patterson and Candès, 2019).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["LEAST_DISTANCE", "Spread"]

FloatArray = npt.NDArray[np.floating[Any]]

LEAST_DISTANCE = 1e-3
"""Of the training rows' standard deviation; a quantile that meets the median gives no zero."""


@dataclass(frozen=True)
class Spread:
    """Point forecasts and the distances around them, scaled, on the host.

    Attributes:
        point: ``(batch, horizon, target)``.
        below: ``(batch, horizon, target, level)``, or one level where it is the same for all.
        above: likewise.
    """

    point: FloatArray
    below: FloatArray
    above: FloatArray

    @classmethod
    def of_points(cls, point: FloatArray) -> "Spread":
        """Return the distances of a model that forecasts ``(batch, horizon, target)``."""
        ones = np.ones((*point.shape, 1), dtype=point.dtype)
        return cls(point, ones, ones)

    @classmethod
    def of_quantiles(cls, quantiles: FloatArray) -> "Spread":
        """Return the distances of a model with heads.

        Args:
            quantiles: sorted ``(batch, horizon, target, quantile)``, as `quantile_levels` lists
                them.
        """
        count = quantiles.shape[-1] // 2
        point = quantiles[..., count]
        middle = point[..., None]
        below = np.maximum(middle - quantiles[..., :count][..., ::-1], LEAST_DISTANCE)
        above = np.maximum(quantiles[..., count + 1 :] - middle, LEAST_DISTANCE)
        return cls(point, below, above)

    def score(self, truth: FloatArray) -> FloatArray:
        """Return how many distances the truth lies away from the point forecast.

        Args:
            truth: ``(batch, horizon, target)``.

        Returns:
            ``(batch, horizon, target, level)``, never negative; one level where it is the same.
        """
        error = (truth - self.point)[..., None]
        return np.where(error < 0, -error / self.below, error / self.above)
