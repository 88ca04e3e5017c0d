"""``azuraforge backtest``: the table, the JSON document, and every way to ask wrongly."""

import json
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

Invoke = Callable[..., subprocess.CompletedProcess[str]]
Start = Callable[..., subprocess.Popen[str]]

JOB = """\
apiVersion: azuraforge.io/v1alpha1
kind: TrainingJob
metadata:
  name: tested
spec:
  pipeline: forecaster
  device: cpu
  config:
    dataset:
      source: {kind: sample}
      series: [JFK]
      target_columns: [temp]
    window: {lookback: 24, horizon: 6}
    model: {kind: last-value}
    training: {epochs: 1}
"""
SMALL_TABLE = "time,value\n" + "".join(
    f"2024-01-{day:02d}T{hour:02d}:00,{(day * 7 + hour * 3) % 11}\n"
    for day in range(1, 6)
    for hour in range(24)
)
STOP_SECONDS = 120.0

OTHER_PLUGIN = '''
from azuraforge_contract.validation import StrictModel
from azuraforge_core.pipelines.pipeline import Pipeline


class Empty(StrictModel):
    """No settings."""


class Counter(Pipeline[Empty]):
    """Counts."""

    name = "counter"
    title = "Counter"
    description = "Counts."
    metrics = ()
    config_model = Empty

    def dataset(self, config):
        raise AssertionError

    def open_run(self, config, dataset, context):
        raise AssertionError


PLUGIN = Counter
'''


@pytest.fixture
def job(tmp_path: Path) -> Path:
    """Return a valid job file of a model that needs no training."""
    path = tmp_path / "job.yaml"
    path.write_text(JOB)
    return path


def test_prints_a_table_with_every_model_and_the_verdict(invoke: Invoke, job: Path) -> None:
    """A row for each fold and one for all, the verdict, and where report and table lie."""
    done = invoke("backtest", "-f", str(job), "--folds", "3")
    assert done.returncode == 0, done.stderr
    header = " ".join(done.stdout.split("\n\n")[1].splitlines()[1:3])
    for words in ("from", "windows", "Last value", "seasonal", "naive", "ridge", "in 95 %", " p"):
        assert words in header
    assert "worse than ridge: use ridge" in done.stdout
    assert "backtests/tested-1/backtest.html" in done.stdout
    folder = job.parent / "backtests" / "tested-1"
    assert {path.name for path in folder.iterdir()} >= {
        "backtest.html",
        "folds.csv",
        "result.json",
        "backtest.json",
    }


def test_json_is_one_document_on_stdout(invoke: Invoke, job: Path) -> None:
    """--json prints the result alone; what happens meanwhile goes to stderr."""
    done = invoke("backtest", "-f", str(job), "--folds", "2", "--json")
    document = json.loads(done.stdout)
    assert [fold["number"] for fold in document["folds"]] == [1, 2]
    assert document["verdict"]["level"] == "worse"
    assert document["plan"]["refit"] is True
    assert document == json.loads(
        (job.parent / "backtests" / "tested-1" / "result.json").read_text()
    )
    assert "fold 2" in done.stderr


def test_the_same_command_goes_on_where_it_was(invoke: Invoke, job: Path) -> None:
    """Given again it takes finished folds up; another job gets a folder of its own."""
    arguments = ("backtest", "-f", str(job), "--folds", "2")
    first = invoke(*arguments)
    again = invoke(*arguments)
    other = invoke(*arguments, "--window", "sliding")
    assert again.stdout.count("finished before") == 2
    assert "tested-1" in again.stdout
    assert "tested-2" in other.stdout
    assert first.stdout.split("\n\n")[1] == again.stdout.split("\n\n")[1]


