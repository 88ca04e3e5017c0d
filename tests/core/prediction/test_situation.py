"""A model's inputs: scaled as training scales them, changed as a what-if says, complete."""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuraforge_contract.errors import DataError, JobFileError
from azuraforge_core.prediction.changes import with_changes
from azuraforge_core.prediction.forecasting import forecast
from azuraforge_core.prediction.known_rows import GivenRows, stored_rows
from azuraforge_core.prediction.request import ForecastRequest
from azuraforge_core.prediction.situation import Situation
from azuraforge_core.prediction.what_if import WhatIf, parse_what_if

Train = Callable[..., Any]

LOOKBACK, HORIZON = 48, 6


@pytest.fixture(name="model")
def _model(train: Train, tables: SimpleNamespace) -> Any:
    """Return a model with a target, a past and a future column, of which a day is known ahead."""
    table = tables.load_table()
    for name in ("load", "wind"):
        table[name][-24:] = [None] * 24
    return train(
        table,
        dataset={"past_columns": ["wind"], "future_columns": ["plan"]},
        model={"kind": "ridge", "columns": "all"},
    ).forecaster


@given(
    text=st.sampled_from(["{}=3.5", "{} = 3.5", "{}=+3.5", "{}+=3.5", "{}-=3.5", "{}=-3.5"]),
    column=st.sampled_from(["load", "wind speed", "T (degC)", "a=b"]),
)
def test_what_if_is_read_as_written(text: str, column: str) -> None:
    """A sign in front of the value adds, except the minus of a negative number."""
    written = text.format(column)
    change = parse_what_if(written)
    assert change.column == column
    assert change.how == ("add" if "+3" in written or "+=" in text or "-=" in text else "set")
    assert change.amount == (-3.5 if "-=" in text or "=-" in text else 3.5)


@pytest.mark.parametrize(
    "text", ["load", "load=", "=3", "load=abc", "load=nan", "load=+", "load=%"]
)
def test_a_what_if_that_says_nothing_is_refused(text: str) -> None:
    """Without column or number there is a sentence that shows how to write it."""
    with pytest.raises(JobFileError) as error:
        parse_what_if(text)
    assert "column=+10%" in error.value.remedy


@given(st.floats(-1e6, 1e6), st.floats(-90, 300))
def test_percentages_scale(value: float, percent: float) -> None:
    """Ten percent more is a tenth more of every value, whatever its sign."""
    change = parse_what_if(f"load={percent:+f}%")
    changed = change.apply(np.array([value, np.nan]))
    assert changed[0] == pytest.approx(value * (1 + round(percent, 6) / 100), rel=1e-9, abs=1e-9)
    assert np.isnan(changed[1])


def test_inputs_known_ahead_change_over_the_horizon(model: Any) -> None:
    """A future column changes where it is forecast, and what was seen of it stays."""
    plain = Situation.of(model, stored_rows(model)[0], HORIZON)
    changed = with_changes(plain, model.manifest, (WhatIf("plan", "add", 2.0),), None)
    np.testing.assert_array_equal(changed.values, plain.values)
    np.testing.assert_allclose(changed.ahead[0], plain.ahead[0] + 2, rtol=1e-6)
    np.testing.assert_array_equal(changed.ahead[1:], plain.ahead[1:])


@pytest.mark.parametrize("rows", [None, 1, 10, LOOKBACK])
def test_inputs_seen_change_over_the_last_rows(model: Any, rows: int | None) -> None:
    """A past column changes over the last rows that were named, by default over all."""
    plain = Situation.of(model, stored_rows(model)[0], HORIZON)
    changed = with_changes(plain, model.manifest, (WhatIf("wind", "set", 1.5),), rows)
    count = rows or LOOKBACK
    assert np.all(changed.values[1, -count:] == np.float32(1.5))
    np.testing.assert_array_equal(changed.values[1, :-count], plain.values[1, :-count])
    np.testing.assert_array_equal(changed.values[[0, 2]], plain.values[[0, 2]])


