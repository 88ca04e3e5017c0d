"""Forecasts from what lies in the model's folder, beside those of the pipeline that trained it."""

import dataclasses
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from azuraforge_contract.errors import DataError, JobFileError
from azuraforge_core.data.calendar_features import calendar_features
from azuraforge_core.data.dataset import ForecastDataset
from azuraforge_core.data.window_gather import WindowGather
from azuraforge_core.device import open_device
from azuraforge_core.intervals.forecasting import forecast_with_bands
from azuraforge_core.prediction.forecasting import MAXIMUM_EXTENSION, forecast
from azuraforge_core.prediction.loading import load_forecaster
from azuraforge_core.prediction.request import ForecastRequest

Train = Callable[..., Any]

LOOKBACK, HORIZON = 48, 6
SMALL = {"features": 8, "heads": 2, "layers": 1, "hidden": 16}
MODELS: list[dict[str, Any]] = [
    {"kind": "dlinear"},
    {"kind": "lstm"},
    {"kind": "gru"},
    {"kind": "tcn"},
    {"kind": "patchtst", "channels": "independent", **SMALL},
    {"kind": "patchtst", "channels": "mixed", "patch_length": 3, "patch_stride": 3, **SMALL},
    {"kind": "itransformer", **SMALL},
    {"kind": "ridge", "columns": "target"},
    {"kind": "ridge", "columns": "all"},
    {"kind": "last-value"},
    {"kind": "seasonal-naive"},
]


@pytest.fixture(params=MODELS, ids=lambda model: "-".join(map(str, [*model.values()][:2])))
def trained(request: pytest.FixtureRequest, train: Train, tables: SimpleNamespace) -> Any:
    """Return each kind of model, trained on a table whose last rows only say what is planned."""
    table = tables.load_table()
    for name in ("load", "wind"):
        table[name][-HORIZON:] = [None] * HORIZON
    dataset = {"past_columns": ["wind"], "future_columns": ["plan"]}
    return train(table, model=request.param, dataset=dataset)


def _with_rows_ahead(dataset: ForecastDataset, rows: int) -> ForecastDataset:
    """Return a data set with more rows at its end, of which only the calendar is known."""
    step = dataset.facts.step
    times = step.times(int(dataset.times[-1]), rows + 1)[1:]
    more = np.full((len(dataset.values), rows), np.nan, dtype=np.float32)
    calendar = [feature.values for feature in calendar_features(times, step)]
    if calendar:
        more[-len(calendar) :] = calendar
    return dataclasses.replace(
        dataset,
        values=np.concatenate([dataset.values, more], axis=1),
        times=np.concatenate([dataset.times, times]),
    )


def _own_forecast(trained: Any, seen: int) -> npt.NDArray[np.float64]:
    """Return what the pipeline's own predictor says after some rows, in units."""
    setup = trained.run.setup
    dataset = _with_rows_ahead(setup.dataset, HORIZON)
    gather = WindowGather(dataset, open_device("cpu"))
    batch = gather(np.array([seen - LOOKBACK], dtype=np.int64))
    predictor = trained.run.outcome.fit.fitted.predictor
    scaled: npt.NDArray[Any] = predictor.predict(batch.x, batch.future)[0]
    return dataset.in_units(scaled)


def test_the_forecast_is_the_pipelines_own(trained: Any, tables: SimpleNamespace) -> None:
    """From the stored history a model says bit by bit what it said while it was trained."""
    found = forecast(trained.forecaster).series[0]
    np.testing.assert_array_equal(found.values, _own_forecast(trained, tables.ROWS - HORIZON))
    assert found.times[0] == trained.run.setup.dataset.times[-HORIZON]


def test_the_model_folder_is_all_that_is_needed(trained: Any, tmp_path: Path) -> None:
    """Moved to another place, without data and run, a model forecasts the same."""
    moved = tmp_path / "elsewhere"
    shutil.copytree(trained.folder, moved)
    again = forecast(load_forecaster(moved))
    np.testing.assert_array_equal(
        again.series[0].values, forecast(trained.forecaster).series[0].values
    )


def test_intervals_hold_the_forecast(trained: Any) -> None:
    """Bands are those of the stored intervals, in units, nested around the forecast."""
    found = forecast(trained.forecaster).series[0]
    assert [band.level for band in found.bands] == [0.8, 0.95]
    inner, outer = found.bands
    assert np.all(outer.lower <= inner.lower)
    assert np.all(inner.lower <= found.values)
    assert np.all(found.values <= inner.upper)
    assert np.all(inner.upper <= outer.upper)


