"""CRPS and weighted quantile loss are what their formulas say."""

import itertools
from statistics import NormalDist
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from azuraforge_core.data.split import Part
from azuraforge_core.intervals.quantiles import crps_weights, quantile_levels
from azuraforge_core.intervals.scores import level_name


def test_levels_are_pairs_of_quantiles_around_the_median() -> None:
    """80 and 95 % lie between 0.1 and 0.9, and 0.025 and 0.975."""
    assert quantile_levels((0.8, 0.95)) == (0.025, 0.1, 0.5, 0.9, 0.975)


@given(st.lists(st.floats(0.01, 0.999), min_size=1, max_size=10, unique=True).map(sorted))
def test_quantiles_ascend(levels: list[float]) -> None:
    """Any ascending levels give ascending quantiles, symmetric about the median."""
    quantiles = quantile_levels(levels)
    assert len(quantiles) == 2 * len(levels) + 1
    assert quantiles[len(levels)] == 0.5
    assert all(low <= high for low, high in itertools.pairwise(quantiles))
    assert np.add(quantiles, quantiles[::-1]) == pytest.approx(1.0)


@pytest.mark.parametrize("levels", [(0.8,), (0.8, 0.95), (0.1, 0.3, 0.5, 0.7, 0.9)])
def test_the_crps_of_a_normal_distribution_is_met(levels: tuple[float, ...]) -> None:
    """From few quantiles the CRPS of N(0, 1), 1/√π, is met within five percent."""
    quantiles = quantile_levels(levels)
    # of the truth's own distribution the mean pinball loss at z_q is its density there
    losses = np.array([NormalDist().pdf(NormalDist().inv_cdf(q)) for q in quantiles])
    crps = float(2 * losses @ crps_weights(quantiles))
    assert crps == pytest.approx(1 / np.sqrt(np.pi), rel=0.05)


def test_the_losses_of_a_run_are_those_of_its_bands(make_table: Any) -> None:
    """The wql = mean over quantiles of 2·Σ pinball / Σ|y|; crps = Σ w·2·pinball."""
    values = np.random.default_rng(0).normal(size=2000)
    table = make_table(values)
    found = make_table.measure(table, adaptive=False).intervals
    scale = found.stored.scale.astype(np.float64)
    ends = np.concatenate([-scale[..., ::-1], 0 * scale[..., :1], scale], axis=-1)
    starts = table.starts(Part.TEST)
    truth = np.stack([table.values[:, s + 2 : s + 5].T for s in starts.take(range(len(starts)))])
    error = truth[..., None] - ends
    quantiles = np.array(found.scores.quantiles)
    pinball = np.where(error > 0, quantiles * error, (quantiles - 1) * error)
    by_quantile = pinball.mean(axis=(0, 1, 2))
    assert found.scores.wql == pytest.approx(
        (2 * by_quantile).mean() / np.abs(truth).mean(), rel=1e-5
    )
    assert found.scores.crps == pytest.approx(
        2 * by_quantile @ crps_weights(found.scores.quantiles), rel=1e-5
    )
    assert found.scores.crps_in_units == pytest.approx(found.scores.crps)


@pytest.mark.parametrize(("level", "name"), [(0.8, "80"), (0.95, "95"), (0.975, "97_5")])
def test_levels_name_figures(level: float, name: str) -> None:
    """coverage_80, coverage_97_5."""
    assert level_name(level) == name
