"""Split conformal calibration keeps its promise, and says where it cannot."""

from typing import Any

import hypothesis.extra.numpy as hnp
import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from azuraforge_core.data.split import Part
from azuraforge_core.evaluation.evaluate import PartForecasts
from azuraforge_core.intervals import calibration
from azuraforge_core.intervals.calibration import Calibrator, conformal_quantile, windows_needed
from azuraforge_core.intervals.config import IntervalsConfig


@pytest.mark.parametrize("level", [0.5, 0.8, 0.95])
@pytest.mark.parametrize("count", [19, 40, 101])
def test_exchangeable_scores_are_covered_as_promised(level: float, count: int) -> None:
    """Over many draws, the share of new scores inside lies in [level, level + 1/(n+1)]."""
    random = np.random.default_rng(7)
    draws = 40_000
    scores = random.exponential(size=(count, draws))
    new = random.exponential(size=draws)
    coverage = float((new <= conformal_quantile(scores, level)).mean())
    error = 3 * np.sqrt(level * (1 - level) / draws)
    assert level - error <= coverage <= level + 1 / (count + 1) + error


@given(
    hnp.arrays(np.float64, st.integers(1, 60), elements=st.floats(0, 1e6)), st.floats(0.01, 0.99)
)
def test_the_quantile_is_the_smallest_score_that_is_enough(
    scores: np.ndarray[tuple[int], np.dtype[np.float64]], level: float
) -> None:
    """It is one of the scores, and ⌈(n+1)·level⌉ of n are no larger, or all where n is small."""
    found = conformal_quantile(scores, level)
    assert found in scores
    wanted = min(int(np.ceil((len(scores) + 1) * level - 1e-9)), len(scores))
    assert (scores <= found).sum() >= wanted
    assert (scores < found).sum() < wanted


@pytest.mark.parametrize(("level", "windows"), [(0.8, 4), (0.95, 19), (0.9, 9), (0.999, 999)])
def test_a_level_needs_so_many_windows(level: float, windows: int) -> None:
    """With one window fewer the quantile would lie beyond the largest score."""
    assert windows_needed(level) == windows


def test_too_few_windows_are_named(make_table: Any) -> None:
    """One validation window gives bands as wide as its error, finite, and a sentence."""
    table = make_table(np.arange(24.0) % 5 - 2, horizon=6, lookback=1)
    assert len(table.starts(Part.VALIDATION)) == 1
    found = make_table.measure(table, adaptive=False).intervals
    assert found is not None
    assert np.isfinite(found.stored.scale).all()
    narrow, wide = found.scores.notes[:2]
    assert narrow == (
        "1 validation windows are too few for the 80 % interval, which needs 4: it is as wide as "
        "the largest error among them."
    )
    assert "the 95 % interval, which needs 19" in wide


def test_large_parts_are_drawn_from(make_table: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Above the limit some windows are drawn, the same ones each time, at all hours of the day."""
    monkeypatch.setattr(calibration, "MOST_NUMBERS", 3 * 500)
    random = np.random.default_rng(0)
    table = make_table(random.normal(size=8000))
    found = make_table.measure(table, adaptive=False).intervals
    again = make_table.measure(table, adaptive=False).intervals
    assert found.stored.facts.calibration_windows == 500
    np.testing.assert_array_equal(found.stored.scale, again.stored.scale)
    monkeypatch.undo()
    whole = make_table.measure(table, adaptive=False).intervals
    assert whole.stored.facts.calibration_windows == len(table.starts(Part.VALIDATION))
    np.testing.assert_allclose(found.stored.scale, whole.stored.scale, rtol=0.15)
    calibrator = Calibrator(IntervalsConfig(), table)
    assert len(np.unique(calibrator._chosen % 24)) == 24


@given(st.lists(st.integers(1, 7), min_size=1, max_size=6))
def test_batches_do_not_change_the_scales(make_table: Any, sizes: list[int]) -> None:
    """Whatever the batches, the same windows give the same scales."""
    table = make_table(np.random.default_rng(1).normal(size=200))
    starts = table.starts(Part.VALIDATION).take(np.arange(len(table.starts(Part.VALIDATION))))
    truth = np.stack([table.values[:, s + 2 : s + 5].T for s in starts])

    def scales(cuts: list[int]) -> bytes:
        calibrator = Calibrator(IntervalsConfig(), table)
        for first, stop in zip([0, *cuts], [*cuts, len(starts)], strict=True):
            rows = slice(first, stop)
            calibrator.add(PartForecasts(starts[rows], truth[rows] * 0, None, truth[rows]))
        return calibrator.close().scale.tobytes()

    assert scales(np.cumsum(sizes).tolist()) == scales([])
