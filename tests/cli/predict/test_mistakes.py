"""A wrong ``azuraforge predict``: an exit code and a sentence for each mistake, nothing written.

With ``AZURAFORGE_SENTENCES`` set to a file, the table of mistakes is appended to it as Markdown.
"""

import json
import os
import runpy
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

Invoke = Callable[..., subprocess.CompletedProcess[str]]

PREDICTION_TESTS = Path(__file__).parents[2] / "core" / "prediction"
TABLES = SimpleNamespace(**runpy.run_path(str(PREDICTION_TESTS / "trained_models.py")))


def _table(change: Callable[[dict[str, list[Any]]], Any] | None = None, **names: Any) -> Any:
    table = TABLES.load_table(100, first="2024-03-01T00:00:00")
    if change is not None:
        change(table)
    return {**table, **names}


@dataclass(frozen=True)
class Mistake:
    """One wrong request: what is typed, the table in new.csv, and what is said."""

    name: str
    typed: str
    exit_code: int
    sentence: str
    table: Any = None
    prepare: Callable[[Path], Any] = lambda _: None


def _set(column: str, row: int, value: Any) -> Callable[[dict[str, list[Any]]], Any]:
    return lambda table: table[column].__setitem__(row, value)


def _holes(column: str, start: int, stop: int) -> Callable[[dict[str, list[Any]]], Any]:
    def make(table: dict[str, list[Any]]) -> None:
        table[column][start:stop] = [None] * (stop - start)

    return make


def _every(hours: int) -> Callable[[dict[str, list[Any]]], Any]:
    def make(table: dict[str, list[Any]]) -> None:
        longer = TABLES.hourly("2024-03-01T00:00:00", 100 * hours)
        table["time"][:] = longer[::hours]

    return make


def _half_hours(table: dict[str, list[Any]]) -> None:
    table["time"][:] = [
        f"2024-03-01T{row // 2:02d}:{row % 2 * 30:02d}:00"
        if row < 48
        else f"2024-03-0{row // 48 + 1}T{row % 48 // 2:02d}:{row % 2 * 30:02d}:00"
        for row in range(100)
    ]


def _edit_manifest(change: Callable[[dict[str, Any]], Any]) -> Callable[[Path], Any]:
    def edit(runs: Path) -> None:
        path = runs / "plain-1" / "model" / "model.json"
        document = json.loads(path.read_text(encoding="utf-8"))
        change(document)
        path.write_text(json.dumps(document), encoding="utf-8")

    return edit


def _cut_weights(runs: Path) -> None:
    path = runs / "plain-1" / "model" / "model.safetensors"
    path.write_bytes(path.read_bytes()[:200])


def _forget_source(runs: Path) -> None:
    _edit_manifest(lambda d: d["config"]["dataset"]["source"].update(path=str(runs / "gone.csv")))(
        runs
    )


def _unfinish(runs: Path) -> None:
    shutil.rmtree(runs / "plain-1" / "model")
    (runs / "plain-1" / "job.json").write_text("{}")


