"""The sample opened for a close look, and predictors whose errors are known."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from azuraforge_core.data.dataset import ForecastDataset
from azuraforge_core.data.window_gather import WindowGather
from azuraforge_core.device import Device


class LastRow:
    """Forecasts the last row of each target, plus what is asked for."""

    def __init__(self, targets: int, horizon: int, offset: float = 0.0) -> None:
        self._targets = targets
        self._horizon = horizon
        self._offset = offset

    def predict(self, x: Any, future: Any | None) -> Any:  # noqa: ARG002 - as every predictor
        """Forecast ``(batch, horizon, target)``."""
        last = x[:, -1:, : self._targets]
        return np.repeat(last, self._horizon, axis=1) + np.float32(self._offset)


@pytest.fixture(scope="module")
def dataset(fill: Callable[..., Any]) -> ForecastDataset:
    """Return two airports with their temperature and humidity, a day seen and six hours ahead."""
    table = fill(
        source={"kind": "sample"},
        series=["JFK", "LGA"],
        target_columns=["temp", "humid"],
        past_columns=["dewp", "pressure"],
        missing={"max_gap": 48},
    )
    opened: ForecastDataset = table.open(lookback=24, horizon=6)
    return opened


@pytest.fixture(scope="module")
def gather(dataset: ForecastDataset) -> WindowGather:
    """Return batches on the CPU."""
    return WindowGather(dataset, Device("cpu", np))


@pytest.fixture(scope="module")
def last_row(dataset: ForecastDataset) -> LastRow:
    """Return a predictor that sees the targets' last row alone."""
    return LastRow(dataset.shape.targets, dataset.shape.horizon)


@pytest.fixture(scope="module")
def raised(dataset: ForecastDataset) -> LastRow:
    """Return the same, half a standard deviation too high."""
    return LastRow(dataset.shape.targets, dataset.shape.horizon, 0.5)
