"""Gaps, order, repeats and clock changes are counted on the way to a regular grid."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from azuraforge_contract.errors import DataError
from azuraforge_core.data.missing_cells import fill_short_gaps

Hourly = Callable[..., list[str]]


def test_a_gap_is_counted_named_and_filled(fill_csv: Any, hourly: Hourly) -> None:
    """Missing rows show up with their number and place; short ones are filled on a line."""
    lines = hourly(48)
    table = fill_csv([*lines[:11], *lines[13:30], *lines[40:]])
    quality = table.facts.quality
    assert quality.rows_missing == 12
    assert [(gap.start, gap.rows) for gap in quality.gaps] == [
        ("2013-01-01T10:00:00", 2),
        ("2013-01-02T05:00:00", 10),
    ]
    assert [(count.rows, count.count) for count in quality.gap_counts] == [(2, 1), (10, 1)]
    assert (quality.cells_interpolated, quality.cells_left_missing) == (2, 10)
    y = table.row("y")
    assert y[10] == pytest.approx(y[9] + (y[12] - y[9]) / 3, abs=1e-6)
    assert np.isnan(y[29:39]).all()


def test_drop_fills_nothing(fill_csv: Any, hourly: Hourly) -> None:
    """Under the policy drop even a single missing cell stays missing."""
    lines = hourly(48)
    table = fill_csv([*lines[:11], *lines[12:]], missing={"policy": "drop"})
    assert table.facts.quality.cells_interpolated == 0
    assert np.isnan(table.row("y")[10])


def test_the_hour_skipped_in_spring_is_a_named_gap(fill_csv: Any, hourly: Hourly) -> None:
    """Local time stamps betray themselves in spring: the report says so."""
    lines = hourly(72, start="2013-03-09T00")
    table = fill_csv([line for line in lines if "2013-03-10T02" not in line])
    assert table.facts.quality.rows_missing == 1
    assert any(
        "2013-03-10T02:00:00 is missing" in warning and "daylight saving" in warning
        for warning in table.facts.quality.warnings
    )


def test_a_missing_hour_of_utc_is_no_clock_change(fill_csv: Any, hourly: Hourly) -> None:
    """UTC has no daylight saving, so the same hole is only a gap."""
    lines = hourly(72, start="2013-03-09T00")
    utc = [lines[0], *(line.replace(",", "Z,", 1) for line in lines[1:] if "10T02" not in line)]
    assert fill_csv(utc).facts.quality.warnings == ()


def test_rows_spacing_takes_every_row_as_a_step(fill_csv: Any, hourly: Hourly) -> None:
    """With spacing: rows nothing is inserted or dropped, whatever the time stamps say."""
    lines = hourly(48)
    table = fill_csv([*lines[:11], lines[10], *lines[20:]], spacing="rows")
    assert table.values.shape == (1, len(lines) - 10 + 1)
    assert table.facts.quality.rows_missing == 0


def test_stacked_series_become_segments(fill_csv: Any) -> None:
    """Each series is a segment of one time axis, in order of its name or as chosen."""
    rows = [
        f"2013-01-{day:02d},{day % 5 + bonus},{name}"
        for day in range(1, 31)
        for name, bonus in (("b", 100), ("a", 0), ("c", 50))
    ]
    table = fill_csv(["date,y,name", *rows], series_column="name")
    segments = [(s.series, s.start, s.stop) for s in table.facts.segments]
    assert segments == [("a", 0, 30), ("b", 30, 60), ("c", 60, 90)]
    assert table.row("y")[30] == 101
    chosen = fill_csv(["date,y,name", *rows], series_column="name", series=["c", "a"])
    assert [s.series for s in chosen.facts.segments] == ["c", "a"]
    assert chosen.facts.quality.rows_of_other_series == 30


def test_a_table_that_stacks_series_unsaid_is_refused_with_the_hint(fill_csv: Any) -> None:
    """Doubled time stamps lead a person to series_column."""
    rows = [f"2013-01-{day:02d},{day},{name}" for day in range(1, 31) for name in "ab"]
    lines = ["date,y,name", *rows, "2013-01-30,99,b"]
    with pytest.raises(DataError) as failure:
        fill_csv(lines)
    assert "series_column" in failure.value.remedy


@pytest.mark.parametrize(
    ("values", "longest", "expected", "filled"),
    [
        ([1, np.nan, 3], 1, [1, 2, 3], 1),
        ([1, np.nan, np.nan, 4], 1, [1, np.nan, np.nan, 4], 0),
        ([1, np.nan, np.nan, 4, np.nan, 6], 2, [1, 2, 3, 4, 5, 6], 3),
        ([np.nan, 1, np.nan], 5, [np.nan, 1, np.nan], 0),
        ([np.nan, np.nan], 5, [np.nan, np.nan], 0),
        ([1, np.nan, 3], 0, [1, np.nan, 3], 0),
    ],
)
def test_short_gaps_are_filled_on_a_line(
    values: list[float], longest: int, expected: list[float], filled: int
) -> None:
    """Only inner runs up to the longest are filled; ends have nothing to lean on."""
    array = np.array(values, dtype=np.float64)
    assert fill_short_gaps(array, longest) == filled
    np.testing.assert_allclose(array, expected)


def test_each_sentinel_policy_does_what_it_says(fill_csv: Any, hourly: Hourly) -> None:
    """Missing takes -9999 for a missing cell and counts it, keep keeps it with a warning."""
    lines = hourly(48)
    lines[9] = "2013-01-01T08:00,-9999"
    replaced = fill_csv(lines, missing={"sentinels": "missing"})
    assert replaced.facts.quality.columns[0].sentinels == 1
    assert replaced.facts.quality.columns[0].interpolated == 1
    assert "-9999 1 times, taken for missing" in replaced.facts.quality.warnings[0]
    kept = fill_csv(lines, missing={"sentinels": "keep"})
    assert kept.row("y")[8] == -9999
    assert "kept as it is" in kept.facts.quality.warnings[0]


def test_ordinary_numbers_are_no_sentinels(fill_csv: Any) -> None:
    """999 within the range of a column, and a lone 99 above it, are data."""
    lines = ["date,y,z", *(f"2013-01-{d:02d},{d * 50},{d % 3}" for d in range(1, 31))]
    lines[20] = "2013-01-20,999,99"
    assert fill_csv(lines).row("y")[19] == 999
