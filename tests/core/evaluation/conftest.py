"""Real data sets opened for scoring."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from azuraforge_core.data.dataset import ForecastDataset

OpenDataset = Callable[..., ForecastDataset]


@pytest.fixture(scope="session")
def open_dataset(fill: Callable[..., Any]) -> OpenDataset:
    """Return the function that opens a data set, filling each table only once."""
    filled: dict[str, Any] = {}

    def open_dataset(lookback: int, horizon: int, **document: Any) -> ForecastDataset:
        key = json.dumps(document, sort_keys=True)
        if key not in filled:
            filled[key] = fill(**document)
        dataset: ForecastDataset = filled[key].open(lookback=lookback, horizon=horizon)
        return dataset

    return open_dataset


@pytest.fixture
def open_sample(open_dataset: OpenDataset) -> OpenDataset:
    """Return the function that opens the sample's station JFK, target temp."""

    def open_sample(lookback: int = 72, horizon: int = 24, **document: Any) -> ForecastDataset:
        columns = {
            "target_columns": ["temp"],
            "past_columns": ["dewp", "humid", "pressure", "wind_u", "wind_v"],
            "missing": {"max_gap": 48},
        }
        source = {"source": {"kind": "sample"}, "series": ["JFK"]}
        return open_dataset(lookback, horizon, **(source | columns | document))

    return open_sample


@pytest.fixture
def open_benchmark(open_dataset: OpenDataset, shared_data: Path) -> OpenDataset:
    """Return the function that opens a published benchmark as published: every row is a step."""

    def open_benchmark(name: str, lookback: int, horizon: int, **document: Any) -> ForecastDataset:
        path = shared_data / "forecasting" / f"{name}.csv.gz"
        if not path.is_file():
            pytest.skip(f"{path.name} is not in the folder of public data sets")
        source = {"kind": "file", "path": str(path), "time_column": "date"}
        plain = {
            "spacing": "rows",
            "calendar_features": False,
            "missing": {"sentinels": "keep"},
        }
        return open_dataset(lookback, horizon, source=source, **(plain | document))

    return open_benchmark