def test_a_what_if_stands_beside_the_unchanged_forecast(model: Any) -> None:
    """The forecast without the change is the one that is made without a what-if."""
    plain = forecast(model).series[0]
    change = (WhatIf("plan", "add", 5.0),)
    found = forecast(model, ForecastRequest(what_if=change)).series[0]
    assert found.unchanged is not None
    np.testing.assert_array_equal(found.unchanged, plain.values)
    assert np.abs(found.values - found.unchanged).max() > 0.01


def test_what_is_missing_ahead_is_named_with_its_times(
    train: Train, tables: SimpleNamespace
) -> None:
    """A model with future columns says which values it wants for which time stamps."""
    trained = train(tables.load_table(), dataset={"future_columns": ["plan"]})
    with pytest.raises(DataError) as error:
        forecast(trained.forecaster)
    assert error.value.message == (
        "The table lacks 'plan' at 2024-01-17T16:00:00 to 2024-01-17T21:00:00 (6 of the 6 rows "
        "that the model forecasts): it must be known ahead."
    )
    assert "'plan' filled in" in error.value.remedy


def test_an_assumed_value_can_stand_for_a_missing_one(
    train: Train, tables: SimpleNamespace
) -> None:
    """A what-if supplies what is not known ahead; then there is nothing to compare with."""
    trained = train(tables.load_table(), dataset={"future_columns": ["plan"]})
    request = ForecastRequest(what_if=(WhatIf("plan", "set", 7.0),))
    found = forecast(trained.forecaster, request)
    assert found.series[0].unchanged is None
    assert np.isfinite(found.series[0].values).all()
    assert "none stands beside" in found.notes[-1]


@given(st.integers(0, 2**32 - 1))
def test_scaling_goes_there_and_back(seed: int) -> None:
    """Scaled inputs in units again are the inputs, to the precision of 32-bit numbers."""
    random = np.random.default_rng(seed)
    mean, std = random.normal(size=3) * 100, random.uniform(0.01, 50, size=3)
    values = (random.normal(size=(3, 20)) * std[:, None] + mean[:, None]).astype(np.float32)
    forecaster = SimpleNamespace(
        shape=SimpleNamespace(future_channels=0, channels=3, horizon=2),
        scaler=SimpleNamespace(mean=mean, std=std),
        device=SimpleNamespace(xp=np),
    )
    empty = np.empty((0, 2), dtype=np.float32)
    situation = Situation("", np.arange(20), values, np.arange(20, 22), empty)
    x, future = situation.scaled(forecaster)  # type: ignore[arg-type]  # the parts it reads
    assert future is None
    back = x[0].astype(np.float64) * std + mean
    np.testing.assert_allclose(back.T, values, atol=float(np.abs(values).max()) * 1e-5)


def test_a_changed_input_that_is_none_is_refused(model: Any) -> None:
    """Unknown columns get the nearest name, the calendar an explanation."""
    with pytest.raises(JobFileError, match="'plann', which the model does not see") as error:
        forecast(model, ForecastRequest(what_if=(WhatIf("plann", "set", 1.0),)))
    assert error.value.remedy == "Did you mean 'plan'?"
    with pytest.raises(JobFileError, match="made from the time stamps"):
        forecast(model, ForecastRequest(what_if=(WhatIf("day_sin", "set", 1.0),)))
    with pytest.raises(JobFileError, match="the last 49 rows, expected 1 to 48"):
        forecast(model, ForecastRequest(what_if_rows=49))


def test_a_hole_in_the_rows_seen_is_named(model: Any) -> None:
    """A missing value within the lookback names column, time and what training filled."""
    rows = stored_rows(model)[0]
    values = rows.values.copy()
    values[1, -3] = np.nan
    with pytest.raises(DataError, match="no value of 'wind' at 2024-01-16T13:00:00") as error:
        forecast(model, ForecastRequest(rows=GivenRows((replace(rows, values=values),))))
    assert "holes of up to 6 rows" in error.value.remedy
