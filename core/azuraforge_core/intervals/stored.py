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
from azuraforge_core.store.model_manifest import IntervalFacts

__all__ = ["StoredIntervals"]

FloatArray = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True)
class StoredIntervals:
    """Calibrated intervals of one model.

    The offsets are added to the point forecast (``conformal``) or to the model's own quantiles
    (``quantile``).

    Attributes:
        facts: kind, levels and how they came about.
        lower: float32 ``(horizon, target, level)``, offsets from the validation part.
        upper: likewise.
        adapted_lower: float32 ``(series, horizon, target, level)``, offsets after the last outcome
            known, in the order of ``manifest.data.series``; None where bands do not adapt.
        adapted_upper: likewise.
    """

    facts: IntervalFacts
    lower: npt.NDArray[np.float32]
    upper: npt.NDArray[np.float32]
    adapted_lower: npt.NDArray[np.float32] | None = None
    adapted_upper: npt.NDArray[np.float32] | None = None

    @property
    def quantiles(self) -> tuple[float, ...]:
        """The quantiles of quantile heads, ascending, the median among them."""
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
        lower, upper = self.offsets(series)
        if self.facts.kind == "quantile":
            count = len(self.facts.levels)
            point = forecast[..., count]
            low, high = forecast[..., count - 1 :: -1], forecast[..., count + 1 :]
        else:
            point = forecast
            low = high = forecast[..., None]
        return IntervalBands.around(point, self.facts.levels, low + lower, high + upper)

    def offsets(
        self, series: int | None = None
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Return the lower and upper offsets ``(horizon, target, level)`` for a series."""
        if series is None or self.adapted_lower is None or self.adapted_upper is None:
            return self.lower, self.upper
        return self.adapted_lower[series], self.adapted_upper[series]

    def state(self) -> dict[str, npt.NDArray[Any]]:
        """Return the arrays by name, for ``model.safetensors``."""
        named = {
            "lower": self.lower,
            "upper": self.upper,
            "adapted_lower": self.adapted_lower,
            "adapted_upper": self.adapted_upper,
        }
        return {name: array for name, array in named.items() if array is not None}

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
        return cls(
            facts,
            arrays["lower"],
            arrays["upper"],
            arrays.get("adapted_lower"),
            arrays.get("adapted_upper"),
        )
