"""Time stamps of forecasts go on as those of the data do."""

import calendar
import datetime as dt
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuraforge_core.data.steps import Step, iso
from azuraforge_core.prediction.forecasting import forecast
from azuraforge_core.prediction.known_rows import KnownRows
from azuraforge_core.prediction.situation import times_ahead

Train = Callable[..., Any]

DAYS = st.dates(dt.date(1980, 1, 1), dt.date(2080, 1, 1))
COUNTS = st.integers(1, 60)


def _continued(last: dt.datetime, step: Step, count: int) -> list[dt.datetime]:
    second = int(last.replace(tzinfo=dt.UTC).timestamp())
    rows = KnownRows(
        "",
        np.array([second]),
        np.zeros((1, 1), dtype=np.float32),
        np.empty(0, dtype=np.int64),
        np.empty((0, 0), dtype=np.float32),
    )
    return [dt.datetime.fromisoformat(iso(time)) for time in times_ahead(rows, step, count)]


@given(DAYS, st.integers(1, 12), COUNTS)
def test_month_ends_stay_month_ends(day: dt.date, months: int, count: int) -> None:
    """From the last day of a month every stamp is the last day of a later one, leap years too."""
    last_day = calendar.monthrange(day.year, day.month)[1]
    last = dt.datetime(day.year, day.month, last_day)  # noqa: DTZ001 - stamps have no zone
    found = _continued(last, Step(unit="month_end", count=months), count)
    for index, stamp in enumerate(found, start=1):
        month = day.year * 12 + day.month - 1 + index * months
        year, month = month // 12, month % 12 + 1
        assert (stamp.year, stamp.month) == (year, month)
        assert stamp.day == calendar.monthrange(year, month)[1]


@given(DAYS, st.integers(1, 28), COUNTS)
def test_months_keep_their_day(day: dt.date, of_month: int, count: int) -> None:
    """From any day up to the 28th every stamp is that day of the next month."""
    last = dt.datetime(day.year, day.month, of_month, 6)  # noqa: DTZ001 - stamps have no zone
    found = _continued(last, Step(unit="month", count=1), count)
    assert all((stamp.day, stamp.hour) == (of_month, 6) for stamp in found)
    months = [stamp.year * 12 + stamp.month for stamp in found]
    assert months == list(range(months[0], months[0] + count))


@given(DAYS, COUNTS)
def test_business_days_skip_weekends(day: dt.date, count: int) -> None:
    """After Friday comes Monday, and no working day is left out."""
    while day.weekday() > 4:
        day += dt.timedelta(days=1)
    last = dt.datetime(day.year, day.month, day.day)  # noqa: DTZ001 - stamps have no zone
    found = [stamp.date() for stamp in _continued(last, Step(unit="business_day", count=1), count)]
    after = (day + dt.timedelta(days=ahead) for ahead in range(1, 2 * count + 8))
    assert found == [date for date in after if date.weekday() < 5][:count]


@given(DAYS, st.sampled_from([60, 900, 3600, 86_400, 604_800]), COUNTS)
def test_clock_steps_never_jump(day: dt.date, seconds: int, count: int) -> None:
    """Stamps in UTC are equally far apart, also where clocks are changed."""
    last = dt.datetime(day.year, day.month, day.day, 23)  # noqa: DTZ001 - stamps have no zone
    found = _continued(last, Step(unit="second", count=seconds), count)
    assert found == [last + dt.timedelta(seconds=seconds * row) for row in range(1, count + 1)]


@pytest.mark.parametrize(
    ("first", "offset", "expected"),
    [
        ("2024-03-15T06:00:00", "+01:00", "2024-03-31T21:00:00Z"),
        ("2024-10-11T07:00:00", "+02:00", "2024-10-27T21:00:00Z"),
    ],
    ids=["spring", "autumn"],
)
def test_offsets_are_read_across_changes_of_clocks(
    train: Train, tables: SimpleNamespace, first: str, offset: str, expected: str
) -> None:
    """Local stamps with offsets, whose offset changes on the way, give stamps in UTC."""
    zone = int(offset[:3])
    utc = [
        dt.datetime.fromisoformat(stamp) - dt.timedelta(hours=zone)
        for stamp in tables.hourly(first, tables.ROWS)
    ]
    change = dt.datetime.fromisoformat(expected).replace(tzinfo=None, hour=1)
    other = "+02:00" if offset == "+01:00" else "+01:00"
    local = [
        f"{(time + dt.timedelta(hours=int(used[:3]))).isoformat()}{used}"
        for time in utc
        for used in (offset if time < change else other,)
    ]
    table = {**tables.load_table(), "time": local}
    trained = train(table, window={"lookback": 48, "horizon": 6})
    found = forecast(trained.forecaster)
    assert found.time_zone == "UTC"
    stamps = [found.stamp(int(time)) for time in found.series[0].times]
    start = utc[-1] + dt.timedelta(hours=1)
    assert stamps == [f"{(start + dt.timedelta(hours=row)).isoformat()}Z" for row in range(6)]
    assert stamps[0] == expected


def test_month_ends_of_a_table_go_on(train: Train, tables: SimpleNamespace) -> None:
    """A table of month ends is forecast at month ends."""
    months = [divmod(1990 * 12 + row, 12) for row in range(200)]
    table = {
        "time": [f"{y}-{m + 1:02d}-{calendar.monthrange(y, m + 1)[1]}" for y, m in months],
        "load": tables.wave(200),
    }
    found = forecast(train(table, window={"lookback": 12, "horizon": 6}).forecaster)
    assert found.step == "1 month"
    stamps = [found.stamp(int(time))[:10] for time in found.series[0].times]
    assert stamps[:4] == ["2006-09-30", "2006-10-31", "2006-11-30", "2006-12-31"]
