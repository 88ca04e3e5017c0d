"""Files are read as people really write them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from azuraforge_core.data import delimited_rows
from azuraforge_core.data.facts import ColumnRole

Hourly = Callable[..., list[str]]


def test_semicolons_tabs_and_bars_are_detected(fill_csv: Any, hourly: Hourly) -> None:
    """A table divided by another character is read, and the report says so."""
    expected = fill_csv(hourly(24))
    for delimiter, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
        table = fill_csv([line.replace(",", delimiter) for line in hourly(24)])
        assert table.row("y") == expected.row("y")
        assert name in table.facts.quality.warnings[0]


def test_a_european_export_is_read(fill_csv: Any, hourly: Hourly) -> None:
    """Semicolons, decimal commas and Windows-1252 together are one setting away."""
    lines = [line.replace(",", ";").replace(".", ",") for line in hourly(24)]
    lines[0] = "date;Wärme (°C)"
    content = "\r\n".join(lines).encode("cp1252")
    table = fill_csv(content, source={"decimal": ","})
    assert table.facts.columns[0].name == "Wärme (°C)"
    assert table.facts.columns[0].unit == "°C"
    assert any("read as cp1252" in warning for warning in table.facts.quality.warnings)
    assert table.row("Wärme (°C)") == fill_csv(hourly(24)).row("y")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_marked_unicode_is_read(encoding: str, fill_csv: Any, hourly: Hourly) -> None:
    """A byte order mark is no part of the first column's name."""
    table = fill_csv("\n".join(hourly(24)).encode(encoding))
    assert table.row("y") == fill_csv(hourly(24)).row("y")


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n\n"])
def test_any_line_end_is_read(end: str, fill_csv: Any, hourly: Hourly) -> None:
    """Windows, old Macintosh and double-spaced files are the same table."""
    assert fill_csv(end.join(hourly(24)).encode()).row("y") == fill_csv(hourly(24)).row("y")


def test_quoted_cells_may_hold_delimiters_and_line_ends(fill_csv: Any) -> None:
    """Text in quotation marks does not break the rows around it."""
    rows = [f'2013-01-{d:02d},{d % 3},"rain, then\n\nsun"' for d in range(1, 29)]
    table = fill_csv(["date,y,note", *rows])
    assert len(table.row("y")) == 28
    assert any("'note' holds text" in warning for warning in table.facts.quality.warnings)


def test_words_for_nothing_and_truth_are_understood(fill_csv: Any) -> None:
    """NA and its kin are missing cells; true and false are 1 and 0."""
    words = ["NA", "n/a", "NaN", "null", "None", "-", "?", "#N/A", ""]
    rows = [f"2013-01-{d:02d},{d},{'TRUE' if d % 2 else 'false'}" for d in range(1, 29)]
    for d, word in enumerate(words, start=2):
        rows[2 * d] = f"2013-01-{2 * d + 1:02d},{word},true"
    table = fill_csv(["date,y,holiday", *rows], future_columns=["holiday"])
    assert table.facts.quality.columns[0].missing == len(words)
    assert table.row("holiday")[:3] == [1, 0, 1]


def test_small_blocks_give_the_same_table(
    fill_csv: Any, hourly: Hourly, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file longer than one block is read as if it were one."""
    expected = fill_csv(hourly(200))
    monkeypatch.setattr(delimited_rows, "BLOCK_CHARACTERS", 97)
    table = fill_csv(hourly(200))
    assert table.row("y") == expected.row("y")
    assert table.facts == expected.facts


def test_gzip_and_parquet_give_the_same_numbers(
    fill: Any, fill_csv: Any, hourly: Hourly, write_gzip: Callable[[str], Path], tmp_path: Path
) -> None:
    """A table is the same as text, compressed, and typed."""
    expected = fill_csv(hourly(48))
    packed = write_gzip("\n".join(hourly(48)))
    typed = tmp_path / "table.parquet"
    frame = pl.read_csv(packed, try_parse_dates=True)
    frame.write_parquet(typed, row_group_size=7)
    for path in (packed, typed):
        source = {"kind": "file", "path": str(path), "time_column": "date"}
        table = fill(source=source, calendar_features=False)
        assert table.row("y") == expected.row("y")
        assert (table.times == expected.times).all()


def test_columns_take_their_roles_in_order(fill_csv: Any) -> None:
    """Channels are targets, past, future, calendar, whatever their order in the file."""
    rows = [f"2013-01-{d:02d},{d % 3},{d % 4},{d % 5}" for d in range(1, 29)]
    table = fill_csv(
        ["date,a,b,c", *rows],
        target_columns=["c"],
        past_columns=["a"],
        future_columns=["b"],
        calendar_features=True,
    )
    roles = [(column.name, column.role) for column in table.facts.columns]
    assert roles[:3] == [
        ("c", ColumnRole.TARGET),
        ("a", ColumnRole.PAST),
        ("b", ColumnRole.FUTURE),
    ]
    assert [name for name, role in roles[3:]] == ["week_sin", "week_cos", "year_sin", "year_cos"]
    assert {role for _, role in roles[3:]} == {ColumnRole.CALENDAR}


def test_wind_becomes_a_vector(fill_csv: Any) -> None:
    """North wind blows to the south, west wind to the east, calm air has no direction."""
    winds = ["0,10", "270,10", ",0", "180,5"] * 8
    rows = [f"2013-01-{d + 1:02d},{wind}" for d, wind in enumerate(winds[:28])]
    table = fill_csv(
        ["date,dir,speed", *rows],
        target_columns=["wind_u", "wind_v"],
        wind_vectors=[{"direction_column": "dir", "speed_column": "speed"}],
    )
    assert table.row("wind_u")[:4] == pytest.approx([0, 10, 0, 0], abs=1e-5)
    assert table.row("wind_v")[:4] == pytest.approx([-10, 0, 0, 5], abs=1e-5)


def test_calendar_features_lie_on_circles(fill_csv: Any, hourly: Hourly) -> None:
    """Each pair is a point on the unit circle; noon is opposite to midnight."""
    table = fill_csv(hourly(24 * 14), calendar_features=True)
    for circle in ("day", "week", "year"):
        for sin, cos in zip(table.row(f"{circle}_sin"), table.row(f"{circle}_cos"), strict=True):
            assert sin**2 + cos**2 == pytest.approx(1, abs=1e-6)
    assert table.row("day_cos")[0] == pytest.approx(1)
    assert table.row("day_cos")[12] == pytest.approx(-1)
    # 2013-01-01 was a Tuesday: one seventh of a week after Monday's midnight.
    assert table.row("week_cos")[0] == pytest.approx(0.6234898, abs=1e-6)
