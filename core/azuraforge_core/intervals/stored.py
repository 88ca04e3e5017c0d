"""Intervals as they are kept beside a model: all that bands of a new forecast need.

Written by the pipeline, read by whoever forecasts with a stored model. The facts stand in
``model.json``, the arrays in ``model.safetensors`` under ``intervals.``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from azuraforge_core.intervals.bands import IntervalBands
from azuraforge_core.intervals.quantiles import quantile_levels
from azuraforge_core.intervals.spread import FloatArray, Spread
from azuraforge_core.store.model_manifest import IntervalFacts

__all__ = ["StoredIntervals"]


@dataclass(frozen=True)
class StoredIntervals:
    """Calibrated intervals of one model.

    A band reaches from the point forecast so many distances to both sides; see `Spread`.

    Attributes:
        facts: kind, levels and how they came about.
        scale: float32 ``(horizon, target, level)``: how many, from the validation part.
        adapted_scale: float32 ``(series, horizon, target, level)``: how many after the last
            outcome known, in the order of ``manifest.data.series``; None where bands do not adapt.
    """

    facts: IntervalFacts
    scale: npt.NDArray[np.float32]
    adapted_scale: npt.NDArray[np.float32] | None = None

    @property
    def quantiles(self) -> tuple[float, ...]:
        """The quantiles that the bands' ends and the median stand for, ascending."""
        return quantile_levels(self.facts.levels)

    def bands(self, forecast: FloatArray, *, series: int | None = None) -> IntervalBands:
        """Return the bands around forecasts.

        Args:
            forecast: scaled, on the host: point forecasts ``(batch, horizon, target)``, or of a
                model with quantile heads its sorted quantiles ``(batch, horizon, target,
                quantile)``; `forecast_with_bands` makes both.
            series: number of the series in ``manifest.data.series`` that the forecasts belong to,
                so that its latest errors count; None for rows that the model has never seen.
        """
        spread = self.spread(forecast)
        return IntervalBands.of_spread(spread, self.facts.levels, self.scale_of(series))

    def spread(self, forecast: FloatArray) -> Spread:
        """Return what the bands are multiples of, from what the model forecasts; see `bands`."""
        if self.facts.kind == "quantile":
            return Spread.of_quantiles(forecast)
        return Spread.of_points(forecast)

    def scale_of(self, series: int | None = None) -> npt.NDArray[np.float32]:
        """Return how many distances ``(horizon, target, level)`` the bands of a series reach."""
        if series is None or self.adapted_scale is None:
            return self.scale
        found: npt.NDArray[np.float32] = self.adapted_scale[series]
        return found

    def state(self) -> dict[str, npt.NDArray[Any]]:
        """Return the arrays by name, for ``model.safetensors``."""
        if self.adapted_scale is None:
            return {"scale": self.scale}
        return {"scale": self.scale, "adapted_scale": self.adapted_scale}

    @classmethod
    def from_state(
        cls, facts: IntervalFacts | None, arrays: Mapping[str, npt.NDArray[Any]]
    ) -> "StoredIntervals | None":
        """Make the intervals that `state` came from; None where a model has none.

        Raises:
            KeyError: the arrays are not those of intervals.
        """
        if facts is None:
            return None
        return cls(facts, arrays["scale"], arrays.get("adapted_scale"))
