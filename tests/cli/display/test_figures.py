"""Figures as text."""

import math

import pytest

from azuraforge_cli.display.figures import (
    bytes_text,
    count_text,
    duration_text,
    loss_text,
    rate_text,
    sparkline,
)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "-"),
        (math.nan, "-"),
        (-1.0, "-"),
        (0.44, "0.4 s"),
        (42.4, "42 s"),
        (59.6, "1 min 00 s"),
        (185, "3 min 05 s"),
        (2 * 3600 + 600, "2 h 10 min"),
        (3 * 86400 + 4 * 3600, "3 d 4 h"),
    ],
)
def test_a_duration_shows_its_two_largest_units(seconds: float | None, text: str) -> None:
    """A duration is short to read and never shows sixty of anything."""
    assert duration_text(seconds) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [(None, "-"), (512, "512 B"), (1536, "1.5 KiB"), (200 * 2**20, "200 MiB"), (2**50, "1024 TiB")],
)
def test_bytes_show_three_digits_and_a_binary_unit(size: float | None, text: str) -> None:
    """A size is in the unit that keeps it short."""
    assert bytes_text(size) == text


def test_numbers_that_are_not_there_are_a_dash() -> None:
    """Unknown is never zero."""
    assert [count_text(None), loss_text(None), rate_text(None)] == ["-", "-", "-"]
    assert [count_text(26130), loss_text(0.12345), rate_text(1203.4)] == [
        "26,130",
        "0.1235",
        "1,203 windows/s",
    ]
    assert loss_text(math.nan) == "nan"


def test_a_sparkline_runs_from_the_lowest_to_the_highest_bar() -> None:
    """The smallest value is the lowest bar, the largest the highest, NaN is left out."""
    assert sparkline([0, math.nan, 0.5, 1]) == "▁▅█"
    assert sparkline([1, 1]) == "▁▁"
    assert sparkline([]) == ""
    assert len(sparkline(range(100), width=40)) == 40
