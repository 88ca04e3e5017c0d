"""Bands that follow: what is known when, and what is promised in the long run."""

import hypothesis.strategies as st
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings

from azuraforge_core.intervals.tracker import IntervalTracker

LEVELS = (0.8, 0.95)
HORIZON = 4


def _tracker(rate: float = 0.05, block: int = 1) -> IntervalTracker:
    scale = np.tile(np.array([1.0, 2.0], dtype=np.float32), (HORIZON, 1, 1))
    return IntervalTracker(scale, LEVELS, rate=rate, block=block)


def _by_hand(
    starts: list[int], missed: npt.NDArray[np.uint8], row: int, rate: float
) -> npt.NDArray[np.float64]:
    """Return log scales at a row: every outcome known there, one by one."""
    found = np.tile(np.log([1.0, 2.0]), (HORIZON, 1, 1))
    for number, start in enumerate(starts):
        for step in range(HORIZON):
            if start + step >= row:
                continue
            gain = min(rate, 1 / (step + 1))
            for index, level in enumerate(LEVELS):
                is_missed = missed[number, step, 0] > index
                found[step, 0, index] += gain * (is_missed - (1 - level))
    return found


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.sampled_from([1, 1, 1, 2, 3, 9]), min_size=1, max_size=30),
    st.sampled_from([0.02, 0.05, 0.1]),
    st.integers(0, 2**16),
)
def test_an_outcome_counts_when_it_is_known(gaps: list[int], rate: float, seed: int) -> None:
    """At every window, gaps or not, scales are those of all outcomes before it, each once."""
    starts = np.cumsum([5, *gaps]).tolist()
    random = np.random.default_rng(seed)
    missed = random.integers(0, 3, size=(len(starts), HORIZON, 1)).astype(np.uint8)
    tracker = _tracker(rate)
    for number, start in enumerate(starts):
        tracker.move_to(start)
        by_hand = _by_hand(starts[:number], missed[:number], start, rate)
        expected = np.maximum.accumulate(np.exp(by_hand), axis=-1)
        np.testing.assert_allclose(tracker.scale, expected, rtol=1e-5)
        tracker.observe(np.array([start]), missed[number : number + 1])
    last = np.exp(_by_hand(starts, missed, 10**9, rate))
    np.testing.assert_allclose(tracker.finish(), np.maximum.accumulate(last, axis=-1), rtol=1e-5)


@pytest.mark.parametrize("block", [1, 3, 8])
def test_blocks_lose_no_outcome(block: int) -> None:
    """Windows that share a scale are all taken in, in the end as often as one by one."""
    random = np.random.default_rng(0)
    missed = random.integers(0, 3, size=(48, HORIZON, 1)).astype(np.uint8)
    tracker = _tracker(block=block)
    for first in range(0, 48, block):
        tracker.move_to(first)
        tracker.observe(np.arange(first, first + block), missed[first : first + block])
    by_hand = _by_hand(list(range(48)), missed, 10**9, 0.05)
    np.testing.assert_allclose(
        tracker.finish(), np.maximum.accumulate(np.exp(by_hand), axis=-1), rtol=1e-5
    )


def _misses(errors: npt.NDArray[np.float64], tracker: IntervalTracker) -> npt.NDArray[np.float64]:
    """Return the share of misses by level, of errors ``(window, step)`` in order of time."""
    found = []
    for start, error in enumerate(errors):
        tracker.move_to(start)
        missed = (error[:, None, None] > tracker.scale).sum(axis=-1).astype(np.uint8)
        tracker.observe(np.array([start]), missed[None])
        found.append([(missed > index).mean() for index in range(len(LEVELS))])
    return np.asarray(np.mean(found, axis=0))


@pytest.mark.parametrize("course", ["grows", "falls", "jumps", "waves"])
def test_whatever_the_series_does_misses_are_as_promised(course: str) -> None:
    """Misses differ from the promise by no more than the scales changed, over rate and windows."""
    time = np.linspace(0, 1, 3000)
    size = {
        "grows": 20**time,
        "falls": 20 ** (1 - time),
        "jumps": np.where(time < 0.5, 1.0, 20.0),
        "waves": 20 ** np.sin(time * 12),
    }[course]
    noise = np.abs(np.random.default_rng(3).normal(size=3000 + HORIZON))
    errors = np.stack([noise[i : i + 3000] * size for i in range(HORIZON)], axis=1)
    tracker = _tracker(0.05)
    before = tracker.scale
    misses = _misses(errors, tracker)
    change = np.abs(np.log(tracker.finish() / before)).max(axis=(0, 1))
    bound = change / (0.05 * 3000) + HORIZON / 3000
    assert (bound < 0.03).all()
    assert abs(misses[0] - 0.2) <= bound[0]
    assert abs(misses[1] - 0.05) <= bound[1]


def test_still_errors_leave_the_bands_about_as_they_are() -> None:
    """Where nothing drifts, following costs little: scales stay near the true quantiles."""
    errors = np.abs(np.random.default_rng(4).normal(size=(6000, HORIZON)))
    tracker = _tracker(0.02)
    _misses(errors, tracker)
    assert tracker.scale[..., 0] == pytest.approx(1.2816, rel=0.2)
    assert tracker.scale[..., 1] == pytest.approx(1.96, rel=0.2)


@pytest.mark.parametrize("is_missed", [True, False])
def test_scales_stay_within_bounds(is_missed: bool) -> None:
    """Errors that always or never miss move a band a hundredfold at most."""
    tracker = _tracker(1.0)
    missed = np.full((1, HORIZON, 1), 2 * is_missed, dtype=np.uint8)
    for start in range(2000):
        tracker.move_to(start)
        tracker.observe(np.array([start]), missed)
    found = tracker.finish()
    assert (found >= 0.0099).all()
    assert (found <= 200.2).all()
