"""``azuraforge datasets``, ``models``, ``predict``, ``compare`` and ``plugins`` with a service."""

import csv
import io
import json
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import polars as pl
import pytest

from azuraforge_api_harness.up_process import UpProcess
from azuraforge_client import Client

Invoke = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Return a table of four days."""
    start = datetime(2024, 1, 1, tzinfo=UTC)
    rows = [f"{start + timedelta(hours=hour):%Y-%m-%d %H:%M},{hour % 24}" for hour in range(96)]
    path = tmp_path / "Hourly Load.csv"
    path.write_text("\n".join(["time,load", *rows, ""]), encoding="utf-8")
    return path


def test_a_data_set_goes_up_and_comes_back(invoke: Invoke, table: Path, tmp_path: Path) -> None:
    """Upload, look, fetch the very bytes, delete after a question."""
    made = invoke("datasets", "upload", str(table))
    assert "hourly-load@1: 96 rows" in made.stdout
    assert "kind: dataset, name: hourly-load, version: 1" in made.stdout
    assert "hourly-load" in invoke("datasets", "list", "-o", "wide").stdout
    assert json.loads(invoke("datasets", "get", "hourly-load@1", "--json").stdout)["rows"] == 96
    assert "96" in invoke("datasets", "get", "hourly-load").stdout
    preview = invoke("datasets", "preview", "hourly-load").stdout
    assert "every 1 hour" in preview
    assert invoke("datasets", "download", "hourly-load", "--out", "copy.csv").returncode == 0
    assert (tmp_path / "copy.csv").read_bytes() == table.read_bytes()
    assert invoke("datasets", "download", "hourly-load", "--out", "new/folder/").returncode == 0
    assert [path.read_bytes() for path in (tmp_path / "new/folder").iterdir()] == [
        table.read_bytes()
    ]
    wrong = invoke("datasets", "download", "hourly-load", "--out", "copy.csv/folder/")
    assert (wrong.returncode, "the folder cannot be made" in wrong.stderr) == (2, True)
    unasked = invoke("datasets", "delete", "hourly-load@1")
    assert (unasked.returncode, "--yes" in unasked.stderr) == (2, True)
    assert invoke("datasets", "delete", "hourly-load", "--yes").returncode == 0
    assert invoke("datasets", "get", "hourly-load").returncode == 66


def test_a_file_of_any_name_makes_a_data_set(invoke: Invoke, tmp_path: Path) -> None:
    """Letters keep their base in the name, counts are said as one says them, long cells are cut."""
    text = "x" * 100
    (tmp_path / "Größe & Maß.csv").write_text(f"time,text\n2024-01-01,{text}\n", encoding="utf-8")
    made = invoke("datasets", "upload", "Größe & Maß.csv")
    assert "grosse-mass@1: 1 row," in made.stdout
    preview = invoke("datasets", "preview", "grosse-mass").stdout
    assert ("x…" in preview, text in preview) == (True, False)
    assert "with 1 version for ever" in invoke("datasets", "delete", "grosse-mass").stderr


def test_what_is_no_table_is_told(invoke: Invoke, tmp_path: Path) -> None:
    """A wrong ending, a missing file, rows that are none: each its sentence and its code."""
    (tmp_path / "notes.txt").touch()
    (tmp_path / "empty.csv").touch()
    (tmp_path / "---.csv").touch()
    assert invoke("datasets", "upload", "notes.txt").returncode == 64
    assert invoke("datasets", "upload", "---.csv").returncode == 2
    assert invoke("datasets", "upload", "--", "---.csv").returncode == 64
    assert invoke("datasets", "upload", "missing.csv").returncode == 74
    assert invoke("datasets", "upload", "empty.csv").returncode == 65


def test_a_model_is_shown_named_and_fetched(invoke: Invoke, tmp_path: Path) -> None:
    """The library by hand: figures beside baselines, aliases, files."""
    assert "dlinear" in invoke("models", "list").stdout
    shown = invoke("models", "get", "night").stdout
    assert "RIDGE" in shown
    (line,) = [line for line in shown.splitlines() if line.startswith("test.mse ")]
    assert len(line.split()) == 5
    assert "champion stands for night@1" in invoke("models", "alias", "night@1", "champion").stdout
    promoted = invoke("models", "promote", "night@latest", "champion")
    assert "stood already" in promoted.stdout
    listed = json.loads(invoke("models", "versions", "night", "--json").stdout)["items"]
    assert listed[0]["aliases"] == ["champion"]
    assert invoke("models", "alias", "night", "champion").returncode in {0, 64}
    protected = invoke("models", "delete", "night@champion", "--yes")
    assert (protected.returncode, "champion" in protected.stderr) == (73, True)
    assert invoke("models", "delete", "night", "--yes").returncode == 64
    assert invoke("models", "download", "night@champion").returncode == 0
    assert (tmp_path / "night-1.zip").is_file()
    assert invoke("models", "export", "night", "--out", "n.onnx").returncode == 0
    assert (tmp_path / "n.onnx").is_file()
    assert invoke("models", "report", "night", "--out", "n.html").returncode == 0
    assert "<html" in (tmp_path / "n.html").read_text("utf-8")
    assert invoke("models", "alias", "night", "champion", "--remove").returncode == 0


def test_a_run_of_elsewhere_is_imported(invoke: Invoke, up: UpProcess, client: Client,
                                        tmp_path: Path) -> None:  # fmt: skip
    """A run's folder becomes a version; the same run twice is a conflict."""
    job = client.jobs.get("night")
    run = tmp_path / "runs" / "night-1"
    shutil.copytree(up.data / "runs" / job.uid, run)
    text = (
        (run / "job.json")
        .read_text("utf-8")
        .replace(job.uid, "11111111-2222-4333-8444-555555555555")
    )
    text = text.replace('"night"', '"elsewhere"')
    (run / "job.json").write_text(text, encoding="utf-8")
    shutil.rmtree(run / "events")
    made = invoke("models", "import", "night-1", "--model", "brought", "--alias", "candidate")
    assert (made.returncode, "brought@1" in made.stdout) == (0, True), made.stderr
    assert invoke("models", "import", str(run), "--model", "brought").returncode == 73
    assert invoke("models", "import", "missing").returncode == 64


