"""Windows begin where they may, are gathered as the table says, and are scaled by training rows."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from azuraforge_contract.errors import DataError
from azuraforge_core.data.config import SplitConfig, WindowConfig
from azuraforge_core.data.epoch_order import EpochOrder
from azuraforge_core.data.facts import ColumnFact, ColumnRole, Segment
from azuraforge_core.data.scaler import fit_scaler
from azuraforge_core.data.split import Part, PartRows, split_rows
from azuraforge_core.data.window_gather import WindowGather
from azuraforge_core.data.window_starts import find_missing_runs, find_starts
from azuraforge_core.device import Device

Hourly = Callable[..., list[str]]
CPU = Device("cpu", np)


@st.composite
def tables(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a table of 3 channels with holes, its parts, and a window."""
    rows = draw(st.integers(4, 60))
    values = np.zeros((3, rows), dtype=np.float32)
    for channel, row in draw(
        st.sets(st.tuples(st.integers(0, 2), st.integers(0, rows - 1)), max_size=8)
    ):
        values[channel, row] = np.nan
    border = draw(st.integers(1, rows - 1))
    series_start = draw(st.integers(0, border - 1))
    return {
        "values": values,
        "parts": [PartRows(series_start, series_start, border), PartRows(border, border, rows)],
        "lookback": draw(st.integers(1, 6)),
        "horizon": draw(st.integers(1, 4)),
        "stride": draw(st.integers(1, 3)),
    }


@given(tables())
def test_starts_are_those_of_whole_windows_without_holes(table: dict[str, Any]) -> None:
    """Every start that a slow and plain search finds is there, in order, and no other."""
    values, outputs = table["values"], [0, 2]
    window = WindowConfig(lookback=table["lookback"], horizon=table["horizon"])
    expected, possible = [], 0
    for part in table["parts"]:
        first = max(part.start - window.lookback, part.series_start)
        for start in range(first, part.stop - window.rows + 1, table["stride"]):
            possible += 1
            seen = values[:, start : start + window.lookback]
            ahead = values[outputs, start + window.lookback : start + window.rows]
            if not np.isnan(seen).any() and not np.isnan(ahead).any():
                expected.append(start)
    missing = find_missing_runs(values, outputs)
    starts = find_starts(table["parts"], missing, window, stride=table["stride"])
    assert starts.take(np.arange(len(starts))).tolist() == expected
    assert starts.left_out == possible - len(expected)
    assert np.concatenate([[], *starts.batches(3)]).tolist() == expected


@given(tables(), st.integers(1, 20))
def test_thinning_keeps_an_even_share(table: dict[str, Any], most: int) -> None:
    """A thinned part has no start of its own, and about as many as asked for."""
    window = WindowConfig(lookback=table["lookback"], horizon=table["horizon"])
    missing = find_missing_runs(table["values"], [0])
    starts = find_starts(table["parts"], missing, window, stride=1)
    thinned = starts.thinned(most)
    everything = set(starts.take(np.arange(len(starts))).tolist())
    assert set(thinned.take(np.arange(len(thinned))).tolist()) <= everything
    assert bool(len(thinned)) == bool(everything)
    assert len(thinned) <= most + 10  # at most one more per stretch between holes


def test_a_window_that_is_not_there_is_an_error(fill_csv: Any, hourly: Hourly) -> None:
    """Asking for a window beyond the last is a bug, never a wrong window."""
    starts = fill_csv(hourly(60)).open(lookback=8, horizon=4).starts(Part.TEST)
    with pytest.raises(IndexError):
        starts.take([len(starts)])
    with pytest.raises(IndexError):
        starts.take([-1])