def test_quantile_heads_are_loaded(train: Train, tables: SimpleNamespace) -> None:
    """A model with quantile heads forecasts its median and its own bands."""
    intervals = {"kind": "quantile", "levels": [0.8]}
    trained = train(tables.load_table(), intervals=intervals)
    found = forecast(trained.forecaster).series[0]
    np.testing.assert_array_equal(found.values, _own_forecast(trained, tables.ROWS))
    dataset = _with_rows_ahead(trained.run.setup.dataset, HORIZON)
    gather = WindowGather(dataset, open_device("cpu"))
    batch = gather(np.array([tables.ROWS - LOOKBACK], dtype=np.int64))
    own = forecast_with_bands(
        trained.run.outcome.fit.fitted.predictor,
        trained.forecaster.intervals,
        batch.x,
        batch.future,
        series=0,
    )
    assert own.bands is not None
    expected = dataset.in_units(own.bands.lower[0, :, :, 0])
    np.testing.assert_allclose(found.bands[0].lower, expected, rtol=1e-12)


def test_each_series_is_forecast_by_itself(train: Train, tables: SimpleNamespace) -> None:
    """A series' numbers do not depend on which others are asked for."""
    one, two = tables.load_table(), tables.load_table()
    two["load"] = tables.wave(tables.ROWS, level=50, seed=5)
    stacked = {
        "site": ["north"] * tables.ROWS + ["south"] * tables.ROWS,
        **{name: [*one[name], *two[name]] for name in ("time", "load")},
    }
    trained = train(stacked, dataset={"series_column": "site"})
    both = forecast(trained.forecaster)
    alone = forecast(trained.forecaster, ForecastRequest(series=("south",)))
    assert [part.series for part in both.series] == ["north", "south"]
    np.testing.assert_array_equal(both.series[1].values, alone.series[0].values)
    with pytest.raises(JobFileError, match="no series 'sout'") as error:
        forecast(trained.forecaster, ForecastRequest(series=("sout",)))
    assert error.value.remedy == "Did you mean 'south'?"


def test_a_series_that_ends_in_a_hole_is_left_out(train: Train, tables: SimpleNamespace) -> None:
    """One series without usable rows costs only its own forecast, unless it was asked for."""
    one, two = tables.load_table(), tables.load_table()
    two["wind"][-10:] = [None] * 10
    stacked = {
        "site": ["north"] * tables.ROWS + ["south"] * tables.ROWS,
        **{name: [*one[name], *two[name]] for name in ("time", "load", "wind")},
    }
    trained = train(stacked, dataset={"series_column": "site", "past_columns": ["wind"]})
    found = forecast(trained.forecaster)
    assert [part.series for part in found.series] == ["north"]
    assert "Series 'south' was left out" in found.notes[0]
    with pytest.raises(DataError, match="Series 'south' has no value of 'wind'"):
        forecast(trained.forecaster, ForecastRequest(series=("south",)))


def test_a_shorter_horizon_is_the_longer_one_cut(train: Train, tables: SimpleNamespace) -> None:
    """Fewer rows than trained are the first ones of the whole forecast."""
    forecaster = train(tables.load_table()).forecaster
    whole, cut = forecast(forecaster), forecast(forecaster, ForecastRequest(horizon=2))
    np.testing.assert_array_equal(cut.series[0].values, whole.series[0].values[:2])
    np.testing.assert_array_equal(cut.series[0].times, whole.series[0].times[:2])
    assert len(cut.series[0].bands[0].lower) == 2


def test_a_longer_horizon_feeds_forecasts_back(train: Train, tables: SimpleNamespace) -> None:
    """Beyond the trained horizon a season goes on; there are no intervals, and it is said so."""
    forecaster = train(tables.load_table(), model={"kind": "seasonal-naive"}).forecaster
    found = forecast(forecaster, ForecastRequest(horizon=40))
    values = found.series[0].values[:, 0]
    np.testing.assert_allclose(values[24:], values[:16], atol=1e-5)
    assert np.isfinite(found.series[0].bands[0].lower[:HORIZON]).all()
    assert np.isnan(found.series[0].bands[0].lower[HORIZON:]).all()
    assert "They have no intervals." in found.notes[0]


def test_a_horizon_that_cannot_be_is_refused(train: Train, tables: SimpleNamespace) -> None:
    """Nothing, too much, and what would need unknown inputs: a sentence for each."""
    plain = train(tables.load_table()).forecaster
    with pytest.raises(JobFileError, match="horizon is 0, expected at least 1"):
        forecast(plain, ForecastRequest(horizon=0))
    with pytest.raises(JobFileError, match=f"at most {MAXIMUM_EXTENSION * HORIZON}"):
        forecast(plain, ForecastRequest(horizon=10_000_000))
    with_past = train(tables.load_table(), dataset={"past_columns": ["wind"]}).forecaster
    with pytest.raises(JobFileError, match="would have to know 'wind'"):
        forecast(with_past, ForecastRequest(horizon=HORIZON + 1))


def test_threads_share_a_forecaster(train: Train, tables: SimpleNamespace) -> None:
    """Forecasts made at once by many threads are the one made alone."""
    model = {"kind": "patchtst", "channels": "mixed", "patch_length": 3, **SMALL}
    forecaster = train(tables.load_table(), model=model).forecaster
    alone = forecast(forecaster).series[0].values
    with ThreadPoolExecutor(8) as pool:
        for found in pool.map(lambda _: forecast(forecaster), range(64)):
            np.testing.assert_array_equal(found.series[0].values, alone)