def test_the_service_forecasts_as_this_machine_does(
    invoke: Invoke, up: UpProcess, client: Client, tmp_path: Path
) -> None:
    """MODEL@VERSION is forecast there: table, files and JSON are those of a run of this machine."""
    run = str(up.data / "runs" / client.jobs.get("night").uid)
    there = invoke("predict", "night@latest", "--horizon", "3", "--out", "there.csv")
    here = invoke("predict", run, "--horizon", "3", "--out", "here.csv")
    assert there.returncode == here.returncode == 0, there.stderr
    one, other = (pl.read_csv(tmp_path / f"{name}.csv") for name in ("there", "here"))
    assert one.columns == other.columns
    assert (
        one.select(pl.col(pl.Float64)) - other.select(pl.col(pl.Float64))
    ).to_numpy().max() < 1e-2
    document = json.loads(invoke("predict", "night@1", "--what-if", "temp=+2", "--json").stdout)
    assert document["model"]["name"] == "night"
    start = datetime(2013, 12, 1, tzinfo=UTC)
    times = [f"{start + timedelta(hours=hour):%Y-%m-%dT%H:%MZ}" for hour in range(24)]
    rows = pl.DataFrame(
        {"time": times, "series": ["JFK"] * 24, "temp": [float(n) for n in range(24)]}
    )
    rows.write_csv(tmp_path / "rows.csv")
    rows.write_parquet(tmp_path / "rows.parquet")
    said = [
        invoke("predict", "night@1", "--input", f"rows.{ending}").stdout
        for ending in ("csv", "parquet")
    ]
    assert said[0] == said[1]
    assert "2013-12-02" in said[0]
    assert invoke("predict", "night@9").returncode == 66
    assert invoke("predict", "night@1", "--input", "missing.csv").returncode == 74


