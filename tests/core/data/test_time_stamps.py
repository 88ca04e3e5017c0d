"""Time stamps are read in whatever usual form they are written."""

import datetime as dt

import hypothesis.strategies as st
import polars as pl
import pytest
from hypothesis import given

from azuraforge_contract.errors import DataError
from azuraforge_core.data.steps import iso
from azuraforge_core.data.time_forms import ISO, read_form, read_plain_iso
from azuraforge_core.data.time_stamps import TimeStampColumn, TimeStamps


def read(*cells: object, day_first: bool | None = None) -> TimeStamps:
    """Read one block of cells."""
    column = TimeStampColumn("date", day_first=day_first)
    column.add(pl.Series(cells), 1)
    return column.close()


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("1990/1/1 0:00", "1990-01-01T00:00:00"),
        ("1990/1/1 24:00", "1990-01-02T00:00:00"),
        ("2013-01-31", "2013-01-31T00:00:00"),
        ("2013-01-31T13:05", "2013-01-31T13:05:00"),
        ("2013-01-31 13:05:09.000", "2013-01-31T13:05:09"),
        ("2013-01-31T13:00:00Z", "2013-01-31T13:00:00"),
        ("2013-01-31T13:00:00+05:30", "2013-01-31T07:30:00"),
        ("2013-01-31 13:00:00-0100", "2013-01-31T14:00:00"),
        ("2013-01-31 13:00 UTC", "2013-01-31T13:00:00"),
        ("31.01.2013 13:00", "2013-01-31T13:00:00"),
        ("1/31/2013 1:00 PM", "2013-01-31T13:00:00"),
        ("1/31/2013 12:00 AM", "2013-01-31T00:00:00"),
        ("Jan 31 2013", "2013-01-31T00:00:00"),
        ("31-Jan-2013", "2013-01-31T00:00:00"),
        ("January 31, 2013", "2013-01-31T00:00:00"),
        ("20130131", "2013-01-31T00:00:00"),
        ("20130131T1300", "2013-01-31T13:00:00"),
        ("2013-01", "2013-01-01T00:00:00"),
        ("2013M07", "2013-07-01T00:00:00"),
        ("2013Q3", "2013-07-01T00:00:00"),
        ("Jul 2013", "2013-07-01T00:00:00"),
        ("2013", "2013-01-01T00:00:00"),
        ("1359637200", "2013-01-31T13:00:00"),
        ("1359637200000", "2013-01-31T13:00:00"),
        (dt.date(2013, 1, 31), "2013-01-31T00:00:00"),
        (dt.datetime(2013, 1, 31, 13), "2013-01-31T13:00:00"),  # noqa: DTZ001 - a naive one is the case
        (
            dt.datetime(2013, 1, 31, 13, tzinfo=dt.timezone(dt.timedelta(hours=2))),
            "2013-01-31T11:00:00",
        ),
    ],
)
def test_usual_forms_are_read(cell: object, expected: str) -> None:
    """Slashes, dots, month names, offsets, quarters, seconds since 1970: all are time stamps."""
    assert iso(int(read(cell).seconds[0])) == expected


@pytest.mark.parametrize(
    "cell",
    [
        "2013-02-29",
        "2013-13-01",
        "2013-01-01 25:00",
        "2013-01-01 10:61",
        "31/31/2013",
        "0000-01-01",
        "13:00",
        "yesterday",
        "2013-01-01 13:00 PM",
        "2013-01-01 24:01",
        "2013-01-01 00:00:00.5",
    ],
)
def test_impossible_stamps_are_named(cell: str) -> None:
    """A stamp that is no moment in whole seconds is refused with its row and content."""
    with pytest.raises(DataError, match="Row 2: column 'date' holds"):
        read("2013-01-01 00:00", cell)


@given(st.datetimes(min_value=dt.datetime(1, 1, 2), max_value=dt.datetime(9998, 12, 31)))  # noqa: DTZ001 - naive by intent
def test_any_moment_survives_iso_text(moment: dt.datetime) -> None:
    """ISO text of any moment reads back as that moment."""
    moment = moment.replace(microsecond=0)
    expected = (moment - dt.datetime(1970, 1, 1)) // dt.timedelta(seconds=1)  # noqa: DTZ001 - naive by intent
    assert read(moment.isoformat(sep=" ")).seconds[0] == expected


def test_the_whole_column_tells_day_and_month_apart() -> None:
    """01/02/2013 is the first of February when a later row says 13/02/2013."""
    assert iso(int(read("01/02/2013", "13/02/2013").seconds[0])) == "2013-02-01T00:00:00"
    assert iso(int(read("01/02/2013", "01/13/2013").seconds[0])) == "2013-01-02T00:00:00"


def test_regularity_tells_day_and_month_apart() -> None:
    """Where both readings are dates, the one on a regular grid is meant."""
    monthly = [f"{month}/1/{year}" for year in (2012, 2013) for month in range(1, 13)]
    assert iso(int(read(*monthly).seconds[1])) == "2012-02-01T00:00:00"


def test_a_person_may_settle_day_and_month() -> None:
    """day_first decides where nothing else can."""
    cells = [f"{i:02d}/01/2013" for i in range(1, 13)]
    with pytest.raises(DataError, match="day and month"):
        read(*cells)
    assert iso(int(read(*cells, day_first=True).seconds[1])) == "2013-01-02T00:00:00"
    assert iso(int(read(*cells, day_first=False).seconds[1])) == "2013-02-01T00:00:00"


def test_the_form_may_not_change_between_blocks() -> None:
    """A later block in another form is refused with the row's number in the whole table."""
    column = TimeStampColumn("date")
    column.add(pl.Series(["2013-01-01"]), 1)
    with pytest.raises(DataError, match=r"Row 101.*in the form of the rows before"):
        column.add(pl.Series(["01.02.2013"]), 101)


def test_offsets_make_utc_and_their_absence_does_not() -> None:
    """Only stamps with an offset are known to be UTC."""
    assert read("2013-01-01T00:00Z").is_utc
    assert not read("2013-01-01T00:00").is_utc


moments = st.datetimes(dt.datetime(1, 1, 2), dt.datetime(9999, 12, 30))  # noqa: DTZ001 - the offset is written behind
endings = st.sampled_from(["", "Z", "+05:30", "-11:00"])


@given(st.lists(st.tuples(moments, st.sampled_from("T "), endings), min_size=1, max_size=8))
def test_a_few_plain_stamps_are_read_as_any_others(
    written: list[tuple[dt.datetime, str, str]],
) -> None:
    """The short way gives the numbers of the long one."""
    cells = [moment.replace(microsecond=0).isoformat(sep) + end for moment, sep, end in written]
    plain, full = read_plain_iso(cells), read_form(pl.Series(cells, dtype=pl.String), ISO)
    assert plain is not None
    assert plain.seconds.tolist() == full.seconds.tolist()
    assert (plain.good_rows, plain.with_offset) == (full.good_rows, full.with_offset)


@pytest.mark.parametrize(
    "cell",
    ["2013-02-30T00:00", "2013-01-01T24:00", "2013-1-1", "2013-01-01T00:00+99:00", "2013-W05"],
)
def test_whatever_is_not_plain_is_left_to_the_forms(cell: str) -> None:
    """The short way reads nothing that it does not know for certain."""
    assert read_plain_iso(["2013-01-01T00:00", cell]) is None
