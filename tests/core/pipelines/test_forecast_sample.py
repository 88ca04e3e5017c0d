"""The live picture: few points, evenly spaced, the horizon's end always among them."""

from hypothesis import given
from hypothesis import strategies as st

from azuraforge_core.pipelines.forecast_sample import MAXIMUM_POINTS, _shown_rows


@given(st.integers(1, 3), st.integers(1, 5000), st.integers(1, 2000))
def test_all_points_together_are_few(targets: int, lookback: int, horizon: int) -> None:
    """However long windows are and however many targets, at most 300 points are sent."""
    past, ahead = _shown_rows(lookback, horizon, MAXIMUM_POINTS // targets)
    assert targets * (len(past) + 2 * len(ahead)) <= MAXIMUM_POINTS
    assert len(ahead) >= 1
    assert past[-1] == lookback - 1
    assert 0 <= ahead[0] <= ahead[-1] < horizon
    assert past[0] >= 0
    if 3 * horizon <= MAXIMUM_POINTS // targets:
        assert ahead.tolist() == list(range(horizon))