def test_settings_change_the_job(invoke: Invoke, job: Path) -> None:
    """--set and --no-refit reach the backtest."""
    done = invoke(
        "backtest",
        *("-f", str(job), "--folds", "2", "--no-refit", "--json"),
        *("--set", "config.model.kind=seasonal-naive", "--out", "mine"),
    )
    document = json.loads(done.stdout)
    assert document["model"]["kind"] == "seasonal-naive"
    assert document["folds"][0]["train"] == document["folds"][1]["train"]
    assert (job.parent / "mine" / "backtest.html").exists()


def test_a_file_beside_the_job_is_found(invoke: Invoke, job: Path) -> None:
    """A relative path in the job is relative to the job file, wherever the command runs."""
    inner = job.parent / "inner"
    inner.mkdir()
    (inner / "table.csv").write_text(SMALL_TABLE)
    (inner / "job.yaml").write_text(_with_table())
    done = invoke("backtest", "-f", "inner/job.yaml", "--folds", "2", "--json")
    assert done.returncode == 0, done.stderr
    assert (job.parent / "backtests" / "tested-1").is_dir()


@dataclass(frozen=True)
class Case:
    """One way to ask wrongly.

    Attributes:
        name: what is wrong, for the test's name.
        arguments: behind ``azuraforge backtest -f job.yaml``.
        code: the exit code.
        sentences: what stderr says; each must be there.
        content: the job file.
    """

    name: str
    arguments: tuple[str, ...]
    code: int
    sentences: tuple[str, ...]
    content: str = field(default=JOB)


def _with_table() -> str:
    file = "{kind: file, path: table.csv, time_column: time}"
    columns = "      series: [JFK]\n      target_columns: [temp]\n"
    return JOB.replace("{kind: sample}", file).replace(columns, "")


CASES = [
    Case("no fold", ("--folds", "0"), 2, ("--folds", "expected at least 2, got 0")),
    Case("one fold", ("--folds", "1"), 2, ("expected at least 2, got 1", "azuraforge run")),
    Case("folds in words", ("--folds", "three"), 2, ("--folds", "valid integer")),
    Case(
        "more folds than rows",
        ("--folds", "5000"),
        65,
        ("of 5000 has 0 rows to test on", "At most 727 folds fit into these rows"),
    ),
    Case("first of nothing", ("--first", "0"), 2, ("between 0 and 1, got 0",)),
    Case("first of all", ("--first", "1.5"), 2, ("between 0 and 1, got 1.5",)),
    Case(
        "first too early",
        ("--first", "0.002"),
        65,
        ("Fold 1 has 11 rows to train on", "needs 30", "--first"),
    ),
    Case("bad window word", ("--window", "rolling"), 2, ("'rolling'", "expanding", "sliding")),
    Case("bad device", ("--device", "tpu"), 2, ("'tpu'", "gpu", "cpu")),
    Case(
        "unknown field",
        ("--set", "config.training.epoch=3"),
        64,
        ("spec.config.training.epoch", "epochs"),
    ),
    Case("setting without a value", ("--set", "config"), 64, ("PATH=VALUE", "'config'")),
    Case(
        "unknown pipeline",
        ("--set", "pipeline=forcaster"),
        64,
        ("no plugin is called 'forcaster'", "Did you mean 'forecaster'?"),
    ),
    Case(
        "a pipeline that does not forecast",
        ("--set", "pipeline=counter", "--set", "config={}"),
        64,
        ("'counter' does not forecast a table", "azuraforge plugins list"),
    ),
    Case(
        "a series that is not there",
        ("--set", "config.dataset.series=[JKF]"),
        65,
        ("JKF", "JFK"),
    ),
    Case(
        "a table that is not there",
        (),
        65,
        ("table.csv",),
        _with_table().replace("table.csv", "missing-table.csv"),
    ),
    Case(
        "a table shorter than a window",
        ("--set", "config.window.lookback=500"),
        65,
        ("The table has 120 rows, but one window takes 506",),
        _with_table(),
    ),
    Case(
        "a folder that cannot be made",
        ("--out", "job.yaml/inside"),
        64,
        ("is a file", "--out"),
    ),
    Case("a folder with something else", ("--out", "full"), 64, ("holds no backtest", "--out")),
    Case(
        "not YAML",
        (),
        64,
        ("not valid YAML at line",),
        JOB.replace("[JFK]", "[JFK"),
    ),
]


