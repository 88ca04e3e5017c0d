"""``azuraforge report`` on a real run: drawn anew from its folder alone, compared, or refused."""

import csv
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from azuraforge_local.run_folders import RUNS

Invoke = Callable[..., subprocess.CompletedProcess[str]]
EXAMPLE = Path(__file__).parents[2] / "examples" / "weather.yaml"
RIDGE = ("--set", "config.model={kind: ridge}")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return a folder for each finished run; filled by the first test that asks."""
    return {"root": tmp_path_factory.mktemp("trained")}


@pytest.fixture
def finished(invoke: Invoke, trained: dict[str, Path]) -> Path:
    """Return the folder of a finished ridge run."""
    folder = trained["root"] / "ridge"
    if not folder.exists():
        done = invoke("run", "-f", str(EXAMPLE), "--out", str(folder), *RIDGE)
        assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def moved(finished: Path, tmp_path: Path) -> Path:
    """Return what a report needs of that run, in another folder and nothing else."""
    folder = tmp_path / RUNS / "moved"
    shutil.copytree(finished / "report", folder / "report")
    (folder / "report" / "report.html").unlink()
    return folder


def test_a_report_is_drawn_from_its_folder_alone(
    invoke: Invoke, finished: Path, moved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Moved, without model, plugins and data, a run gives the very page it gave when trained."""
    monkeypatch.setattr("importlib.metadata.entry_points", lambda **_: ())
    done = invoke("report", "moved")
    assert (done.returncode, done.stderr) == (0, "")
    assert "better than last value" in done.stdout
    page = (moved / "report" / "report.html").read_bytes()
    assert page == (finished / "report" / "report.html").read_bytes()


def test_the_report_looks_closely_at_the_errors(invoke: Invoke, moved: Path) -> None:
    """A real run's page holds every section, intervals and importance among them."""
    done = invoke("report", str(moved), "--out", "page.html", "--json")
    printed = json.loads(done.stdout)
    assert (printed["report"], printed["model"], printed["unit"]) == ("page.html", "ridge", "°F")
    page = Path("page.html").read_text(encoding="utf-8")
    for section in ("scores", "forecasts", "errors", "intervals", "residuals", "inputs", "data"):
        assert f'<section id="{section}"' in page
    assert "80 % interval" in page
    assert 'class="timeline"' in page
    assert len(page) < 1_500_000


def test_runs_are_put_side_by_side(invoke: Invoke, finished: Path, moved: Path) -> None:
    """A comparison is one page, one table for spreadsheets and one document for scripts."""
    done = invoke("report", str(finished), str(moved), "--compare")
    assert done.returncode == 0
    assert "ridge and moved are about equally good" in Path("comparison.html").read_text("utf-8")
    done = invoke("report", str(finished), str(moved), "--compare", "--out", "t.csv", "--json")
    rows = list(csv.DictReader(Path("t.csv").read_text(encoding="utf-8").splitlines()))
    assert [row["run"] for row in rows] == ["ridge", "moved"]
    assert [row["mse"] for row in json.loads(done.stdout)["runs"]] == [
        float(row["mse"]) for row in rows
    ]


def _edit(folder: Path, change: Callable[[dict[str, object]], None]) -> None:
    path = folder / "report" / "facts.json"
    document = json.loads(path.read_bytes())
    change(document)
    path.write_text(json.dumps(document), encoding="utf-8")


def _other_target(document: dict[str, object]) -> None:
    text = json.dumps(document["facts"]["dataset"]["table"]["columns"][0])  # type: ignore[index]
    document["facts"]["dataset"]["table"]["columns"][0] = json.loads(  # type: ignore[index]
        text.replace('"temp"', '"load"')
    )


def _spoil(folder: Path) -> None:
    """Lay runs beside a good one that a report cannot be drawn from."""
    for name in ("unfinished", "damaged", "newer", "other", "old", "empty"):
        shutil.copytree(folder, folder.with_name(name))
    runs = folder.parent
    shutil.rmtree(runs / "unfinished" / "report")
    (runs / "unfinished" / "job.json").write_text("{}", encoding="utf-8")
    (runs / "damaged" / "report" / "facts.json").write_text('{"formatVersion": 1', "utf-8")
    _edit(runs / "newer", lambda document: document.update(formatVersion=99))
    _edit(runs / "other", _other_target)
    (runs / "old" / "report" / "facts.json").rename(runs / "old" / "report" / "report.html")
    shutil.rmtree(runs / "empty" / "report")


CASES: tuple[tuple[tuple[str, ...], int, str, str], ...] = (
    (("nowhere",), 64, "There is no run in nowhere.", "Name the folder of a finished run"),
    (("unfinished",), 64, "is not finished, so it has no report yet.", "azuraforge status"),
    (("empty",), 64, "is not the folder of a run", "Name the folder of a finished run"),
    (("old",), 64, "was trained by an earlier release", "train again"),
    (("damaged",), 74, "facts.json is damaged", "Restore it from a backup"),
    (("newer",), 74, "has formatVersion 99; this release reads 1 to 1.", "Upgrade AzuraForge"),
    (
        ("moved", "--out", "no/such/folder/r.html"),
        74,
        "Cannot write no/such/folder/r.html",
        "Check",
    ),
    (("moved", "--out", "."), 64, "is a folder, not a file to write.", "Name a file in it"),
    (("moved", "newer"), 2, "2 runs were named: add --compare", "--help"),
    (("moved", "--compare"), 2, "--compare takes 2 to 8 runs, got 1.", "--help"),
    (("moved",) * 9 + ("--compare",), 2, "--compare takes 2 to 8 runs, got 9.", "--help"),
    (("moved", "runs/moved", "--compare"), 2, "are the same run; name each once.", "--help"),
    (("moved", "other", "--compare"), 65, "moved temp; other load.", "Compare runs of one target"),
    (("moved", "damaged", "--compare"), 74, "facts.json is damaged", "Restore it from a backup"),
)


@pytest.mark.parametrize(("arguments", "code", "said", "remedy"), CASES)
def test_what_cannot_be_drawn_is_explained(
    arguments: tuple[str, ...], code: int, said: str, remedy: str, invoke: Invoke, moved: Path
) -> None:
    """Each trouble has its exit code, a sentence with what was got, and what to do."""
    _spoil(moved)
    done = invoke("report", *arguments)
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert remedy in done.stderr
    assert "Traceback" not in done.stderr


def test_a_cell_is_no_formula(invoke: Invoke, moved: Path, finished: Path) -> None:
    """A run's name cannot become a formula in somebody's spreadsheet."""
    evil = moved.with_name("=SUM(A1)")
    shutil.copytree(moved, evil)
    invoke("report", str(evil), str(finished), "--compare", "--out", "t.csv")
    assert "\n'=SUM(A1)," in Path("t.csv").read_text(encoding="utf-8").replace("\r", "")
