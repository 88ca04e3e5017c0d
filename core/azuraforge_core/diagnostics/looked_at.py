"""The test windows that a close look is taken at, and the residuals of a model on them."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from azuraforge_core.data.dataset import ForecastDataset
from azuraforge_core.data.split import Part
from azuraforge_core.data.window_gather import WindowGather
from azuraforge_core.device import to_host
from azuraforge_core.evaluation.predictor import Predictor

__all__ = ["LookedAt", "forecast_all", "look_at"]

MOST_WINDOWS: Final = 4096
"""More windows make no picture clearer."""
MOST_VALUES: Final = 12_000_000
"""Forecast values kept at most, 48 MB in float32; wide and far forecasts get fewer windows."""
BATCH: Final = 256


@dataclass(frozen=True)
class LookedAt:
    """Windows, their truths and two models' forecasts, on the host.

    Attributes:
        starts: int64 ``(window,)`` positions on the time axis, ascending.
        every: how many starts lie from one window to the next; 1 where all were taken.
        truth: float32 ``(window, horizon, target)``, scaled.
        forecast: the model's, likewise.
        rival: the strongest baseline's, likewise; None without one.
    """

    starts: npt.NDArray[np.int64]
    every: int
    truth: npt.NDArray[np.float32]
    forecast: npt.NDArray[np.float32]
    rival: npt.NDArray[np.float32] | None

    @property
    def residuals(self) -> npt.NDArray[np.float32]:
        """Forecast minus truth, float32 ``(window, horizon, target)``."""
        return self.forecast - self.truth


def look_at(
    dataset: ForecastDataset, gather: WindowGather, model: Predictor, rival: Predictor | None
) -> LookedAt:
    """Forecast evenly spread test windows with a model and its strongest baseline.

    Args:
        dataset: the data.
        gather: makes the batches, on the model's device.
        model: forecasts ``(batch, horizon, target)``, scaled.
        rival: a baseline, on the host or on the same device.
    """
    shape = dataset.shape
    starts = dataset.starts(Part.TEST)
    most = max(1, min(MOST_WINDOWS, MOST_VALUES // (shape.horizon * shape.targets)))
    every = -(-len(starts) // most)
    chosen = starts.take(np.arange(0, len(starts), every))
    truth = _truth(dataset, chosen)
    return LookedAt(
        starts=chosen,
        every=every,
        truth=truth,
        forecast=forecast_all(model, gather, chosen),
        rival=None if rival is None else forecast_all(rival, gather, chosen),
    )


def forecast_all(
    predictor: Predictor, gather: WindowGather, starts: npt.NDArray[np.int64]
) -> npt.NDArray[np.float32]:
    """Return the forecasts of windows, float32 ``(window, horizon, target)``, on the host."""
    parts = []
    for first in range(0, len(starts), BATCH):
        batch = gather(starts[first : first + BATCH])
        parts.append(to_host(predictor.predict(batch.x, batch.future)))
    return np.concatenate(parts).astype(np.float32, copy=False)


def _truth(dataset: ForecastDataset, starts: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    shape, scaler = dataset.shape, dataset.scaler
    rows = starts[:, None] + shape.lookback + np.arange(shape.horizon)
    values = np.asarray(dataset.values[: shape.targets])[:, rows]  # (target, window, horizon)
    mean, std = (a[: shape.targets, None, None] for a in (scaler.mean, scaler.std))
    return ((values - mean) / std).transpose(1, 2, 0).astype(np.float32)
