"""Errors are divided without losing or doubling any."""

import numpy as np
import pytest

from azuraforge_core.data.dataset import ForecastDataset
from azuraforge_core.data.split import Part
from azuraforge_core.data.window_gather import WindowGather
from azuraforge_core.diagnostics.breakdowns import break_down
from azuraforge_core.diagnostics.looked_at import LookedAt, look_at
from azuraforge_core.evaluation.evaluate import evaluate
from azuraforge_core.evaluation.predictor import Predictor


@pytest.fixture(scope="module")
def seen(
    dataset: ForecastDataset, gather: WindowGather, raised: Predictor, last_row: Predictor
) -> LookedAt:
    """Return the test windows under a biased model beside the unbiased one."""
    return look_at(dataset, gather, raised, last_row)


def test_every_division_adds_up_to_the_whole(dataset: ForecastDataset, seen: LookedAt) -> None:
    """The groups of each kind hold every forecast value once, and its squared error."""
    found = {breakdown.kind: breakdown.groups for breakdown in break_down(dataset, seen)}
    assert list(found) == ["hour", "weekday", "month", "level", "series"]
    mse = float(np.square(seen.residuals.astype(np.float64)).mean())
    for groups in found.values():
        assert sum(group.values for group in groups) == seen.truth.size
        total = sum(group.mse * group.values for group in groups)
        assert total / seen.truth.size == pytest.approx(mse, rel=1e-6)
    assert [group.label for group in found["series"]] == ["JFK", "LGA"]
    assert len(found["hour"]) == 24


def test_the_windows_looked_at_give_the_models_score(
    dataset: ForecastDataset, gather: WindowGather, seen: LookedAt, raised: Predictor
) -> None:
    """Truth and forecast are those of the evaluation: their error is the score of the report."""
    whole = evaluate(raised, dataset, Part.TEST, gather=gather).mse
    assert seen.every == 1
    assert float(np.square(seen.residuals.astype(np.float64)).mean()) == pytest.approx(whole, 1e-5)


def test_a_bias_is_seen_in_every_group(dataset: ForecastDataset, seen: LookedAt) -> None:
    """A forecast that is half a standard deviation higher shows it, the rival beside it not."""
    (series,) = (b for b in break_down(dataset, seen) if b.kind == "series")
    for group in series.groups:
        assert group.rival_mse is not None
        assert group.mse - group.rival_mse == pytest.approx(
            0.25 + 2 * 0.5 * (group.bias - 0.5), rel=1e-4
        )


def test_hours_are_those_that_are_forecast(dataset: ForecastDataset, seen: LookedAt) -> None:
    """The group of an hour holds the errors of that hour, whenever the forecast was made."""
    hours = break_down(dataset, seen)[0].groups
    rows = seen.starts[:, None] + dataset.shape.lookback + np.arange(dataset.shape.horizon)
    at_seven = (dataset.times[rows] % 86_400) // 3600 == 7
    expected = np.square(seen.residuals[at_seven].astype(np.float64)).mean()
    assert hours[7].label == "07"
    assert hours[7].mse == pytest.approx(float(expected), rel=1e-6)
