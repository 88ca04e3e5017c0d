"""Ridge regression is the closed form, whatever the batches, and finds what is linear."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from azuraforge_core.data.dataset import ForecastDataset
from azuraforge_core.data.split import Part
from azuraforge_core.data.window_gather import WindowGather
from azuraforge_core.device import Device
from azuraforge_core.evaluation.evaluate import evaluate
from azuraforge_core.models import ridge_fit
from azuraforge_core.models.ridge import Ridge, RidgeConfig
from azuraforge_core.models.ridge_fit import fit_ridge, fit_ridge_forms

CPU = Device("cpu", np)


@pytest.fixture
def dataset(tmp_path: Path, fill: Callable[..., Any]) -> ForecastDataset:
    """Return two noisy targets driven by a past and a future column."""
    random = np.random.default_rng(3)
    rows = 800
    driver = random.normal(size=rows)
    load = random.normal(size=rows)
    first = np.convolve(driver, [0, 0, 0, 1.0], mode="full")[:rows] + 2 * load
    second = np.sin(np.arange(rows) / 5) + 0.1 * random.normal(size=rows)
    times = np.datetime64("2013-01-01T00") + np.arange(rows)
    numbers = np.stack([first, second, driver, load], axis=1)
    lines = [
        f"{time}:00," + ",".join(f"{value:.6f}" for value in row)
        for time, row in zip(times, numbers, strict=True)
    ]
    path = tmp_path / "table.csv"
    path.write_text("\n".join(["date,first,second,driver,load", *lines]))
    table = fill(
        source={"kind": "file", "path": str(path), "time_column": "date"},
        target_columns=["first", "second"],
        past_columns=["driver"],
        future_columns=["load"],
    )
    dataset: ForecastDataset = table.open(lookback=12, horizon=3)
    return dataset


@pytest.mark.parametrize("columns", ["target", "all"])
def test_the_fit_is_the_closed_form(columns: str, dataset: ForecastDataset) -> None:
    """Streamed batch by batch, the weights solve the normal equations over all windows at once."""
    config = RidgeConfig.model_validate({"columns": columns, "penalties": [3.0]})
    fit = fit_ridge(dataset, config)
    starts = dataset.starts(Part.TRAIN)
    batch = WindowGather(dataset, CPU)(starts.take(np.arange(len(starts))))
    design = fit.model.design
    inputs = design.inputs(batch.x, batch.future).astype(np.float64)
    outputs = design.outputs_of(batch.x, batch.y).astype(np.float64)
    assert inputs.shape == (len(starts) * design.rows_per_window, design.features)
    penalized = np.concatenate([inputs, np.sqrt(3.0) * np.eye(design.features)])
    padded = np.concatenate([outputs, np.zeros((design.features, design.outputs))])
    expected = np.linalg.lstsq(penalized, padded, rcond=None)[0]
    np.testing.assert_allclose(fit.model.weight, expected, atol=1e-5)


def test_validation_errors_are_those_of_the_forecasts(dataset: ForecastDataset) -> None:
    """The error taken from sums is the one that forecasting every validation window gives."""
    for fit in fit_ridge_forms(dataset, RidgeConfig()):
        scores = evaluate(fit.model, dataset, Part.VALIDATION)
        assert fit.best_validation_mse == pytest.approx(scores.mse, rel=1e-4)


def test_other_columns_inform_the_target(dataset: ForecastDataset) -> None:
    """What is known ahead decides `first`: the form on all columns finds it and is chosen."""
    forms = {fit.form: fit for fit in fit_ridge_forms(dataset, RidgeConfig())}
    assert forms["all"].best_validation_mse < 0.5 * forms["target"].best_validation_mse
    assert fit_ridge(dataset, RidgeConfig()).form == "all"
    first = evaluate(forms["all"].model, dataset, Part.TEST).targets[0]
    assert first.mse < 0.05


def test_equally_good_penalties_give_the_strongest(dataset: ForecastDataset) -> None:
    """Where validation cannot tell penalties apart, the simpler model is taken."""
    fit = fit_ridge(dataset, RidgeConfig(columns="all", penalties=(1e-6, 1e-4, 1e-3, 1e6)))
    assert fit.penalty == 1e-3


def test_batches_do_not_change_the_fit(
    dataset: ForecastDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Small memory gives the same weights."""
    whole = fit_ridge(dataset, RidgeConfig())
    monkeypatch.setattr(ridge_fit, "BATCH_NUMBERS", 5000)
    pieces = fit_ridge(dataset, RidgeConfig())
    np.testing.assert_allclose(pieces.model.weight, whole.model.weight, atol=1e-5)


def test_bounds_are_kept_and_told(
    dataset: ForecastDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table too large is thinned, a lookback too long is cut, and both are said."""
    monkeypatch.setattr(ridge_fit, "MAXIMUM_OPERATIONS", 2e5)
    monkeypatch.setattr(ridge_fit, "MAXIMUM_FEATURES", 40)
    target, everything = fit_ridge_forms(dataset, RidgeConfig())
    assert any("train windows" in note for note in target.notes)
    assert "the latest 6 of 12 rows" in everything.notes[0]
    assert everything.model.design.features <= 40
    assert np.isfinite(evaluate(everything.model, dataset, Part.TEST).mse)


def test_it_is_stored_and_restored(dataset: ForecastDataset) -> None:
    """A restored model forecasts bit-equally; weights of other sizes are refused."""
    batch = WindowGather(dataset, CPU)(dataset.starts(Part.TEST).take([0, 5]))
    for fit in fit_ridge_forms(dataset, RidgeConfig()):
        restored = Ridge.from_state(fit.model.state(), dataset.shape)
        np.testing.assert_array_equal(
            restored.predict(batch.x, batch.future), fit.model.predict(batch.x, batch.future)
        )
        with pytest.raises(ValueError, match="weight should be"):
            Ridge.from_state(fit.model.state() | {"weight": np.zeros((2, 2))}, dataset.shape)