@given(st.integers(1, 3000), st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_an_epoch_visits_every_window_once(items: int, seed: int, epoch: int) -> None:
    """The order of an epoch is a permutation, whatever the seed."""
    order = EpochOrder(items, seed=seed, epoch=epoch).take(np.arange(items))
    assert np.array_equal(np.sort(order), np.arange(items))


def test_the_order_depends_on_seed_and_epoch_alone() -> None:
    """Any part of an epoch's order can be computed on its own; other epochs and seeds differ."""
    whole = EpochOrder(10_000, seed=7, epoch=3).take(np.arange(10_000))
    piece = EpochOrder(10_000, seed=7, epoch=3).take(np.arange(500, 900))
    assert np.array_equal(whole[500:900], piece)
    assert whole[:4].tolist() == [5726, 9891, 7018, 9791]
    for seed, epoch in ((7, 4), (8, 3), (3, 7)):
        other = EpochOrder(10_000, seed=seed, epoch=epoch).take(np.arange(10_000))
        assert (other == whole).mean() < 0.01


def test_the_order_is_well_mixed() -> None:
    """Over many epochs every window comes at every place about equally often."""
    items, epochs = 16, 4000
    counts = np.zeros((items, items))
    for epoch in range(epochs):
        order = EpochOrder(items, seed=1, epoch=epoch).take(np.arange(items))
        counts[np.arange(items), order] += 1
    expected = epochs / items
    chi_squared = np.square(counts - expected).sum() / expected
    degrees = (items - 1) ** 2
    assert abs(chi_squared - degrees) < 6 * np.sqrt(2 * degrees)


def test_fractions_split_as_the_benchmarks_do() -> None:
    """Training and test take the whole part of their fraction, validation the rest."""
    segment = Segment(series="", start=100, stop=100 + 52_696)
    parts = split_rows(segment, SplitConfig())
    assert [(p.start - 100, p.stop - 100) for p in parts.values()] == [
        (0, 36_887),
        (36_887, 42_157),
        (42_157, 52_696),
    ]


def test_boundaries_split_by_rows() -> None:
    """Rows after the last boundary stay unused."""
    parts = split_rows(
        Segment(series="", start=0, stop=17_420), SplitConfig(boundaries=(8640, 11_520, 14_400))
    )
    assert parts[Part.TEST] == PartRows(0, 11_520, 14_400)


@given(
    st.lists(st.floats(-1e6, 1e6, width=32) | st.just(float("nan")), min_size=6, max_size=40),
    st.integers(3, 6),
)
def test_the_scaler_knows_training_rows_only(numbers: list[float], stop: int) -> None:
    """Mean and population deviation are those of the training rows' numbers, in float64."""
    values = np.array([numbers], dtype=np.float32)
    train = values[0, :stop].astype(np.float64)
    column = [ColumnFact(name="y", role=ColumnRole.TARGET)]
    if np.isnan(train).all():
        with pytest.raises(DataError, match="no number in the training rows"):
            fit_scaler(values, column, [(0, stop)])
        return
    scaler, notes = fit_scaler(values, column, [(0, 2), (2, stop)])
    assert scaler.mean[0] == pytest.approx(np.nanmean(train), rel=1e-12, abs=1e-9)
    if len(set(train[~np.isnan(train)])) == 1:
        assert scaler.std[0] == 1
        assert "centered but not scaled" in notes[0]
    else:
        assert scaler.std[0] == pytest.approx(np.nanstd(train), rel=1e-9)


def test_windows_are_scaled_pieces_of_the_table(fill: Any) -> None:
    """x, future and y hold the rows and columns that they should, on a table with three series."""
    table = fill(
        source={"kind": "sample"}, target_columns=["temp", "dewp"], future_columns=["humid"]
    )
    dataset = table.open(lookback=5, horizon=3)
    assert dataset.shape.channels == 3 + 6
    assert dataset.shape.future_channels == 1 + 6
    scaled = (table.values - dataset.scaler.mean[:, None]) / dataset.scaler.std[:, None]
    starts = dataset.starts(Part.VALIDATION).take([0, 7, 1000])
    batch = WindowGather(dataset, CPU)(starts)
    assert batch.x.dtype == batch.y.dtype == np.float32
    assert batch.future is not None
    for i, start in enumerate(starts):
        ahead = slice(start + 5, start + 8)
        np.testing.assert_allclose(batch.x[i], scaled[:, start : start + 5].T, atol=1e-5)
        np.testing.assert_allclose(batch.y[i], scaled[:2, ahead].T, atol=1e-5)
        np.testing.assert_allclose(batch.future[i], scaled[2:, ahead].T, atol=1e-5)
    assert np.abs(batch.x[..., 3:]).max() <= 1 + 1e-6
    np.testing.assert_allclose(
        dataset.in_units(batch.y[0]), table.values[:2, starts[0] + 5 : starts[0] + 8].T, rtol=1e-5
    )


def test_a_batch_can_keep_its_size(fill_csv: Any, hourly: Hourly) -> None:
    """A short batch is filled with its last window and says how many are real."""
    dataset = fill_csv(hourly(60)).open(lookback=8, horizon=4)
    starts = dataset.starts(Part.TEST).take([0, 1])
    batch = WindowGather(dataset, CPU)(starts, size=4)
    assert batch.count == 2
    assert batch.x.shape == (4, 8, 1)
    assert batch.future is None
    np.testing.assert_array_equal(batch.x[1], batch.x[3])


def test_validation_looks_back_over_the_border(fill_csv: Any, hourly: Hourly) -> None:
    """The first validation window's horizon begins at the first validation row."""
    dataset = fill_csv(hourly(100)).open(lookback=8, horizon=4, stride=3)
    assert dataset.starts(Part.VALIDATION).take([0])[0] == 70 - 8
    assert len(dataset.starts(Part.VALIDATION)) == 10 - 4 + 1
    assert len(dataset.starts(Part.TRAIN)) == (70 - 12) // 3 + 1


def test_windows_left_out_are_told(fill_csv: Any, hourly: Hourly) -> None:
    """A hole that is not filled costs windows, and the data set says how many."""
    lines = hourly(100)
    dataset = fill_csv([*lines[:20], *lines[28:]]).open(lookback=8, horizon=4)
    assert dataset.starts(Part.TRAIN).left_out == 8 + 12 - 1
    assert "19 train windows touch missing cells" in dataset.notes[0]


def test_scaling_none_leaves_units(fill_csv: Any, hourly: Hourly) -> None:
    """Without scaling, windows hold the table's own numbers."""
    table = fill_csv(hourly(60), scaling="none")
    dataset = table.open(lookback=8, horizon=4)
    batch = WindowGather(dataset, CPU)(dataset.starts(Part.TRAIN).take([0]))
    assert batch.x[0, :, 0].tolist() == table.row("y")[:8]


@pytest.mark.gpu
def test_a_gpu_gathers_the_same_windows(fill: Any) -> None:
    """The GPU's batches are bit-equal to the CPU's."""
    cupy = pytest.importorskip("cupy")
    dataset = fill(source={"kind": "sample"}, series=["JFK"]).open(lookback=48, horizon=24)
    starts = dataset.starts(Part.TEST).take(np.arange(64))
    here = WindowGather(dataset, CPU)(starts)
    there = WindowGather(dataset, Device("gpu", cupy))(starts)
    for name in ("x", "future", "y"):
        np.testing.assert_array_equal(getattr(here, name), getattr(there, name).get())


def test_opening_keeps_the_mapping(fill_csv: Any, hourly: Hourly, tmp_path: Path) -> None:
    """A mapped table stays mapped: opening and gathering make no copy of it."""
    table = fill_csv(hourly(100))
    np.save(tmp_path / "values.npy", table.values)
    table.values = np.load(tmp_path / "values.npy", mmap_mode="r")
    dataset = table.open(lookback=8, horizon=4)
    gather = WindowGather(dataset, CPU)
    assert np.shares_memory(gather._values, dataset.values)
