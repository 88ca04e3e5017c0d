"""Broken tables through ``azuraforge run``: an exit code and a sentence for each, nothing else.

The table of them belongs to the tests of the data. Starting a process for each would take minutes,
so most run the whole command with the trainer inside this process; a few run it as it is.
"""

import json
import logging
import os
import runpy
import subprocess
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from azuraforge_local import run_executor, trainer_process
from azuraforge_local.attempt_files import AttemptFiles, ProcessRecord
from azuraforge_local.trainer_process import TrainerProcess, TrainerSetting
from azuraforge_trainer.process import TrainerProcess as Trainer
from azuraforge_trainer.stop_request import StopRequest

Invoke = Callable[..., subprocess.CompletedProcess[str]]

DATA_TESTS = Path(__file__).parents[1] / "core" / "data"
BROKEN_TABLES: Any = runpy.run_path(str(DATA_TESTS / "broken_tables.py"))["BROKEN_TABLES"]
WINDOW: Any = runpy.run_path(str(DATA_TESTS / "broken_tables.py"))["WINDOW"]
WHOLE = ("missing file", "text in numbers", "empty part")


class _EndedTrainer(TrainerProcess):
    """A trainer that ran in this process and has ended."""

    def __init__(self, record: ProcessRecord, exit_code: int) -> None:
        super().__init__(record, None)
        self._exit_code = exit_code

    def is_running(self) -> bool:
        return False

    def exit_code(self) -> int:
        return self._exit_code


@pytest.fixture
def trainer_inside(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the executor run the trainer in this process, to its end."""

    def start(setting: TrainerSetting, attempt: int) -> tuple[TrainerProcess, ProcessRecord]:
        files = AttemptFiles(setting.run, attempt)
        files.make_folders()
        record = ProcessRecord(attempt, os.getpid(), "0", "2026-01-01T00:00:00.000Z")
        for name, value in trainer_process._environment(setting, files).items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(setting.working_directory)
        return _EndedTrainer(record, Trainer(StopRequest()).run()), record

    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    monkeypatch.setattr(run_executor, "start_trainer", start)
    with warnings.catch_warnings():
        yield
    logging.captureWarnings(False)
    root.handlers[:] = handlers
    root.setLevel(level)


def _write_job(broken: Any, folder: Path) -> Path:
    """Write the table and a job that names it relative to itself, and return the job's file."""
    folder.mkdir()
    table = broken.write(folder)
    source = {"kind": "file", "path": table.name, "time_column": "date", **broken.source}
    job = {
        "apiVersion": "azuraforge.io/v1alpha1",
        "kind": "TrainingJob",
        "metadata": {"name": "broken"},
        "spec": {
            "pipeline": "forecaster",
            "device": "cpu",
            "config": {
                "dataset": {"source": source, "calendar_features": False, **broken.dataset},
                "window": WINDOW,
                "model": {"kind": "last-value"},
            },
        },
    }
    path = folder / "job.json"  # in YAML, a column called y would have to be quoted
    path.write_text(json.dumps(job, default=dict), encoding="utf-8")
    return path


def _check(broken: Any, finished: subprocess.CompletedProcess[str]) -> None:
    assert finished.returncode == broken.exit_code, finished.stderr
    assert broken.sentence in finished.stderr
    assert "Traceback" not in finished.stdout + finished.stderr
    assert "logs" not in finished.stderr  # a person needs no log for a mistake that is explained


@pytest.mark.usefixtures("trainer_inside")
@pytest.mark.parametrize("broken", BROKEN_TABLES, ids=lambda broken: broken.name)
def test_a_broken_table_ends_a_run_with_a_sentence(
    broken: Any, invoke: Invoke, tmp_path: Path
) -> None:
    """The command says what is wrong with the table, and its exit code says whose fault it is."""
    _check(broken, invoke("run", "-f", str(_write_job(broken, tmp_path / "job"))))


@pytest.mark.parametrize(
    "broken",
    [found for found in BROKEN_TABLES if found.name in WHOLE],
    ids=lambda found: found.name,
)
def test_a_broken_table_ends_a_whole_run_with_a_sentence(
    broken: Any, invoke: Invoke, tmp_path: Path
) -> None:
    """The same with the trainer as the process that it is."""
    _check(broken, invoke("run", "-f", str(_write_job(broken, tmp_path / "job"))))
