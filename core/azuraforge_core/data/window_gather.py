"""Gathers and scales windows from the one array of a table, on either device.

Made by the pipelines and `evaluate`. On the CPU the array stays the cache's mapping; a GPU gets one
copy. Only the windows of a batch are ever made.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from azuraforge_core.data.dataset import ForecastDataset
from azuraforge_core.device import Device

__all__ = ["Batch", "WindowGather"]


@dataclass(frozen=True)
class Batch:
    """Scaled windows, float32 on the device.

    Attributes:
        x: ``(batch, lookback, channel)``: targets, past, future, calendar.
        future: ``(batch, horizon, future_channel)``: future and calendar, or None without any.
        y: ``(batch, horizon, target)``.
        count: how many windows are real; those after them repeat the last one.
    """

    x: Any
    future: Any | None
    y: Any
    count: int


class WindowGather:
    """Makes batches of a data set's windows.

    Args:
        dataset: the table, its scaler and window sizes.
        device: where the batches shall lie.
    """

    def __init__(self, dataset: ForecastDataset, device: Device) -> None:
        self._xp = device.xp
        self._shape = dataset.shape
        values = np.asarray(dataset.values)
        self._values = values if device.kind == "cpu" else self._xp.asarray(values)
        self._mean = self._xp.asarray(dataset.scaler.mean.astype(np.float32))
        self._inverse_std = self._xp.asarray((1.0 / dataset.scaler.std).astype(np.float32))

    def __call__(self, starts: npt.NDArray[np.int64], *, size: int | None = None) -> Batch:
        """Gather the windows that begin at some positions.

        Args:
            starts: int64 ``(batch,)`` positions on the time axis, as `WindowStarts` gives them.
            size: batch size of the result where shapes must not change; the last window is
                repeated to fill it.
        """
        count = len(starts)
        if size is not None and size > count:
            starts = np.concatenate([starts, np.repeat(starts[-1:], size - count)])
        shape = self._shape
        on_device = self._xp.asarray(starts)
        horizon = on_device + shape.lookback
        known = slice(shape.channels - shape.future_channels, shape.channels)
        return Batch(
            x=self._windows(on_device, shape.lookback, slice(0, shape.channels)),
            future=self._windows(horizon, shape.horizon, known) if shape.future_channels else None,
            y=self._windows(horizon, shape.horizon, slice(0, shape.targets)),
            count=count,
        )

    def _windows(self, starts: Any, rows: int, channels: slice) -> Any:
        """Return scaled windows ``(batch, rows, channel)`` of some channels."""
        positions = starts[:, None] + self._xp.arange(rows)
        windows = self._values[channels][:, positions]
        windows -= self._mean[channels, None, None]
        windows *= self._inverse_std[channels, None, None]
        return self._xp.ascontiguousarray(windows.transpose(1, 2, 0))