MISTAKES = (
    Mistake("no such run", "plain-2", 64, "There is no run plain-2. Did you mean runs/plain-1?"),
    Mistake(
        "unfinished run", "plain-1", 64, "The run runs/plain-1 has no model yet.", prepare=_unfinish
    ),
    Mistake("a folder of anything", "runs", 64, "runs holds no model"),
    Mistake(
        "weights cut off",
        "plain-1",
        74,
        "The model in runs/plain-1/model is damaged",
        prepare=_cut_weights,
    ),
    Mistake(
        "model of a newer release",
        "plain-1",
        74,
        "formatVersion 2; this release reads 1 to 1.",
        prepare=_edit_manifest(lambda d: d.update(formatVersion=2)),
    ),
    Mistake(
        "other bytes than the manifest says",
        "plain-1",
        74,
        "does not match the checksum",
        prepare=_edit_manifest(lambda d: d.update(weightsDigest="0" * 64)),
    ),
    Mistake(
        "input missing",
        "plain-1 --input nwe.csv",
        65,
        "There is no file nwe.csv. Did you mean 'new.csv'?",
        _table(),
    ),
    Mistake("input is a folder", "plain-1 --input runs", 65, "runs is a folder, not a file."),
    Mistake(
        "wrong columns",
        "plain-1 --input new.csv",
        65,
        "File new.csv has no column 'load'; it has time, laod, wind, plan. Did you mean 'laod'?",
        {("laod" if n == "load" else n): c for n, c in _table().items()},
    ),
    Mistake(
        "no time column",
        "plain-1 --input new.csv",
        65,
        "has no column 'time'; it has date, load",
        {("date" if n == "time" else n): c for n, c in _table().items()},
    ),
    Mistake(
        "too few rows",
        "plain-1 --input new.csv",
        65,
        "has 20 rows, 20 of them up to now, but the model looks back 48; they do not continue "
        "its stored history, which ends at 2024-01-17T15:00:00.",
        {n: c[:20] for n, c in _table().items()},
    ),
    Mistake(
        "no rows",
        "plain-1 --input new.csv",
        65,
        "File new.csv has a header but no rows.",
        {n: [] for n in _table()},
    ),
    Mistake(
        "coarser rows",
        "plain-1 --input new.csv",
        65,
        "has a row every 3 hours, but the model was trained on one every 1 hour.",
        _table(_every(3)),
    ),
    Mistake(
        "finer rows",
        "plain-1 --input new.csv",
        65,
        "has a row every 30 minutes, but the model was trained on one every 1 hour.",
        _table(_half_hours),
    ),
    Mistake(
        "one row between two hours",
        "plain-1 --input new.csv",
        65,
        "row 51 at 2024-03-03T02:10:00 lies between two steps",
        _table(_set("time", 50, "2024-03-03T02:10:00")),
    ),
    Mistake(
        "a gap too long",
        "plain-1 --input new.csv",
        65,
        "The table has no value of 'load' at 2024-03-04T04:00:00 (8 of the 48 rows",
        _table(_holes("load", 76, 84)),
    ),
    Mistake(
        "text in numbers",
        "plain-1 --input new.csv",
        65,
        "Row 91: column 'load' holds 'n.v.', which is not a number",
        _table(_set("load", 90, "n.v.")),
    ),
    Mistake(
        "a mark for missing",
        "plain-1 --input new.csv",
        65,
        "holds -9999 2 times",
        _table(lambda t: (_set("load", 90, -9999)(t), _set("load", 91, -9999)(t))),
    ),
    Mistake(
        "two rows of one time",
        "plain-1 --input new.csv",
        65,
        "both say 2024-03-01T05:00:00 but hold different values",
        _table(_set("time", 6, "2024-03-01T05:00:00")),
    ),
    Mistake(
        "no value anywhere",
        "plain-1 --input new.csv",
        65,
        "has no value of load in any row",
        _table(_holes("load", 0, 100)),
    ),
    Mistake(
        "unknown what-if column",
        "past-1 --what-if wnid=3",
        64,
        "What-if names column 'wnid', which the model does not see. Did you mean 'wind'?",
    ),
    Mistake(
        "what-if of the calendar",
        "plain-1 --what-if day_sin=3",
        64,
        "What-if cannot change 'day_sin'",
    ),
    Mistake("bad what-if value", "past-1 --what-if wind=much", 64, "'much' is not a finite number"),
    Mistake(
        "what-if without a value",
        "past-1 --what-if wind",
        64,
        "What-if expects COLUMN=VALUE, got 'wind'.",
    ),
    Mistake(
        "too many what-if rows", "past-1 --what-if wind=3 --what-if-rows 49", 64, "expected 1 to 48"
    ),
    Mistake(
        "horizon of nothing",
        "plain-1 --horizon 0",
        64,
        "The horizon is 0, expected at least 1 row.",
    ),
    Mistake("huge horizon", "plain-1 --horizon 999999999", 64, "is asked for at most 60."),
    Mistake(
        "horizon beyond a past column",
        "past-1 --horizon 7",
        64,
        "it would have to know 'wind', which it does not forecast.",
    ),
    Mistake(
        "horizon that is no number", "plain-1 --horizon soon", 2, "Invalid value for '--horizon'"
    ),
    Mistake(
        "inputs ahead missing",
        "ahead-1",
        65,
        "lacks 'plan' at 2024-01-17T16:00:00 to 2024-01-17T21:00:00 (6 of the 6 rows",
    ),
    Mistake(
        "inputs ahead too few",
        "ahead-1 --input new.csv",
        65,
        "lacks 'plan' at 2024-03-05T03:00:00 to 2024-03-05T04:00:00 (2 of the 6 rows",
        _table(lambda t: (_holes("load", 95, 100)(t), _set("plan", 99, None)(t))),
    ),
    Mistake("unknown series", "plain-1 --series north", 64, "The model has no series 'north'."),
    Mistake(
        "two starts",
        "plain-1 --input new.csv --newest",
        64,
        "--input and --newest both say where to start from.",
        _table(),
    ),
    Mistake(
        "a moment without rows", "plain-1 --at 2024-01-01", 64, "--at needs rows to choose from"
    ),
    Mistake(
        "a moment that is none",
        "plain-1 --newest --at noon",
        64,
        "--at expects a time, got 'noon'.",
    ),
    Mistake(
        "the source is gone",
        "plain-1 --newest",
        65,
        "There is no file",
        prepare=_forget_source,
    ),
    Mistake("no folder to write to", "plain-1 --out no/where.csv", 74, "there is no folder no."),
    Mistake(
        "unknown ending",
        "plain-1 --out forecast.xlsx",
        64,
        "the file's ending says its format, got '.xlsx'.",
    ),
    Mistake("a picture without ending", "plain-1 --plot forecast", 64, "got no ending."),
    Mistake(
        "two things that print",
        "plain-1 --plot terminal --json",
        64,
        "--plot terminal and --json both print.",
    ),
)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_a_mistake_is_a_sentence(
    invoke: Invoke, runs: Path, tmp_path: Path, mistake: Mistake
) -> None:
    """Each wrong request ends with its exit code and one explanation, nothing written."""
    mistake.prepare(runs)
    if mistake.table is not None:
        TABLES.write_table(tmp_path / "new.csv", mistake.table)
    before = sorted(path.name for path in tmp_path.iterdir())
    done = invoke("predict", *mistake.typed.split())
    said = " ".join(done.stderr.split())
    assert done.returncode == mistake.exit_code, said
    assert mistake.sentence in said
    assert "Traceback" not in said
    assert done.stdout == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    _keep(mistake, said)


def _keep(mistake: Mistake, said: str) -> None:
    """Append a mistake to the table that a person asked for."""
    path = os.environ.get("AZURAFORGE_SENTENCES")
    if path:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(
                f"| {mistake.name} | `predict {mistake.typed}` | {mistake.exit_code} | "
                f"{said.removeprefix('Error: ')} |\n"
            )
