"""Rows in their usual form are read quickly, and exactly as all others are."""

import json
import runpy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from azuraforge_api.predictions.plain_body import PlainBody, plain_body_of
from azuraforge_api.predictions.sent_rows import read_json_rows
from azuraforge_contract.errors import AzuraForgeError
from azuraforge_core.prediction.known_rows import GivenRows
from azuraforge_core.prediction.loading import Forecaster

LOOKBACK = 48
TRAINED = Path(__file__).parents[2] / "core" / "prediction" / "trained_models.py"
TABLES = SimpleNamespace(**runpy.run_path(str(TRAINED)))

Cells = dict[str, Any]


@pytest.fixture(scope="module")
def forecaster(tmp_path_factory: pytest.TempPathFactory) -> Forecaster:
    """Return a model with a target, a past and a future column, whose table has short holes."""
    folder = tmp_path_factory.mktemp("model")
    config = {
        "past_columns": ["wind"],
        "future_columns": ["plan"],
        "missing": {"policy": "interpolate", "max_gap": 3},
    }
    trained = TABLES.train_model(folder, folder / "cache", TABLES.load_table(), dataset=config)
    found: Forecaster = trained.forecaster
    return found


@pytest.fixture(scope="module")
def body_of_model(forecaster: Forecaster) -> PlainBody:
    """Return the usual body of that model."""
    found = plain_body_of(forecaster)
    assert found is not None
    return found


def sent(count: int, first: str = "2024-03-01T00:00:00", ending: str = "Z") -> list[Cells]:
    """Return hours as a program sends them."""
    return [
        {"time": f"{stamp}{ending}", "load": 10.0 + hour % 7, "wind": 3, "plan": 0.5 * hour}
        for hour, stamp in enumerate(TABLES.hourly(first, count))
    ]


def outcome(read: Any) -> Any:
    """Return what reading came to, in comparable form."""
    try:
        found: GivenRows | None = read()
    except AzuraForgeError as error:
        return type(error).__name__, error.message, error.remedy
    if found is None:
        return None
    series = [
        (rows.series, rows.times.tolist(), _shown(rows.values), rows.ahead_times.tolist(),
         _shown(rows.ahead))
        for rows in found.series
    ]  # fmt: skip
    return series, found.notes, found.refused


def _shown(values: Any) -> Any:
    return str(values.dtype), values.shape, np.nan_to_num(values, nan=-12345.0).tolist()


def usual(body: PlainBody, rows: list[Cells]) -> Any:
    """Return what the quick way makes of rows; None where it leaves them to the general one."""

    def read() -> GivenRows | None:
        found = body.read(json.dumps({"history": rows}).encode())
        assert found is None or found[1] == len(rows)
        return None if found is None else found[0]

    return outcome(read)


CELL = st.one_of(
    st.none(),
    st.floats(-1e3, 1e3),
    st.integers(-1000, 1000),
    st.sampled_from([-9999.0, 999.0, 9999, 1e39, 2**53, 10**30, "4.5", "x", True]),
)
CHANGE = st.one_of(
    st.tuples(st.just("cell"), st.integers(0, 59), st.sampled_from(["load", "wind", "plan"]), CELL),
    st.tuples(st.just("ahead"), st.integers(1, 8)),
    st.tuples(st.just("drop"), st.integers(0, 59), st.integers(1, 5)),
    st.tuples(st.just("again"), st.integers(0, 59)),
    st.tuples(st.just("swap"), st.integers(0, 59), st.integers(0, 59)),
    st.tuples(
        st.just("time"),
        st.integers(0, 59),
        st.sampled_from(
            [
                "2024-03-01T00:30:00Z",
                "2024-02-30T00:00Z",
                "2024-03-01 05:00:00",
                "20240301",
                "",
                " ",
            ]
        ),
    ),
    st.tuples(st.just("lose"), st.integers(0, 59), st.sampled_from(["time", "load", "plan"])),
    st.tuples(st.just("more"), st.integers(0, 59), st.sampled_from(["station", "series", "x"])),
)


