"""Missing cells are counted in the stretch of time that they lie in."""

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from azuraforge_core.data.time_bins import STRETCHES, TimeBins


@given(rows=st.integers(1, 2000), step=st.integers(1, 100_000), seed=st.integers(0, 99))
def test_every_row_is_counted_once(rows: int, step: int, seed: int) -> None:
    """The stretches hold all rows, and of chosen rows all chosen."""
    times = np.arange(rows, dtype=np.int64) * step
    chosen = np.random.default_rng(seed).random(rows) < 0.3
    bins = TimeBins(times)
    assert sum(bins.count()) == rows
    assert sum(bins.count(chosen)) == chosen.sum()
    assert len(bins.count()) == len(bins.count(chosen)) <= STRETCHES


def test_series_share_their_stretches() -> None:
    """Rows of two series at one time are counted in one place."""
    times = np.concatenate([np.arange(100), np.arange(50)]).astype(np.int64)
    assert TimeBins(times).count()[:2] == (2, 2)
    assert TimeBins(times).count()[-1] == 1


def test_the_table_keeps_when_cells_were_missing(fill: Callable[..., Any]) -> None:
    """The stretches of a column add up to its counts of missing and filled cells."""
    table = fill(
        source={"kind": "sample"},
        series=["JFK"],
        target_columns=["temp"],
        past_columns=["pressure"],
    )
    quality = table.facts.quality
    assert sum(quality.rows_by_stretch) == table.facts.segments[0].rows
    for column in quality.columns:
        assert sum(column.missing_by_stretch) == column.missing > 0
        assert sum(column.interpolated_by_stretch) == column.interpolated
