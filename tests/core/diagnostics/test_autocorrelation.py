"""The autocorrelation is the textbook's, with holes and without."""

import math

import numpy as np
import pytest

from azuraforge_core.diagnostics.autocorrelation import autocorrelation, white_noise_limit


def test_it_is_the_defining_sum() -> None:
    """Each lag is the sum of products over the sum of squares, as written in the textbook."""
    values = np.random.default_rng(3).normal(size=200).cumsum()
    centered = values - values.mean()
    expected = [
        (centered[lag:] * centered[:-lag]).sum() / (centered**2).sum() for lag in range(1, 13)
    ]
    np.testing.assert_allclose(autocorrelation(values, 12), expected, rtol=1e-9)


def test_a_hole_adds_nothing() -> None:
    """Pairs of which one value is missing are left out; the others keep their distance."""
    values = np.sin(np.arange(240) / 24 * 2 * math.pi)
    values[60:90] = np.nan
    found = autocorrelation(values, 24)
    assert found[23] > 0.75
    assert found[11] < -0.75


def test_white_noise_stays_in_its_band() -> None:
    """About one of twenty lags of white noise lies outside the limit."""
    values = np.random.default_rng(11).normal(size=4000)
    limit = white_noise_limit(len(values))
    assert limit == pytest.approx(1.96 / math.sqrt(4000), rel=1e-4)
    outside = (np.abs(autocorrelation(values, 200)) > limit).mean()
    assert 0.02 < outside < 0.09


@pytest.mark.parametrize("values", [np.full(50, 2.0), np.array([1.0, np.nan, 2.0])])
def test_what_has_none_is_refused(values: np.ndarray) -> None:
    """Equal or too few values have no autocorrelation."""
    with pytest.raises(ValueError, match=r"equal|too few"):
        autocorrelation(values, 5)
