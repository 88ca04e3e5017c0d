"""Bands never cross, whatever the numbers they are made from."""

from typing import Any

import hypothesis.extra.numpy as hnp
import hypothesis.strategies as st
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given

from azuraforge_core.intervals.bands import IntervalBands
from azuraforge_core.intervals.spread import Spread

NUMBERS = st.floats(-1e6, 1e6, width=32)
LEVELS = (0.5, 0.8, 0.95)


def _arrays(*shape: int) -> st.SearchStrategy[npt.NDArray[Any]]:
    return hnp.arrays(np.float32, shape, elements=NUMBERS)


def _check(bands: IntervalBands, point: npt.NDArray[Any]) -> None:
    inside = point[..., None]
    assert (bands.lower <= inside).all()
    assert (inside <= bands.upper).all()
    assert (np.diff(bands.lower, axis=-1) <= 0).all()
    assert (np.diff(bands.upper, axis=-1) >= 0).all()


@given(_arrays(2, 3, 2), _arrays(3, 2, 3))
def test_bands_around_points_are_nested(point: npt.NDArray[Any], scale: npt.NDArray[Any]) -> None:
    """Each band holds the point forecast and every band of a lower level, even of wild scales."""
    _check(IntervalBands.of_spread(Spread.of_points(point), LEVELS, scale), point)


@given(_arrays(2, 3, 2, 7), _arrays(3, 2, 3))
def test_bands_of_quantiles_are_nested(
    quantiles: npt.NDArray[Any], scale: npt.NDArray[Any]
) -> None:
    """The same holds for the scaled quantiles of a model with heads."""
    spread = Spread.of_quantiles(np.sort(quantiles, axis=-1))
    _check(IntervalBands.of_spread(spread, LEVELS, scale), np.sort(quantiles, axis=-1)[..., 3])


@given(_arrays(2, 3, 2, 7), _arrays(2, 3, 2), _arrays(3, 2, 3))
def test_a_score_says_whether_the_truth_lies_inside(
    quantiles: npt.NDArray[Any], truth: npt.NDArray[Any], scale: npt.NDArray[Any]
) -> None:
    """A truth clearly inside scores below the scale, one clearly outside above it."""
    spread = Spread.of_quantiles(np.sort(quantiles, axis=-1))
    reach = np.maximum.accumulate(np.maximum(np.abs(scale), 0.01), axis=-1)
    bands = IntervalBands.of_spread(spread, LEVELS, reach)
    size = 1e-4 * (1 + np.abs(bands.lower) + np.abs(bands.upper))
    outcome = truth[..., None]
    inside = (bands.lower + size < outcome) & (outcome < bands.upper - size)
    outside = (outcome < bands.lower - size) | (bands.upper + size < outcome)
    scores = spread.score(truth)
    assert (scores[inside] <= reach[np.newaxis].repeat(2, 0)[inside]).all()
    assert (scores[outside] > reach[np.newaxis].repeat(2, 0)[outside]).all()


def test_where_a_forecast_is_missing_its_bands_are() -> None:
    """NaN stays where it is and spoils nothing beside it."""
    point = np.array([[[1.0], [np.nan]]], dtype=np.float32)
    bands = IntervalBands.of_spread(Spread.of_points(point), (0.8,), np.ones((2, 1, 1)))
    assert bands.lower[0, 0, 0, 0] == 0.0
    assert bands.upper[0, 0, 0, 0] == 2.0
    assert np.isnan(bands.lower[0, 1]).all()
    assert np.isnan(bands.upper[0, 1]).all()


def test_units_are_those_of_each_target() -> None:
    """Ends are scaled and shifted as the target is."""
    point = np.zeros((1, 1, 2), dtype=np.float32)
    bands = IntervalBands.of_spread(Spread.of_points(point), (0.8,), np.ones((1, 2, 1)))
    found = bands.in_units(np.array([10.0, -1.0]), np.array([2.0, 0.5]))
    assert found.lower[0, 0, :, 0] == pytest.approx([8.0, -1.5])
    assert found.upper[0, 0, :, 0] == pytest.approx([12.0, -0.5])
