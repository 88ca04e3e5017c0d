"""Numbers are rounded as far as they mean something."""

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuraforge_core.data.steps import Step
from azuraforge_core.report.numbers import byte_count, duration, every, percent, quantity, scaled


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (scaled(0.0834), "0.083"),
        (scaled(1.2944), "1.294"),
        (scaled(0.000123), "0.000123"),
        (scaled(12345.6), "1.23e+04"),
        (scaled(0.0), "0.000"),
        (scaled(math.nan), "not a number"),
        (scaled(-math.inf), "infinite"),
        (quantity(6.7, "°F"), "6.70 °F"),
        (quantity(204.4), "204"),
        (quantity(43210.9, "MW"), "43,211 MW"),
        (quantity(0.0), "0.00"),
        (percent(0.0568), "6 %"),
        (percent(0.0042), "0.4 %"),
        (percent(0.00999), "1 %"),
        (percent(0), "0 %"),
        (duration(0.0123), "12 ms"),
        (duration(3.61), "3.6 s"),
        (duration(34.2), "34 s"),
        (duration(59.9), "1 min 0 s"),
        (duration(83), "1 min 23 s"),
        (duration(7261), "2 h 1 min"),
        (byte_count(0), "0 B"),
        (byte_count(350_208), "342 KiB"),
        (byte_count(1023 * 1024 + 900), "1 MiB"),
        (byte_count(5 * 1024**4), "5 TiB"),
        (every(Step(unit="second", count=3600)), "hour"),
        (every(Step(unit="second", count=900)), "15 minutes"),
    ],
)
def test_a_number_reads_as_a_person_writes_it(written: str, expected: str) -> None:
    """Each kind of number has its digits and its unit."""
    assert written == expected


@pytest.mark.parametrize("write", [scaled, quantity, percent, duration, byte_count])
@given(value=st.floats(min_value=0))
def test_any_number_is_written_short(write: Callable[[float], str], value: float) -> None:
    """No number makes a report fail or widens a table."""
    text = write(value)
    assert text
    assert len(text) <= 24 or value > 1e9
