"""Tables that no model may be trained on, each with the exit code and sentence it must get.

Read by the tests of the data side, and through `runpy.run_path` by those of the command line.
"""

import gzip
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import polars as pl

WINDOW = {"lookback": 8, "horizon": 4}


class BrokenTable(NamedTuple):
    """One broken table.

    ``write`` puts the table into a folder and returns its path; ``dataset`` is added to a config
    whose source is that file with time column ``date``; ``source`` is added to that source.
    """

    name: str
    write: Callable[[Path], Path]
    exit_code: int
    sentence: str
    dataset: Mapping[str, Any] = MappingProxyType({})
    source: Mapping[str, Any] = MappingProxyType({})


def _rows(count: int = 60, start: str = "2013-01-01T00") -> list[str]:
    times = np.datetime64(start, "h") + np.arange(count)
    return [f"{time}:00,{i % 7},{i * 0.5}" for i, time in enumerate(times)]


def _lines(*replaced: tuple[int, str], count: int = 60, start: str = "2013-01-01T00") -> list[str]:
    """Return a good table of columns date, y, z with some of its rows (from 1) replaced."""
    rows = _rows(count, start)
    for row, text in replaced:
        rows[row - 1] = text
    return ["date,y,z", *rows]


def _text(lines: list[str] | str) -> Callable[[Path], Path]:
    return _bytes((lines if isinstance(lines, str) else "\n".join(lines)).encode())


def _bytes(content: bytes, name: str = "table.csv") -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return write


def _folder(folder: Path) -> Path:
    (folder / "table.csv").mkdir()
    return folder / "table.csv"


def _absent(folder: Path) -> Path:
    (folder / "tables.csv").write_text("date,y\n")
    return folder / "table.csv"


def _parquet(folder: Path) -> Path:
    path = folder / "table.parquet"
    frame = pl.DataFrame({"date": ["2013-01-01", "2013-01-02"], "y": [[1.0], [2.0]]})
    frame.write_parquet(path)
    return path


def _cut_parquet(folder: Path) -> Path:
    path = _parquet(folder)
    path.write_bytes(path.read_bytes()[:-20])
    return path


_TWICE = _lines((31, "2013-11-03T01:00,99,9"), start="2013-11-02T00", count=60)
_AUTUMN = [*_TWICE[:27], "2013-11-03T01:00,99,9", *_lines(start="2013-11-02T00")[27:]]
_GOOD = "\n".join(_lines())

