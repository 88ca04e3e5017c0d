"""One window's forecast beside the truth, in original units: for live pictures and the report."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from azuraforge_core.data.dataset import ForecastDataset
from azuraforge_core.data.window_gather import WindowGather
from azuraforge_core.device import to_host
from azuraforge_core.evaluation.predictor import Predictor

__all__ = ["WindowForecast", "forecast_window", "optional_numbers"]


@dataclass(frozen=True)
class WindowForecast:
    """What a model says about one window.

    Attributes:
        start: the window's first position on the time axis.
        series: its series, empty where the table has only one.
        history: ``(lookback, target)`` in units, NaN where missing.
        truth: ``(horizon, target)`` in units.
        forecast: ``(horizon, target)`` in units.
    """

    start: int
    series: str
    history: npt.NDArray[np.float64]
    truth: npt.NDArray[np.float64]
    forecast: npt.NDArray[np.float64]


def forecast_window(
    predictor: Predictor, dataset: ForecastDataset, gather: WindowGather, start: int
) -> WindowForecast:
    """Forecast the window that begins at a position of the time axis."""
    batch = gather(np.array([start], dtype=np.int64))
    forecast = to_host(predictor.predict(batch.x, batch.future))[0]
    targets = len(dataset.facts.target_names)
    window = dataset.window
    rows = np.asarray(dataset.values[:targets, start : start + window.rows], dtype=np.float64).T
    return WindowForecast(
        start=start,
        series=dataset.series_at(start),
        history=rows[: window.lookback],
        truth=rows[window.lookback :],
        forecast=dataset.in_units(forecast),
    )


def optional_numbers(values: npt.NDArray[Any]) -> tuple[float | None, ...]:
    """Return numbers for JSON: None where there is none."""
    return tuple(float(value) if np.isfinite(value) else None for value in values)
