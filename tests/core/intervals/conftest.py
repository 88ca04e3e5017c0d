"""Tables made of numbers, to forecast with models whose errors are known."""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from azuraforge_core.data.config import DatasetConfig, SplitConfig, WindowConfig
from azuraforge_core.data.dataset import ForecastDataset
from azuraforge_core.data.facts import ColumnFact, ColumnRole, Segment, TableFacts
from azuraforge_core.data.quality import QualityLog
from azuraforge_core.data.source_config import SampleSource
from azuraforge_core.data.steps import Step
from azuraforge_core.data.window_gather import WindowGather
from azuraforge_core.device import Device
from azuraforge_core.intervals.config import IntervalsConfig
from azuraforge_core.pipelines.forecast_measure import Measured, measure

CPU = Device("cpu", np)


class Zero:
    """Forecasts nothing at all, so that its errors are the scaled table."""

    def __init__(self, dataset: ForecastDataset) -> None:
        self._shape = dataset.shape

    def predict(self, x: Any, future: Any | None) -> Any:  # noqa: ARG002 - needs nothing
        """Forecast zeros."""
        return np.zeros((len(x), self._shape.horizon, self._shape.targets), dtype=np.float32)


class MakeTable:
    """Makes data sets, and measures the intervals of `Zero` on them."""

    def __call__(
        self,
        values: npt.ArrayLike,
        *,
        lookback: int = 2,
        horizon: int = 3,
        series: Sequence[int] = (),
        split: SplitConfig | None = None,
    ) -> ForecastDataset:
        """Open a table.

        Args:
            values: ``(target, row)``.
            lookback: rows seen.
            horizon: rows forecast.
            series: rows of each series, one behind the other; by default one of all rows.
            split: by default half, a quarter, a quarter.
        """
        rows = np.atleast_2d(np.asarray(values, dtype=np.float32))
        ends = np.cumsum([0, *(series or [rows.shape[1]])]).tolist()
        facts = TableFacts(
            source="numbers",
            columns=tuple(
                ColumnFact(name=f"y{i}", role=ColumnRole.TARGET, unit="m") for i in range(len(rows))
            ),
            step=Step(unit="second", count=3600),
            time_zone="UTC",
            first_time="1970-01-01T00:00:00",
            last_time="1970-01-01T00:00:00",
            segments=tuple(
                Segment(series=str(i), start=start, stop=stop)
                for i, (start, stop) in enumerate(itertools.pairwise(ends))
            ),
            quality=QualityLog().close(),
        )
        config = DatasetConfig(
            source=SampleSource(),
            scaling="none",
            split=split or SplitConfig(train=0.5, validation=0.25, test=0.25),
        )
        window = WindowConfig(lookback=lookback, horizon=horizon)
        times = np.arange(rows.shape[1], dtype=np.int64) * 3600
        return ForecastDataset.open(rows, times, facts, config, window)

    def measure(self, dataset: ForecastDataset, **settings: Any) -> Measured:
        """Measure `Zero` with intervals of some settings."""
        config = IntervalsConfig.model_validate(settings)
        return measure(Zero(dataset), config, dataset, WindowGather(dataset, CPU))


@pytest.fixture(scope="session")
def make_table() -> MakeTable:
    """Return what makes tables and measures on them."""
    return MakeTable()
