"""A point forecast and the bands around it, for every kind of model and of intervals.

Called by the pipelines, by prediction, backtests and the report.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from azuraforge_core.device import to_host
from azuraforge_core.evaluation.predictor import Predictor, QuantilePredictor
from azuraforge_core.intervals.bands import IntervalBands
from azuraforge_core.intervals.stored import StoredIntervals

__all__ = ["BandedForecast", "QuantilePredictor", "forecast_with_bands"]


@dataclass(frozen=True)
class BandedForecast:
    """Forecasts and their bands, scaled, on the host.

    Attributes:
        point: ``(batch, horizon, target)``.
        bands: around them, or None where the model has no intervals.
    """

    point: npt.NDArray[np.floating[Any]]
    bands: IntervalBands | None


def forecast_with_bands(
    predictor: Predictor,
    intervals: StoredIntervals | None,
    x: Any,
    future: Any | None,
    *,
    series: int | None = None,
) -> BandedForecast:
    """Forecast scaled windows with the intervals of a stored model.

    Args:
        predictor: the model; with ``quantile`` intervals a `QuantilePredictor`.
        intervals: its intervals, or None.
        x: float32 ``(batch, lookback, channel)``, scaled.
        future: float32 ``(batch, horizon, future_channel)``, scaled, or None.
        series: which of the model's series they belong to; see `StoredIntervals.bands`.

    Raises:
        TypeError: the intervals are of quantile heads, which the model lacks.
    """
    if intervals is None:
        return BandedForecast(to_host(predictor.predict(x, future)), None)
    if intervals.facts.kind == "conformal":
        point = to_host(predictor.predict(x, future))
        return BandedForecast(point, intervals.bands(point, series=series))
    if not isinstance(predictor, QuantilePredictor):
        raise TypeError(f"{type(predictor).__name__} forecasts no quantiles")
    quantiles = to_host(predictor.predict_quantiles(x, future))
    point = quantiles[..., len(intervals.facts.levels)]
    return BandedForecast(point, intervals.bands(quantiles, series=series))
