"""Intervals along the test part: what is stored, what is drawn, what is said of them."""

from typing import Any

import numpy as np
import pytest

from azuraforge_core.data.config import SplitConfig
from azuraforge_core.data.split import Part
from azuraforge_core.intervals import meter
from azuraforge_core.intervals.notes import coverage_notes
from azuraforge_core.intervals.scores import LevelScores


def _noise(rows: int, seed: int = 0) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.random.default_rng(seed).normal(size=rows)


def _truth(table: Any, part: Part = Part.TEST) -> np.ndarray[Any, np.dtype[np.float32]]:
    starts = table.starts(part).take(np.arange(len(table.starts(part))))
    return np.stack([table.values[:, s + 2 : s + 5].T for s in starts])


def test_fixed_bands_are_those_of_the_validation_errors(make_table: Any) -> None:
    """Scales are conformal quantiles per step; coverage, widths and notes follow from them."""
    table = make_table(np.stack([_noise(4000), 3 * _noise(4000, 1)]))
    found = make_table.measure(table, adaptive=False).intervals
    errors = np.sort(np.abs(_truth(table, Part.VALIDATION)), axis=0)
    ranks = [int(np.ceil((len(errors) + 1) * level)) - 1 for level in (0.8, 0.95)]
    np.testing.assert_array_equal(found.stored.scale, np.stack([errors[r] for r in ranks], -1))
    inside = np.abs(_truth(table))[..., None] <= found.stored.scale
    for index, level in enumerate(found.scores.levels):
        assert level.coverage == pytest.approx(inside[..., index].mean())
        assert level.coverage == pytest.approx(level.level, abs=0.02)
        assert level.coverage_by_step == pytest.approx(inside[..., index].mean(axis=(0, 2)))
        assert level.coverage_by_target == pytest.approx(inside[..., index].mean(axis=(0, 1)))
        widths = 2 * found.stored.scale[..., index].mean(axis=0)
        assert level.width_in_units_by_target == pytest.approx(widths, rel=1e-5)
        assert level.fixed_coverage is None
    assert found.stored.adapted_scale is None
    assert found.scores.notes == ()


def test_adaptive_bands_hold_where_fixed_ones_do_not(make_table: Any) -> None:
    """On errors that grow, fixed bands hold too little and adaptive ones within two points."""
    drift = _noise(12_000) * np.where(np.arange(12_000) < 9000, 1.0, 2.5)
    table = make_table(drift)
    fixed = make_table.measure(table, adaptive=False).intervals.scores
    adaptive = make_table.measure(table).intervals
    for before, after in zip(fixed.levels, adaptive.scores.levels, strict=True):
        assert before.coverage < before.level - 0.1
        assert after.coverage == pytest.approx(after.level, abs=0.02)
        assert after.fixed_coverage == pytest.approx(before.coverage)
    assert "adaptive intervals would follow" in fixed.notes[0]
    assert adaptive.scores.notes[0].startswith("The series drifts: the 80 % interval")
    assert (adaptive.stored.adapted_scale[0] > 1.7 * adaptive.stored.scale).all()


def test_a_test_window_is_drawn_with_the_bands_that_were_scored(make_table: Any) -> None:
    """The bands of every window, asked for one by one, give the coverage in the scores."""
    table = make_table(_noise(1200) * np.linspace(1, 3, 1200))
    found = make_table.measure(table).intervals
    truth = _truth(table)
    inside = [
        (bands.lower[0] <= row[..., None]) & (row[..., None] <= bands.upper[0])
        for number, row in enumerate(truth)
        for bands in [found.bands(number, np.zeros((1, 3, 1), dtype=np.float32))]
    ]
    for index, level in enumerate(found.scores.levels):
        assert np.mean(inside, axis=0)[..., index].mean() == pytest.approx(level.coverage)


