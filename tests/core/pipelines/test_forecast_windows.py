"""The windows of a report are chosen by rule, and no more than a page holds."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from azuraforge_core.data.dataset import ForecastDataset
from azuraforge_core.data.split import Part
from azuraforge_core.data.window_gather import WindowGather
from azuraforge_core.device import Device
from azuraforge_core.models.last_value import LastValue
from azuraforge_core.pipelines.forecast_scoring import ScoredWindows, score_windows
from azuraforge_core.pipelines.forecast_windows import choose_windows, count_shown


@pytest.fixture(scope="module")
def dataset(fill: Callable[..., Any]) -> ForecastDataset:
    """Return two airports, a day seen and six hours ahead."""
    table = fill(
        source={"kind": "sample"},
        series=["JFK", "LGA"],
        target_columns=["temp", "humid"],
    )
    opened: ForecastDataset = table.open(lookback=24, horizon=6)
    return opened


@pytest.fixture(scope="module")
def measured(dataset: ForecastDataset) -> ScoredWindows:
    """Return the errors of the last value on all test windows."""
    gather = WindowGather(dataset, Device("cpu", np))
    return score_windows(LastValue(dataset.shape), dataset, gather, Part.TEST)


def test_each_is_what_its_rule_says(measured: ScoredWindows, dataset: ForecastDataset) -> None:
    """Largest is the largest, median the median, latest the latest; none comes twice."""
    chosen = choose_windows(measured, dataset, 12)
    by_rule = dict(chosen)
    errors = measured.errors
    assert errors[by_rule["Largest error"]] == errors.max()
    assert errors[by_rule["Least error"]] == errors.min()
    assert by_rule["Latest window"] == len(errors) - 1
    assert (errors < errors[by_rule["Median error"]]).mean() == pytest.approx(0.5, abs=0.01)
    numbers = [number for _, number in chosen]
    assert len(set(numbers)) == len(numbers) == 12


def test_every_series_has_one(measured: ScoredWindows, dataset: ForecastDataset) -> None:
    """Of few series each has the window of its median error."""
    of_series = [
        dataset.series_at(int(measured.starts[number]))
        for rule, number in choose_windows(measured, dataset, 12)
        if rule == "Median error of the series"
    ]
    assert sorted(of_series) == ["JFK", "LGA"]


@pytest.mark.parametrize(("lookback", "horizon"), [(24, 6), (336, 96), (336, 720), (512, 192)])
def test_a_page_has_room_for_them(lookback: int, horizon: int, fill: Callable[..., Any]) -> None:
    """Long horizons get fewer windows and targets, never none, and some history."""
    table = fill(
        source={"kind": "sample"},
        series=["JFK"],
        target_columns=["temp", "humid", "dewp", "wind_speed", "visib"],
        calendar_features=False,
    )
    show = count_shown(table.open(lookback=lookback, horizon=horizon))
    assert 3 <= show.windows <= 12
    assert 1 <= show.targets <= 4
    assert min(24, 3 * horizon) <= show.history <= lookback
    assert show.windows * show.targets * (show.history + horizon) <= 3600
