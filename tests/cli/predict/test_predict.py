"""``azuraforge predict``: forecasts for people, scripts and files."""

import csv
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import polars as pl
import pytest

Invoke = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.parametrize(
    "named", ["plain-1", "runs/plain-1", "runs/plain-1/model", "runs/plain-1/model/model.json"]
)
def test_a_run_can_be_named_in_many_ways(invoke: Invoke, runs: Path, named: str) -> None:
    """By its name, its folder, its model's folder or the file in it."""
    assert runs.is_dir()
    done = invoke("predict", named, "--json")
    assert done.returncode == 0, done.stderr
    (part,) = json.loads(done.stdout)["series"]
    assert part["times"][0] == "2024-01-17T16:00:00"


@pytest.mark.usefixtures("runs")
def test_a_person_gets_a_table(invoke: Invoke) -> None:
    """The table shows times, values and intervals; a longer horizon is explained below."""
    done = invoke("predict", "plain-1", "--horizon", "8")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].rstrip() == "8 rows after 2024-01-17 15:00:00"
    assert lines[1].split() == ["TIME", "load", "80", "%", "95", "%"]
    assert lines[2].startswith("2024-01-17 16:00:00")
    assert "…" in lines[7]
    assert "…" not in lines[8]
    assert "They have no intervals." in " ".join(lines[10:])


@pytest.mark.usefixtures("runs")
def test_a_what_if_is_shown_beside_the_unchanged_forecast(invoke: Invoke) -> None:
    """The change stands in the heading, the difference in a column with its sign."""
    done = invoke("predict", "past-1", "--what-if", "load=+10%", "--what-if", "wind-=1")
    assert done.returncode == 0, done.stderr
    heading, columns, first = done.stdout.splitlines()[:3]
    assert heading.endswith("if load + 10 % and wind - 1")
    assert columns.split()[-2:] == ["UNCHANGED", "DIFFERENCE"]
    assert first.split()[-1][0] in "+-"


@pytest.mark.usefixtures("runs")
def test_files_hold_what_json_says(invoke: Invoke, tmp_path: Path) -> None:
    """CSV, Parquet, JSON and the printed document are one forecast."""
    for ending in ("csv", "parquet", "json"):
        done = invoke("predict", "plain-1", "--out", f"forecast.{ending}", "--json")
        assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert json.loads((tmp_path / "forecast.json").read_text(encoding="utf-8")) == document
    values = document["series"][0]["targets"][0]["values"]
    with (tmp_path / "forecast.csv").open(encoding="utf-8") as file:
        assert [float(row["load"]) for row in csv.DictReader(file)] == values
    frame = pl.read_parquet(tmp_path / "forecast.parquet")
    assert frame["load"].to_list() == values
    assert frame.schema["time"] == pl.Datetime("us")


@pytest.mark.usefixtures("runs")
def test_a_forecast_can_be_drawn(invoke: Invoke, tmp_path: Path) -> None:
    """As a file of its own, and in the terminal."""
    done = invoke("predict", "plain-1", "--plot", "forecast.svg")
    assert "Wrote forecast.svg" in done.stdout
    ET.parse(tmp_path / "forecast.svg")  # noqa: S314 - what we wrote ourselves
    done = invoke("predict", "plain-1", "--plot", "terminal")
    assert "load: seen │ forecast" in done.stdout


@pytest.mark.usefixtures("runs")
def test_rows_can_say_what_is_known_ahead(
    invoke: Invoke, tmp_path: Path, tables: SimpleNamespace
) -> None:
    """Rows whose target is empty bring what the model must know ahead, and are forecast."""
    table = tables.load_table(100, first="2024-03-01T00:00:00")
    table["load"][90:] = [None] * 10
    tables.write_table(tmp_path / "new.csv", table)
    done = invoke("predict", "ahead-1", "--input", "new.csv", "--horizon", "9", "--json")
    assert done.returncode == 65, "twelve rows are forecast in two turns, ten are known"
    done = invoke("predict", "ahead-1", "--input", "new.csv", "--json")
    assert done.returncode == 0, done.stderr
    (part,) = json.loads(done.stdout)["series"]
    assert part["times"] == table["time"][90:96]


@pytest.mark.usefixtures("runs")
def test_a_relative_source_is_found_from_anywhere(
    invoke: Invoke, tmp_path: Path, tables: SimpleNamespace
) -> None:
    """The newest rows of a file source are looked for where the command runs."""
    tables.write_table(tmp_path / "load.csv", tables.load_table(420))
    manifest = tmp_path / "runs" / "plain-1" / "model" / "model.json"
    document = json.loads(manifest.read_text(encoding="utf-8"))
    document["config"]["dataset"]["source"]["path"] = "load.csv"
    manifest.write_text(json.dumps(document), encoding="utf-8")
    done = invoke("predict", "plain-1", "--newest", "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["series"][0]["lastTime"] == "2024-01-18T11:00:00"
    assert document["notes"][0].startswith("The source goes up to 2024-01-18T11:00:00")
