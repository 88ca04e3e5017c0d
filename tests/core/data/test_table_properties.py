"""Whatever bytes a file holds, the answer is a table or a sentence, never a traceback."""

import contextlib
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import HealthCheck, assume, example, given, settings

from azuraforge_contract.errors import AzuraForgeError

PROPERTY = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])

LINES = [
    "date,y,z,station",
    *(f"2013-01-0{1 + i // 24}T{i % 24:02d}:00,{i % 7},{i * 0.5},{'ab'[i % 2]}" for i in range(48)),
]
CELLS = st.sampled_from(
    [
        *("", "NA", "inf", "-inf", "1e40", "-9999", "x", '"', '""', ",", ";", "\x00", "é", "1,5"),
        *("TRUE", "2013-01-01", "2013-13-01T00:00", "01/02/2013", "2013-03-31T02:00+01:00"),
        *("99999-01-01", "0000-01-01", "9999-12-31T23:59:59Z", "1e3", "\r", "\n", "\ufeff"),
        "9" * 30,
    ]
)
MUTATIONS = st.fixed_dictionaries(
    {
        "changes": st.lists(st.tuples(st.integers(0, 48), st.integers(0, 3), CELLS), max_size=6),
        "order": st.none() | st.randoms(use_true_random=False),
        "dropped": st.sets(st.integers(1, 48), max_size=20),
    }
)
CLEANING = st.fixed_dictionaries(
    {
        "series_column": st.sampled_from([None, "station"]),
        "missing": st.fixed_dictionaries(
            {
                "policy": st.sampled_from(["interpolate", "drop", "error"]),
                "sentinels": st.sampled_from(["error", "missing", "keep"]),
            }
        ),
        "spacing": st.sampled_from(["time", "rows"]),
    }
)


def accept(fill: Any, path: Path, **dataset: Any) -> None:
    """Fill and open the table at a path; anything but a clean failure is let through."""
    source = {"kind": "file", "path": str(path), "time_column": "date"}
    with contextlib.suppress(AzuraForgeError):
        opened = fill(source=source, **dataset).open(lookback=4, horizon=2)
        assert np.isfinite(opened.scaler.mean).all()
        assert (opened.scaler.std > 0).all()


@PROPERTY
@given(content=st.binary(max_size=400))
@example(content=b"\x1f\x8b")
@example(content=b"PAR1")
@example(content=b"date,y\r2013-01-01,1\r2013-01-02,2")
@example(content="date,y\n2013-01-01,1\n".encode("utf-16"))
def test_random_bytes_give_a_table_or_a_sentence(content: bytes, tmp_path: Path, fill: Any) -> None:
    """A file of any bytes is read, or refused with a sentence."""
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    accept(fill, path)


@PROPERTY
@given(head=st.sampled_from([b"date,y\n", b"date;y;z\n", b"date,y,\n"]), body=st.text(max_size=200))
def test_random_text_under_a_header_gives_a_table_or_a_sentence(
    head: bytes, body: str, tmp_path: Path, fill: Any
) -> None:
    """A file whose header is good and whose rows are any text is read, or refused."""
    path = tmp_path / "table.csv"
    path.write_bytes(head + body.encode("utf-8", "surrogatepass"))
    accept(fill, path)


@PROPERTY
@given(mutation=MUTATIONS, cleaning=CLEANING)
def test_a_mutated_table_gives_a_table_or_a_sentence(
    mutation: dict[str, Any], cleaning: dict[str, Any], tmp_path: Path, fill: Any
) -> None:
    """A good table with cells replaced, rows dropped and shuffled is read, or refused."""
    cells = [line.split(",") for line in LINES]
    for row, column, cell in mutation["changes"]:
        cells[row][column] = cell
    body = [",".join(row) for i, row in enumerate(cells) if i and i not in mutation["dropped"]]
    if mutation["order"] is not None:
        mutation["order"].shuffle(body)
    path = tmp_path / "table.csv"
    path.write_text("\n".join([",".join(cells[0]), *body]), encoding="utf-8")
    accept(fill, path, **cleaning)


@PROPERTY
@given(
    shuffled=st.permutations(range(1, 25)),
    doubled=st.sets(st.integers(1, 24), max_size=5),
)
def test_order_and_equal_rows_change_nothing_but_the_counts(
    shuffled: list[int], doubled: set[int], tmp_path: Path, fill: Any
) -> None:
    """Sorting and dropping equal rows gives back the orderly table, and both are counted."""
    orderly = [LINES[0], *LINES[1:25]]
    path = tmp_path / "table.csv"
    source = {"kind": "file", "path": str(path), "time_column": "date"}
    path.write_text("\n".join(orderly))
    expected = fill(source=source)
    assume(shuffled != sorted(shuffled))
    path.write_text("\n".join([LINES[0], *(LINES[i] for i in [*shuffled, *doubled])]))
    got = fill(source=source)
    np.testing.assert_array_equal(got.values, expected.values)
    np.testing.assert_array_equal(got.times, expected.times)
    assert got.facts.quality.duplicates_dropped == len(doubled)
    assert got.facts.quality.rows_sorted > 0


@pytest.mark.parametrize("content", [b"date,y", b"\n", b",\n,\n", b'"date,y\n1,2'])
def test_degenerate_files_are_refused(content: bytes, fill_csv: Any) -> None:
    """A file of one line, of blanks, without names or with an open quotation mark is no table."""
    with pytest.raises(AzuraForgeError):
        fill_csv(content)
