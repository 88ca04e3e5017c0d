"""Gathers and scales windows from the one array of a table, on either device.

Made by the pipelines and `evaluate`. On the CPU the array stays the cache's mapping; a GPU gets one
copy. Only the windows of a batch are ever made.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from azuraforge_core.data.dataset import ForecastDataset
from azuraforge_core.device import Device

__all__ = ["Batch", "WindowGather"]


@dataclass(frozen=True)
class Batch:
    """Scaled windows, float32 on the device.

    Attributes:
        x: ``(batch, lookback, channel)``: targets, past, future, calendar. It is a view whose
            lookback is contiguous, as models that treat channels one by one want it.
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
        self._mean = self._xp.asarray(dataset.scaler.mean.astype(np.float32))[:, None]
        inverse_std = (1.0 / dataset.scaler.std).astype(np.float32)
        self._inverse_std = self._xp.asarray(inverse_std)[:, None]

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
        ahead = self._windows(horizon, shape.horizon, known) if shape.future_channels else None
        truth = self._windows(horizon, shape.horizon, slice(0, shape.targets))
        return Batch(
            x=self._windows(on_device, shape.lookback, slice(0, shape.channels)),
            future=None if ahead is None else self._xp.ascontiguousarray(ahead),
            y=self._xp.ascontiguousarray(truth),
            count=count,
        )

    def _windows(self, starts: Any, rows: int, channels: slice) -> Any:
        """Return scaled windows ``(batch, rows, channel)`` of some channels."""
        windows = self._raw_windows(starts, rows, channels)
        windows -= self._mean[channels]
        windows *= self._inverse_std[channels]
        return windows.transpose(0, 2, 1)

    def _raw_windows(self, starts: Any, rows: int, channels: slice) -> Any:
        """Return a copy of the windows ``(batch, channel, rows)``, unscaled."""
        values = self._values[channels]
        if self._xp is np:  # copies whole rows of a window at once: five times faster than indices
            return sliding_window_view(values, rows, axis=1).transpose(1, 0, 2)[starts]
        positions = starts[:, None, None] + self._xp.arange(rows)
        return values[self._xp.arange(len(values))[:, None], positions]
