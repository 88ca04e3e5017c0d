"""Residuals are described in units, each once."""

import dataclasses

import numpy as np
import pytest

from azuraforge_core.data.dataset import ForecastDataset
from azuraforge_core.data.window_gather import WindowGather
from azuraforge_core.diagnostics.looked_at import LookedAt, look_at
from azuraforge_core.diagnostics.residuals import describe_residuals
from azuraforge_core.evaluation.predictor import Predictor
from azuraforge_core.report.findings import ResidualFacts


def _describe(
    dataset: ForecastDataset, gather: WindowGather, model: Predictor, seen: LookedAt
) -> tuple[ResidualFacts, ...]:
    return describe_residuals(dataset, gather, model, seen, dataset.facts.columns[:2])


def test_they_are_in_units_and_none_is_lost(
    dataset: ForecastDataset, gather: WindowGather, last_row: Predictor, raised: Predictor
) -> None:
    """Half a standard deviation too high is that many degrees; the histogram holds every value."""
    plain = _describe(dataset, gather, last_row, look_at(dataset, gather, last_row, None))
    seen = look_at(dataset, gather, raised, None)
    for number, (before, after) in enumerate(
        zip(plain, _describe(dataset, gather, raised, seen), strict=True)
    ):
        offset = 0.5 * dataset.scaler.std[number]
        assert after.mean - before.mean == pytest.approx(offset, rel=1e-4)
        assert after.std == pytest.approx(before.std, rel=1e-4)
        assert sum(after.counts) + after.outside == seen.truth[..., number].size
        assert after.outside <= 0.003 * seen.truth[..., number].size
        assert after.edges[0] == -after.edges[-1]
        assert len(after.times) == len(after.mean_by_time) == len(after.rmse_by_time) <= 121


def test_one_step_ahead_remembers_as_much_thinned_as_whole(
    dataset: ForecastDataset, gather: WindowGather, last_row: Predictor
) -> None:
    """Where not all windows are looked at, consecutive ones are forecast for the memory."""
    whole = look_at(dataset, gather, last_row, None)
    thinned = dataclasses.replace(
        whole,
        every=2,
        starts=whole.starts[::2],
        truth=whole.truth[::2],
        forecast=whole.forecast[::2],
    )
    first = _describe(dataset, gather, last_row, whole)[0]
    again = _describe(dataset, gather, last_row, thinned)[0]
    np.testing.assert_allclose(again.autocorrelation, first.autocorrelation, atol=0.05)
    assert first.autocorrelation_limit > 0
    assert len(first.autocorrelation) == 50


def test_a_perfect_forecast_has_nothing_to_remember(
    dataset: ForecastDataset, gather: WindowGather, last_row: Predictor
) -> None:
    """Residuals of zero make no division by zero and no picture of memory."""
    seen = look_at(dataset, gather, last_row, None)
    perfect = dataclasses.replace(seen, forecast=seen.truth)
    (first, _) = _describe(dataset, gather, last_row, perfect)
    assert first.mean == first.std == 0
    assert first.autocorrelation == ()
