"""The real trainer process on a small real job, with plugins installed for the test."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from azuraforge_contract.environment import (
    ATTEMPT,
    CACHE_DIR,
    JOB_FILE,
    RUN_DIR,
    TERMINATION_FILE,
)
from azuraforge_contract.events import Event, decode_event
from azuraforge_contract.run_folder import RunFolder
from azuraforge_contract.termination import TerminationMessage

DEADLINE_SECONDS = 120.0
"""Far more than anything here needs, so that only a hang reaches it."""
POLL_SECONDS = 0.02
LONG_EPOCHS = 25
"""Enough to be interrupted within: the first checkpoint is seen long before the last epoch."""


@dataclass
class TrainerJob:
    """One job in a folder of its own, and its attempts as processes."""

    folder: Path
    cache: Path
    spec: dict[str, Any]
    uid: str = "uid-1"
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def run(self) -> RunFolder:
        """Return the run's folder."""
        return RunFolder(self.folder / "runs" / self.uid)

    @property
    def termination_file(self) -> Path:
        """Return where the last word goes."""
        return self.folder / f"{self.uid}.termination.json"

    @property
    def termination(self) -> TerminationMessage:
        """Return the last word of the latest attempt."""
        message = TerminationMessage.decode(self.termination_file.read_text(encoding="utf-8"))
        assert message is not None
        return message

    @property
    def weights(self) -> bytes:
        """Return the finished model's bytes."""
        return self.run.model_weights.read_bytes()

    def events(self, attempt: int = 0) -> list[Event]:
        """Return the whole lines of an attempt's event file."""
        path = self.run.events_file(attempt)
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        return [decode_event(line) for line in text.splitlines(keepends=True) if line[-1] == "\n"]

    def start(self, attempt: int = 0) -> subprocess.Popen[str]:
        """Start an attempt."""
        document = {
            "apiVersion": "azuraforge.io/v1alpha1",
            "kind": "TrainingJob",
            "metadata": {"name": "small", "uid": self.uid},
            "spec": self.spec,
        }
        job_file = self.folder / f"{self.uid}.job.json"
        job_file.write_text(json.dumps(document), encoding="utf-8")
        variables = {
            JOB_FILE: str(job_file),
            ATTEMPT: str(attempt),
            CACHE_DIR: str(self.cache),
            RUN_DIR: str(self.run.root),
            TERMINATION_FILE: str(self.termination_file),
            **self.variables,
        }
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "azuraforge_trainer"],
            env={**os.environ, **variables},
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def finish(self, attempt: int = 0) -> tuple[int, str]:
        """Run an attempt to its end; return its exit code and its log."""
        with self.start(attempt) as process:
            try:
                _, log = process.communicate(timeout=DEADLINE_SECONDS)
            finally:
                process.kill()
        return process.returncode, log

    def interrupt(self, number: signal.Signals, *, when: str, attempt: int = 0) -> int:
        """Start an attempt, send it a signal once an event of a type is there; return its code."""
        with self.start(attempt) as process:
            try:
                self.wait_for(process, when, attempt)
                process.send_signal(number)
                process.communicate(timeout=DEADLINE_SECONDS)
            finally:
                process.kill()
        return process.returncode

    def wait_for(self, process: subprocess.Popen[str], kind: str, attempt: int = 0) -> None:
        """Wait until the attempt has told an event of a type."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not any(event.type == kind for event in self.events(attempt)):
            assert time.monotonic() < deadline, f"no {kind} within {DEADLINE_SECONDS} s"
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=POLL_SECONDS)
                pytest.fail(f"ended with {process.returncode} before {kind}")


def small_spec(**training: Any) -> dict[str, Any]:
    """Return a spec that trains a linear model on the sample in well under a second."""
    return {
        "pipeline": "forecaster",
        "device": "cpu",
        "resources": {"cpu": 1},
        "config": {
            "dataset": {
                "source": {"kind": "sample"},
                "series": ["JFK"],
                "target_columns": ["temp"],
            },
            "window": {"lookback": 24, "horizon": 4},
            "model": {"kind": "dlinear", "kernel_size": 5},
            "training": {"epochs": 2, "batch_size": 256, "early_stopping": None, **training},
        },
    }


@pytest.fixture(scope="session")
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a cache that all jobs of the session share, so that the sample is read once."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def make_job(tmp_path: Path, shared_cache: Path) -> Callable[..., TrainerJob]:
    """Return a function that makes a job from its spec, in the test's own folder."""

    def make(spec: dict[str, Any] | None = None, uid: str = "uid-1") -> TrainerJob:
        return TrainerJob(tmp_path, shared_cache, spec or small_spec(), uid)

    return make


@pytest.fixture(scope="session")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory, shared_cache: Path) -> bytes:
    """Return the bytes of the model that a long run leaves which nobody interrupts."""
    job = TrainerJob(tmp_path_factory.mktemp("whole"), shared_cache, small_spec(epochs=LONG_EPOCHS))
    code, log = job.finish()
    assert code == 0, log
    return job.weights


@pytest.fixture
def long_job(tmp_path: Path, shared_cache: Path) -> TrainerJob:
    """Return the same job, to be interrupted."""
    return TrainerJob(tmp_path, shared_cache, small_spec(epochs=LONG_EPOCHS))


@pytest.fixture
def make_spec() -> Callable[..., dict[str, Any]]:
    """Return the function that makes small specs."""
    return small_spec


@pytest.fixture
def plugin_job(tmp_path: Path, shared_cache: Path) -> Callable[[str], TrainerJob]:
    """Return a function that makes a job of a plugin whose training does what a source says.

    The plugin is a real distribution on the process's path; it forecasts like the bundled one, but
    for its ``fit``, whose body is given.
    """

    def make(body: str) -> TrainerJob:
        site = tmp_path / "site"
        information = site / "odd_plugin-1.0.dist-info"
        information.mkdir(parents=True)
        (information / "METADATA").write_text("Metadata-Version: 2.1\nName: odd\nVersion: 1.0\n")
        (information / "entry_points.txt").write_text(
            "[azuraforge.pipelines]\nodd = odd_plugin:Odd\n"
        )
        lines = "\n".join(f"        {line}" for line in body.splitlines())
        (site / "odd_plugin.py").write_text(_PLUGIN.format(body=lines))
        spec = {**small_spec(), "pipeline": "odd"}
        return TrainerJob(tmp_path, shared_cache, spec, variables={"PYTHONPATH": str(site)})

    return make


_PLUGIN = """
from azuraforge_core.pipelines.forecast import ForecastPipeline
from azuraforge_core.pipelines.forecast_run import ForecastRun


class OddRun(ForecastRun):
    def fit(self):
{body}


class Odd(ForecastPipeline):
    name = "odd"
    title = "Odd"
    description = "Does what a test says."

    def open_run(self, config, dataset, context):
        return OddRun(super().open_run(config, dataset, context)._setup)
"""
