"""Intervals on real series that drift: within two points of what they say."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from azuraforge_core.data.dataset import ForecastDataset
from azuraforge_core.data.window_gather import WindowGather
from azuraforge_core.device import open_device
from azuraforge_core.evaluation.predictor import Predictor
from azuraforge_core.intervals.config import IntervalsConfig
from azuraforge_core.intervals.scores import IntervalScores
from azuraforge_core.models.ridge import RidgeConfig
from azuraforge_core.models.ridge_fit import fit_ridge
from azuraforge_core.models.seasonal_naive import SeasonalNaiveConfig, build_seasonal_naive
from azuraforge_core.pipelines.forecast_measure import measure

Fill = Callable[..., Any]


def _scores(predictor: Predictor, dataset: ForecastDataset, *, adaptive: bool) -> IntervalScores:
    gather = WindowGather(dataset, open_device("cpu"))
    found = measure(predictor, IntervalsConfig(adaptive=adaptive), dataset, gather).intervals
    assert found is not None
    return found.scores


def _naive(dataset: ForecastDataset) -> Predictor:
    return build_seasonal_naive(SeasonalNaiveConfig(), dataset.shape, dataset.facts.step)


def _check(predictor: Predictor, dataset: ForecastDataset) -> None:
    """Adaptive bands hold; where fixed ones do not, a sentence says so."""
    adaptive = _scores(predictor, dataset, adaptive=True)
    fixed = _scores(predictor, dataset, adaptive=False)
    for level, before in zip(adaptive.levels, fixed.levels, strict=True):
        assert level.coverage == pytest.approx(level.level, abs=0.02)
        drifts = abs(before.coverage - level.level) > 0.02
        name = f"{level.level * 100:g} %"
        assert any(name in note for note in fixed.notes) == drifts
        assert any(name in note for note in adaptive.notes) == drifts


def test_the_sample_is_covered(fill: Fill) -> None:
    """Ridge on the bundled weather: fixed bands hold far too little, adaptive ones hold."""
    table = fill(
        source={"kind": "sample"},
        series=["JFK"],
        target_columns=["temp"],
        past_columns=["dewp", "humid", "pressure", "wind_u", "wind_v"],
    )
    dataset = table.open(lookback=72, horizon=24)
    _check(fit_ridge(dataset, RidgeConfig(columns="target")).model, dataset)


@pytest.mark.parametrize(
    ("name", "targets", "split"),
    [
        ("ETTh1", ["OT", "HUFL"], {"boundaries": [8640, 11_520, 14_400]}),
        ("ETTm1", ["OT", "HUFL"], {"boundaries": [34_560, 46_080, 57_600]}),
        ("weather_jena_10min_2020", ["T (degC)", "p (mbar)"], {}),
        ("EPF_NP", ["OT"], {}),
        ("EPF_PJM", ["OT"], {}),
    ],
)
def test_a_published_series_is_covered(
    fill: Fill, shared_data: Path, name: str, targets: list[str], split: dict[str, Any]
) -> None:
    """The same for the seasonal naive forecast of five published tables, half a day ahead."""
    path = shared_data / "forecasting" / f"{name}.csv.gz"
    if not path.is_file():
        pytest.skip(f"{path.name} is not in the folder of public data sets")
    table = fill(
        source={"kind": "file", "path": str(path), "time_column": "date"},
        target_columns=targets,
        spacing="rows",
        calendar_features=False,
        missing={"sentinels": "keep"},
        split=split,
    )
    dataset = table.open(lookback=168, horizon=12)
    _check(_naive(dataset), dataset)
