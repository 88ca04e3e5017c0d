"""Scores are means over everything, in scaled space and in units."""

from collections.abc import Callable
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from azuraforge_core.data.dataset import ForecastDataset
from azuraforge_core.data.split import Part
from azuraforge_core.data.window_gather import WindowGather
from azuraforge_core.device import Device
from azuraforge_core.evaluation.baselines import score_baselines
from azuraforge_core.evaluation.evaluate import evaluate
from azuraforge_core.evaluation.scores import ScoreSums
from azuraforge_core.models.last_value import LastValue

OpenDataset = Callable[..., ForecastDataset]


@given(st.lists(st.integers(1, 5), min_size=1, max_size=4), st.integers(0, 2**32))
def test_batches_do_not_change_the_scores(sizes: list[int], seed: int) -> None:
    """Summed in any batches, scores equal those of NumPy over everything at once."""
    random = np.random.default_rng(seed)
    forecast = random.normal(size=(sum(sizes), 3, 2)).astype(np.float32)
    truth = random.normal(size=(sum(sizes), 3, 2)).astype(np.float32)
    std = np.array([2.0, 10.0])
    sums = ScoreSums((("a", "°C"), ("b", "")), std)
    for low, high in zip(np.cumsum([0, *sizes[:-1]]), np.cumsum(sizes), strict=True):
        sums.add(forecast[low:high], truth[low:high])
    scores = sums.close()
    error = forecast.astype(np.float64) - truth
    assert scores.windows == sum(sizes)
    assert scores.mse == pytest.approx((error**2).mean(), rel=1e-5)
    assert scores.mae == pytest.approx(np.abs(error).mean(), rel=1e-5)
    assert scores.mse_by_step == pytest.approx((error**2).mean(axis=(0, 2)).tolist(), rel=1e-5)
    in_units = error * std
    assert scores.mse_in_units == pytest.approx((in_units**2).mean(), rel=1e-5)
    assert scores.targets[1].mae_in_units == pytest.approx(
        np.abs(in_units[..., 1]).mean(), rel=1e-5
    )
    assert scores.targets[0].rmse_in_units == pytest.approx(
        np.sqrt((in_units[..., 0] ** 2).mean()), rel=1e-5
    )
    assert scores.to_json()["targets"][0]["unit"] == "°C"


def test_nothing_scored_is_an_error() -> None:
    """A mean over no window is not a number, and is not passed off as one."""
    with pytest.raises(ValueError, match="no window"):
        ScoreSums((("a", ""),), np.ones(1)).close()


@pytest.mark.parametrize("batch_size", [1, 7, 10_000])
def test_every_window_counts_whatever_the_batch(batch_size: int, open_sample: OpenDataset) -> None:
    """No last batch is dropped: that well-known mistake flatters a model."""
    dataset = open_sample(24, 12, split={"boundaries": [8000, 8300, 8600]})
    scores = evaluate(LastValue(dataset.shape), dataset, Part.TEST, batch_size=batch_size)
    assert scores.windows == len(dataset.starts(Part.TEST)) == 300 - 12 + 1
    assert scores.mse == pytest.approx(
        evaluate(LastValue(dataset.shape), dataset, Part.TEST).mse, rel=1e-6
    )


def test_errors_in_units_are_those_of_the_table(open_sample: OpenDataset) -> None:
    """Scores in units equal errors computed on the table's own numbers."""
    dataset = open_sample()
    scores = evaluate(LastValue(dataset.shape), dataset, Part.VALIDATION)
    starts = np.concatenate(list(dataset.starts(Part.VALIDATION).batches(100)))
    ahead = starts[:, None] + 72 + np.arange(24)
    error = dataset.values[0][ahead] - dataset.values[0][starts + 71][:, None]
    assert scores.targets[0].unit == "°F"
    assert scores.mae_in_units == pytest.approx(np.abs(error).mean(), rel=1e-4)
    assert scores.rmse_in_units == pytest.approx(np.sqrt((error**2).mean()), rel=1e-4)


def test_the_sample_gives_its_known_baselines(open_sample: OpenDataset) -> None:
    """New York's temperature a day ahead: each baseline lies where it was first measured."""
    baselines = score_baselines(open_sample())
    mse = {entry.title: entry.scores.mse for entry in baselines.entries}
    assert mse["Last value"] == pytest.approx(0.150, abs=0.0015)
    assert mse["Seasonal naive (24 rows)"] == pytest.approx(0.204, abs=0.0015)
    assert mse["Ridge on the target alone"] == pytest.approx(0.114, abs=0.0015)
    assert mse["Ridge on all columns"] <= 0.088
    chosen = baselines.chosen("ridge")
    assert chosen is not None
    assert chosen.title == "Ridge on all columns"
    assert baselines.notes == ()


def test_a_lookback_without_a_season_leaves_the_naive_baseline_out(
    open_sample: OpenDataset,
) -> None:
    """A report without seasonal naive says why."""
    baselines = score_baselines(open_sample(5, 3, past_columns=[], calendar_features=False))
    assert baselines.chosen("seasonal-naive") is None
    assert "does not fit into window.lookback 5" in baselines.notes[0]


def test_a_given_gather_is_used(open_sample: OpenDataset) -> None:
    """Training passes its own gather, so that a GPU holds one copy of the table."""
    dataset = open_sample(24, 12)
    used: list[int] = []

    class Counting(WindowGather):
        def __call__(self, *args: Any, **options: Any) -> Any:
            used.append(1)
            return super().__call__(*args, **options)

    evaluate(
        LastValue(dataset.shape),
        dataset,
        Part.TEST,
        batch_size=500,
        gather=Counting(dataset, Device("cpu", np)),
    )
    assert len(used) == -(-len(dataset.starts(Part.TEST)) // 500)