BROKEN_TABLES = (
    BrokenTable("missing file", _absent, 65, "Did you mean 'tables.csv'?"),
    BrokenTable("folder", _folder, 65, "is a folder, not a file"),
    BrokenTable("empty file", _text(""), 65, "is empty"),
    BrokenTable("blank lines only", _text("\n\n \n"), 65, "is empty"),
    BrokenTable("header only", _text("date,y\n"), 65, "has a header but no rows"),
    BrokenTable("binary", _bytes(bytes(range(256)) * 8), 65, "is a binary file"),
    BrokenTable("workbook", _bytes(b"PK\x03\x04" + b"x" * 99), 65, "an .xlsx workbook"),
    BrokenTable("cut gzip", _bytes(gzip.compress(_GOOD.encode())[:80]), 65, "is damaged"),
    BrokenTable("cut parquet", _cut_parquet, 65, "is not a readable Parquet file"),
    BrokenTable("lists in parquet", _parquet, 65, "not a number", {"target_columns": ["y"]}),
    BrokenTable(
        "no such target",
        _text(_lines()),
        65,
        "has no column 'yy'; it has date, y, z. Did you mean 'y'?",
        {"target_columns": ["yy"]},
    ),
    BrokenTable(
        "no such time column",
        _text(_lines()),
        65,
        "has no column 'time'",
        source={"time_column": "time"},
    ),
    BrokenTable(
        "text in numbers",
        _text(_lines((17, "2013-01-01T16:00,n.v.,3"))),
        65,
        "Row 17: column 'y' holds 'n.v.', which is not a number",
    ),
    BrokenTable(
        "decimal commas",
        _text([line.replace(",", ";").replace(".", ",") for line in _lines()]),
        65,
        "set source.decimal to ','",
    ),
    BrokenTable(
        "impossible day",
        _text(_lines((5, "2013-02-30T04:00,1,2"))),
        65,
        "Row 5: column 'date' holds '2013-02-30T04:00', which is not a time stamp",
    ),
    BrokenTable("no time stamp", _text(_lines((6, ",1,2"))), 65, "Row 6 has no time stamp"),
    BrokenTable(
        "offsets in some rows",
        _text(_lines((6, "2013-01-01T05:00Z,1,2"))),
        65,
        "1 rows carry a UTC offset and 59 do not",
    ),
    BrokenTable(
        "day or month",
        _text(["date,y", *(f"{i:02d}/01/2013,{i % 2}" for i in range(1, 13))]),
        65,
        "day and month cannot be told apart",
    ),
    BrokenTable(
        "contradicting rows",
        _text(_lines((6, "2013-01-01T04:00,99,2"))),
        65,
        "rows 5 and 6 that both say 2013-01-01T04:00:00 but hold different values",
    ),
    BrokenTable(
        "hour that repeats in autumn", _text(_AUTUMN), 65, "when daylight saving ends. Write"
    ),
    BrokenTable(
        "between two steps",
        _text(_lines((6, "2013-01-01T05:13,1,2"))),
        65,
        "row 6 at 2013-01-01T05:13:00 lies between two steps",
    ),
    BrokenTable(
        "mostly holes",
        _text([*_lines(), "2093-01-01T00:00,1,2"]),
        65,
        "but only 61 are there",
    ),
    BrokenTable(
        "column without numbers",
        _text([line.rpartition(",")[0] + ("," if i else ",z") for i, line in enumerate(_lines())]),
        65,
        "Column 'z' has no number in any row",
    ),
    BrokenTable(
        "constant column",
        _text([f"{line},{'5' if i else 'c'}" for i, line in enumerate(_lines())]),
        65,
        "Column 'c' is 5 in every row",
    ),
    BrokenTable(
        "infinity",
        _text(_lines((9, "2013-01-01T08:00,inf,2"))),
        65,
        "Row 9: column 'y' holds inf, which is infinite",
    ),
    BrokenTable(
        "beyond 32 bits",
        _text(_lines((9, "2013-01-01T08:00,1e39,2"))),
        65,
        "beyond 32-bit numbers",
    ),
    BrokenTable(
        "sentinel",
        _text(_lines((9, "2013-01-01T08:00,-9999,2"))),
        65,
        "Column 'y' holds -9999 1 times (first in row 9), far outside its other values",
    ),
    BrokenTable(
        "missing cell, policy error",
        _text(_lines((9, "2013-01-01T08:00,,2"))),
        65,
        "olumn 'y' has no value at 2013-01-01T08:00:00",
        {"missing": {"policy": "error"}},
    ),
    BrokenTable("shorter than a window", _text(_lines(count=11)), 65, "one window takes 12"),
    BrokenTable("empty part", _text(_lines(count=20)), 65, "The validation part is empty"),
    BrokenTable(
        "boundaries beyond the rows",
        _text(_lines()),
        65,
        "split.boundaries ends at row 80, but the table has 60 rows",
        {"split": {"boundaries": [40, 60, 80]}},
    ),
    BrokenTable(
        "every window misses something",
        _text(
            [
                line if i % 5 or not i else f"{line.split(',')[0]},,"
                for i, line in enumerate(_lines())
            ]
        ),
        65,
        "windows touches a missing cell",
        {"missing": {"policy": "drop"}},
    ),
    BrokenTable(
        "row with too many cells",
        _text(_lines((7, "2013-01-01T06:00,1,2,3"))),
        65,
        "row 7 has 4 cells, the header has 3",
    ),
    BrokenTable(
        "row with too few cells",
        _text(_lines((7, "2013-01-01T06:00,1"))),
        65,
        "row 7 has 2 cells, the header has 3",
    ),
    BrokenTable(
        "open quotation mark",
        _text(_lines((7, '2013-01-01T06:00,"1,2'))),
        65,
        "is never closed",
    ),
    BrokenTable(
        "column named twice",
        _text(_GOOD.replace("date,y,z", "date,y,y")),
        65,
        "the header names 'y' more than once",
    ),
    BrokenTable(
        "wrong delimiter",
        _text(_lines()),
        65,
        "has one column only, 'date,y,z'",
        source={"delimiter": ";"},
    ),
    BrokenTable(
        "wrong encoding",
        _bytes("\n".join(_lines()).replace("z", "Wärme", 1).encode("cp1252")),
        65,
        "is not text in utf-8",
        source={"encoding": "utf-8"},
    ),
    BrokenTable(
        "unknown encoding",
        _text(_lines()),
        65,
        "The encoding 'utf-88' is not known",
        source={"encoding": "utf-88"},
    ),
    BrokenTable(
        "no such series",
        _text([f"{line},{'a' if i else 'station'}" for i, line in enumerate(_lines())]),
        65,
        "has no series 'b'",
        {"series_column": "station", "series": ["b"]},
    ),
    BrokenTable(
        "series of different steps",
        _text(
            [
                "date,y,station",
                *(f"2013-01-{d:02d},{d % 5},a" for d in range(1, 31)),
                *(f"2013-01-01T{h:02d}:00,{h % 5},b" for h in range(24)),
            ]
        ),
        65,
        "Series 'a' has a row every 1 day, series 'b' every 1 hour",
        {"series_column": "station"},
    ),
    BrokenTable(
        "no numbers at all",
        _text(["date,y", *(f"2013-01-{d:02d},sunny" for d in range(1, 31))]),
        65,
        "has no column of numbers to forecast",
    ),
)