def test_a_forecast_of_the_service_is_drawn(invoke: Invoke, tmp_path: Path) -> None:
    """--plot draws what was told: the forecast and its intervals, and nothing of what was seen."""
    drawn = invoke("predict", "night@1", "--horizon", "6", "--plot", "forecast.svg")
    assert (drawn.returncode, "Wrote forecast.svg" in drawn.stdout) == (0, True), drawn.stderr
    picture = ET.fromstring((tmp_path / "forecast.svg").read_text("utf-8"))  # noqa: S314 - our own
    words = [element.text for element in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert ("forecast" in words, "seen" in words) == (True, False)
    paths = [element.get("d") for element in picture.iter("{http://www.w3.org/2000/svg}path")]
    assert paths
    assert not any("nan" in str(path) or path == "" for path in paths)
    chart = invoke("predict", "night@1", "--horizon", "6", "--plot", "terminal").stdout
    assert ": forecast\n" in chart
    assert any("\u2800" <= letter <= "\u28ff" for letter in chart)
    asked = ("predict", "night@1", "--what-if", "temp=+2", "--plot", "changed.svg", "--json")
    document = json.loads(invoke(*asked).stdout)
    assert document["id"]  # the service's own document, with its identity
    assert "unchanged" in (tmp_path / "changed.svg").read_text("utf-8")
    assert invoke("predict", "night@1", "--plot", "forecast.png").returncode == 64
    assert invoke("predict", "night@1", "--plot", "terminal", "--json").returncode == 64


def test_runs_are_compared(invoke: Invoke, client: Client, tmp_path: Path) -> None:
    """Table, settings, curves, CSV and page."""
    other = client.jobs.clone("night", name="other", config={"training": {"epochs": 2}})
    assert invoke("jobs", "wait", other.uid, "--timeout", "120").returncode == 0
    runs = ("compare", "night", "other")
    lines = {
        line.split()[0]: line.split()[1:] for line in invoke(*runs).stdout.splitlines() if line
    }
    assert lines["config.training.epochs"] == ["1", "2"]
    assert lines["model"] == ["night@1", "other@1"]
    assert len(lines["test.mse"]) == 2
    assert "config.training.epochs" in invoke(*runs, "--settings").stdout
    curve = invoke(*runs, "--series", "validation.mse", "--axis", "epoch").stdout
    assert "LAST EPOCH" in curve
    rows = list(csv.DictReader(io.StringIO(invoke(*runs, "--csv", "--sort", "-name").stdout)))
    assert {row["name"] for row in rows} == {"night", "other"}
    assert invoke(*runs, "--page", "page.html").returncode == 0
    assert (tmp_path / "page.html").is_file()
    assert invoke(*runs, "--page", ".").returncode == 0
    assert (tmp_path / "comparison.html").is_file()
    assert invoke("models", "report", "night", "--out", ".").returncode == 0
    assert (tmp_path / "report.html").is_file()
    lost = invoke("models", "report", "night", "--out", "missing/report.html")
    assert (lost.returncode, "Name a file in a folder" in lost.stderr) == (74, True)
    assert len(json.loads(invoke(*runs, "--json").stdout)["rows"]) == 2
    assert invoke(*runs, "--csv", "--settings").returncode == 64
    assert invoke("compare", "night").returncode == 64


def test_the_pipelines_of_the_service_are_listed(invoke: Invoke) -> None:
    """What can be trained there, in the words for what can be trained here."""
    there, here = (invoke("plugins", "list", *flag).stdout for flag in (("--remote",), ()))
    assert there.split() == here.split()
    shown = invoke("plugins", "show", "forecaster", "--remote").stdout
    assert shown == invoke("plugins", "show", "forecaster").stdout
    listed = json.loads(invoke("plugins", "list", "--remote", "--json").stdout)["items"]
    assert {"forecaster", "weather-forecaster"} <= {each["name"] for each in listed}