@pytest.mark.usefixtures("install_counter")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_asking_wrongly_gives_a_sentence(case: Case, invoke: Invoke, tmp_path: Path) -> None:
    """Each wrong question ends with its exit code and words that say what to ask instead."""
    (tmp_path / "job.yaml").write_text(case.content)
    (tmp_path / "table.csv").write_text(SMALL_TABLE)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").write_text("mine")
    done = invoke("backtest", "-f", "job.yaml", *case.arguments)
    assert done.returncode == case.code, done.stderr
    for sentence in case.sentences:
        assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert "bug of AzuraForge" not in done.stderr
    assert not (tmp_path / "backtests").exists()


@pytest.fixture
def install_counter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install a real plugin that does not forecast."""
    site = tmp_path / "site"
    information = site / "counter_plugin-1.0.dist-info"
    information.mkdir(parents=True)
    (site / "counter_plugin.py").write_text(OTHER_PLUGIN)
    (information / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: counter-plugin\nVersion: 1.0\n"
    )
    (information / "entry_points.txt").write_text(
        "[azuraforge.pipelines]\ncounter = counter_plugin:PLUGIN\n"
    )
    monkeypatch.syspath_prepend(str(site))


def test_a_missing_job_file_is_named(invoke: Invoke) -> None:
    """A job file that is not there: exit code 64 and its name."""
    done = invoke("backtest", "-f", "nowhere.yaml")
    assert done.returncode == 64
    assert "nowhere.yaml" in done.stderr


def test_a_gpu_that_is_not_there_is_refused(
    invoke: Invoke, job: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job for a GPU never runs on the CPU instead: exit code 78, and nothing is written."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    done = invoke("backtest", "-f", str(job), "--device", "gpu")
    assert done.returncode == 78
    assert "GPU cannot be used" in done.stderr
    assert not (job.parent / "backtests").exists()


def test_a_folder_of_another_job_is_refused(invoke: Invoke, job: Path) -> None:
    """--out with the folder of another backtest: exit code 64, and it says what differs."""
    arguments = ("backtest", "-f", str(job), "--folds", "2", "--out", "mine")
    assert invoke(*arguments).returncode == 0
    done = invoke(*arguments, "--set", "seed=7")
    assert done.returncode == 64
    assert "holds a backtest that differs in the seed" in done.stderr


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="there is no /proc")
def test_a_folder_that_cannot_be_written_is_told(invoke: Invoke, job: Path) -> None:
    """--out where no folder can be made, even by root: exit code 74 and what to do."""
    done = invoke("backtest", "-f", str(job), "--out", "/proc/backtest")
    assert done.returncode == 74
    assert "/proc/backtest cannot be created" in done.stderr
    assert "--out" in done.stderr


def test_ctrl_c_keeps_what_is_finished(start: Start, job: Path) -> None:
    """Ctrl-C ends with 75 and says how to go on; the same command then does, to the same end."""
    arguments = ("backtest", "-f", "job.yaml", "--folds", "2", "--out", "stopped")
    training = ("--set", "config.model={kind: dlinear}", "--set", "config.training.epochs=400")
    patience = ("--set", "config.training.early_stopping=null")
    process = start(*arguments, *training, *patience)
    _wait_for_checkpoint(job.parent / "stopped" / "folds" / "1" / "checkpoints", process)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=STOP_SECONDS)
    assert process.returncode == 75, told
    assert "0 of 2 folds are finished and kept in stopped" in told
    assert "give the same command again" in told


def _wait_for_checkpoint(folder: Path, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + STOP_SECONDS
    while not any(folder.glob("*.safetensors")):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "no checkpoint in time"
        time.sleep(0.05)
