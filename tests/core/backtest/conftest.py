"""A small backtest on the sample: real data, real models, seconds."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from azuraforge_core.backtest.folds import FoldSettings
from azuraforge_core.backtest.run import Backtest, BacktestRequest, open_backtest
from azuraforge_core.device import open_device

Open = Callable[..., Backtest]


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a cache for all tests of this part."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def open_sample(cache: Path) -> Open:
    """Return the function that opens a backtest of JFK's temperature, six hours ahead."""

    def open_sample(settings: FoldSettings, **changes: Any) -> Backtest:
        config: dict[str, Any] = {
            "dataset": {
                "source": {"kind": "sample"},
                "series": ["JFK"],
                "target_columns": ["temp"],
            },
            "window": {"lookback": 24, "horizon": 6},
            "model": {"kind": "dlinear"},
            "training": {"epochs": 1, "batch_size": 256},
        }
        request = BacktestRequest(
            job="sample",
            pipeline="forecaster",
            config={**config, **changes},
            seed=0,
            settings=settings,
            device=open_device("cpu"),
            threads=1,
            cache=cache,
        )
        return open_backtest(request)

    return open_sample
