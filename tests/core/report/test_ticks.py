"""Axes carry few, round, distinct labels."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuraforge_core.report.ticks import number_ticks, time_ticks, to_seconds

numbers = st.floats(min_value=-1e9, max_value=1e9)


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (0.0, 0.33, ["0.0", "0.1", "0.2", "0.3", "0.4"]),
        (51.0, 74.0, ["50", "60", "70", "80"]),
        (-0.7, 0.4, ["-1.0", "-0.5", "0.0", "0.5"]),
        (0, 9000, ["0", "2,500", "5,000", "7,500", "10,000"]),
        (3.0, 3.0, ["2.6", "2.8", "3.0", "3.2", "3.4"]),
        (0.0, 0.0, ["-1.0", "-0.5", "0.0", "0.5", "1.0"]),
    ],
)
def test_number_labels_are_round(low: float, high: float, labels: list[str]) -> None:
    """Steps are 1, 2, 2.5 or 5 times a power of ten, and zero has no sign."""
    assert [tick.label for tick in number_ticks(low, high)] == labels


@given(low=numbers, span=st.floats(min_value=1e-3, max_value=1e9))
def test_number_labels_enclose_the_data(low: float, span: float) -> None:
    """Every value has room between the first label and the last; labels ascend and differ."""
    high = low + span
    ticks = number_ticks(low, high)
    assert ticks[0].value <= low + 1e-6 * span
    assert ticks[-1].value >= high - 1e-6 * span
    assert 2 <= len(ticks) <= 9
    assert all(a.value < b.value for a, b in itertools.pairwise(ticks))


@pytest.mark.parametrize(
    ("first", "last", "labels"),
    [
        ("2013-10-21T18:00", "2013-10-25T17:00", ["Oct 22", "Oct 23", "Oct 24", "Oct 25"]),
        ("2013-10-21T02:00", "2013-10-21T22:00", ["06:00", "12:00", "18:00"]),
        ("2013-10-21T20:00", "2013-10-22T08:00", ["21:00", "Oct 22", "03:00", "06:00"]),
        (
            "2013-10-21T20:00:01",
            "2013-10-21T20:00:04",
            ["20:00:01", "20:00:02", "20:00:03", "20:00:04"],
        ),
        ("2013-01-15", "2013-12-20", ["Apr 2013", "Jul 2013", "Oct 2013"]),
        ("1990-06-01", "2020-01-01", ["1995", "2000", "2005", "2010", "2015", "2020"]),
    ],
)
def test_time_labels_stand_at_round_times(first: str, last: str, labels: list[str]) -> None:
    """A time axis counts in hours, days, months or years, whatever its span asks for."""
    low, high = to_seconds([first, last])
    assert [tick.label for tick in time_ticks(low, high)] == labels


@given(start=st.integers(0, 2_000_000_000), span=st.integers(1, 3_000_000_000))
def test_time_labels_are_few_and_inside(start: int, span: int) -> None:
    """No span of time crowds its axis or labels a place outside."""
    ticks = time_ticks(start, start + span)
    assert len(ticks) <= 8
    assert all(start <= tick.value <= start + span for tick in ticks)


def test_times_without_an_offset_are_placed_as_written() -> None:
    """A naive time is a place on the axis, not the machine's local time."""
    assert to_seconds(["1970-01-01T00:00:10", "1970-01-01T01:00:00+01:00"]) == [10.0, 0.0]