def changed(rows: list[Cells], change: Any) -> list[Cells]:
    """Return rows with one thing different."""
    if not rows:
        return rows
    kind, number, *facts = change
    at = min(number, len(rows) - 1)
    rows = [dict(row) for row in rows]
    match kind:
        case "drop":
            return rows[:at] + rows[at + facts[0] :]
        case "again":
            return [*rows[: at + 1], dict(rows[at]), *rows[at + 1 :]]
        case "ahead":
            for row in rows[-number:]:
                row.update({"load": None, "wind": None})
        case "swap":
            other = min(facts[0], len(rows) - 1)
            rows[at], rows[other] = rows[other], rows[at]
        case _:
            _change_row(rows[at], kind, facts)
    return rows


def _change_row(row: Cells, kind: str, facts: list[Any]) -> None:
    if kind == "lose":
        row.pop(facts[0], None)
    elif kind == "cell":
        row[facts[0]] = facts[1]
    else:
        row["time" if kind == "time" else facts[0]] = facts[0]


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    count=st.sampled_from([0, 1, 2, 40, 48, 55, 60]),
    ending=st.sampled_from(["Z", "+00:00", "+02:00", "-03:30", ""]),
    first=st.sampled_from(["2024-01-17T16:00:00", "2024-03-01T00:00:00", "1969-12-31T05:00:00"]),
    changes=st.lists(CHANGE, max_size=3),
)
def test_the_quick_way_says_what_the_general_one_says(
    forecaster: Forecaster,
    body_of_model: PlainBody,
    count: int,
    ending: str,
    first: str,
    changes: list[Any],
) -> None:
    """Whatever rows the quick way reads, numbers, notes and errors are those of the other way."""
    rows = sent(count, first, ending)
    for change in changes:
        rows = changed(rows, change)
    found = usual(body_of_model, rows)
    if found is not None:
        assert found == outcome(lambda: read_json_rows(rows, forecaster, at=None))


@pytest.mark.parametrize("ending", ["Z", "+00:00", ""])
@pytest.mark.parametrize("count", [10, LOOKBACK, 60, 1000])
def test_usual_rows_go_the_quick_way(body_of_model: PlainBody, count: int, ending: str) -> None:
    """Rows of the model's own columns need nothing else, with holes and rows ahead, too."""
    rows = sent(count, ending=ending)
    rows[3]["load"] = None
    rows[-1].update({"load": None, "wind": None})
    assert usual(body_of_model, rows) is not None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"history": "stored"}',
        b'{"history": []}',
        b'{"history": [{"time": "2024-01-01T00:00Z"}]}',
        b'{"history": [{"time": "2024-01-01T00:00Z", "load": NaN, "wind": 1, "plan": 1}]}',
        b'{"history": [{"time": "2024-01-01T00:00Z", "load": 1, "wind": 1, "plan": true}]}',
        b'{"history": [{"time": "1.1.2024", "load": 1, "wind": 1, "plan": 1}]}',
        b'{"history": [{"time": "\xff", "load": 1, "wind": 1, "plan": 1}]}',
        b'{"at": 1, "history": [{"time": "2024-01-01T00:00Z", "load": 1, "wind": 1, "plan": 1}]}',
        b"[" * 100_000,
    ],
)
def test_all_else_is_left_to_the_general_way(body_of_model: PlainBody, body: bytes) -> None:
    """Whatever is wrong or unusual is none of the quick way's business: no error comes from it."""
    assert body_of_model.read(body) is None


def test_rows_that_must_name_their_series_have_no_usual_form(
    tmp_path: Path,
) -> None:
    """Where a column tells series apart, rows are read the general way."""
    table = TABLES.load_table()
    both = {name: [*cells, *cells] for name, cells in table.items()}
    both["place"] = ["a"] * len(table["time"]) + ["b"] * len(table["time"])
    trained = TABLES.train_model(
        tmp_path, tmp_path / "cache", both, dataset={"series_column": "place"}
    )
    assert plain_body_of(trained.forecaster) is None