def test_a_window_is_given_nothing_of_its_own_future(make_table: Any) -> None:
    """Changing rows after a window's first forecast row changes none of its bands."""
    values = _noise(1200)
    later = values.copy()
    later[1100:] *= 50
    first, second = (make_table.measure(make_table(v)).intervals for v in (values, later))
    starts = make_table(values).starts(Part.TEST)
    for number in range(len(starts)):
        if int(starts.take([number])[0]) + 2 <= 1100:
            scales = [m.scales[m.scale_of_window[number]] for m in (first, second)]
            np.testing.assert_array_equal(*scales)
    assert not np.array_equal(first.stored.adapted_scale, second.stored.adapted_scale)


def test_every_series_follows_its_own_errors(make_table: Any) -> None:
    """A calm and a wild series share the calibration and end with scales of their own."""
    calm, wild = _noise(3000), _noise(3000, 1)
    wild[2250:] *= 4
    both = make_table(np.concatenate([calm, wild]), series=(3000, 3000))
    stored = make_table.measure(both).intervals.stored
    assert stored.adapted_scale.shape == (2, 3, 1, 2)
    assert (stored.adapted_scale[1] > 2.5 * stored.adapted_scale[0]).all()
    np.testing.assert_array_equal(stored.scale_of(None), stored.scale)
    np.testing.assert_array_equal(stored.scale_of(1), stored.adapted_scale[1])
    alone = make_table.measure(
        make_table(np.concatenate([wild, calm]), series=(3000, 3000))
    ).intervals.stored
    np.testing.assert_array_equal(alone.adapted_scale[::-1], stored.adapted_scale)


def test_a_series_without_test_windows_keeps_the_calibration(make_table: Any) -> None:
    """A series too short for a test window is given the scales that all share."""
    split = SplitConfig(train=0.5, validation=0.25, test=0.25)
    table = make_table(_noise(2008), series=(2000, 8), split=split)
    stored = make_table.measure(table).intervals.stored
    np.testing.assert_array_equal(stored.adapted_scale[1], stored.scale)
    assert not np.array_equal(stored.adapted_scale[0], stored.scale)


def test_missing_cells_do_not_mix_windows_up(make_table: Any) -> None:
    """With gaps on the test part each window still has the bands that were scored."""
    values = _noise(2000)
    values[1700::97] = np.nan
    table = make_table(values)
    found = make_table.measure(table).intervals
    assert len(found.scale_of_window) == len(table.starts(Part.TEST))
    for level in found.scores.levels:
        assert level.coverage == pytest.approx(level.level, abs=0.05)


def test_wide_tables_move_their_bands_less_often(
    make_table: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where all scales would be too many, several windows share one; coverage stays."""
    table = make_table(_noise(8000) * np.where(np.arange(8000) < 6000, 1.0, 2.5))
    single = make_table.measure(table).intervals
    monkeypatch.setattr(meter, "MOST_NUMBERS", 6 * 100)
    few = make_table.measure(table).intervals
    assert len(few.scales) <= 101 < len(single.scales)
    for one, other in zip(single.scores.levels, few.scores.levels, strict=True):
        assert other.coverage == pytest.approx(one.coverage, abs=0.02)


def test_none_means_none(make_table: Any) -> None:
    """Without intervals nothing is measured of them."""
    assert make_table.measure(make_table(_noise(200)), kind="none").intervals is None


@pytest.mark.parametrize(
    ("level", "found", "fixed", "sentence"),
    [
        (0.8, 0.79, None, None),
        (0.8, 0.81, 0.79, None),
        (0.8, 0.70, None, "The 80 % interval is too narrow: it held 70.0 % of the test values"),
        (0.95, 0.99, 0.99, "The 95 % interval is too wide: it held 99.0 % of the test values"),
        (0.8, 0.80, 0.60, "The series drifts: the 80 % interval of the validation part would"),
    ],
)
def test_a_person_is_told_what_bands_did_not_hold(
    level: float, found: float, fixed: float | None, sentence: str | None
) -> None:
    """More than two points off, or only held by following the errors: a sentence says so."""
    notes = coverage_notes([LevelScores(level, found, (), (), 1.0, (), fixed)])
    assert len(notes) == (sentence is not None)
    assert not sentence or notes[0].startswith(sentence)
