"""Real runs, killed and interrupted: the model is that of an undisturbed run, bit by bit."""

import contextlib
import json
import os
import pty
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from azuraforge_local.executor_lock import is_executor_alive
from azuraforge_local.process_identity import is_running

Start = Callable[..., subprocess.Popen[str]]
Invoke = Callable[..., subprocess.CompletedProcess[str]]

JOB = """\
apiVersion: azuraforge.io/v1alpha1
kind: TrainingJob
metadata: {name: survivor}
spec:
  pipeline: forecaster
  device: cpu
  retry: {backoff: {initialSeconds: 1}}
  config:
    dataset:
      source: {kind: sample}
      series: [JFK]
      target_columns: [temp]
    window: {lookback: 24, horizon: 6}
    model: {kind: dlinear}
    training: {epochs: 10, batch_size: 64, early_stopping: null}
"""
PATIENCE_SECONDS = 90


@dataclass(frozen=True)
class Trainer:
    """The process of an attempt, as its record names it."""

    pid: int
    start: str

    @property
    def runs(self) -> bool:
        """Whether it is still there."""
        return is_running(self.pid, self.start)


def _trainer(run: Path, attempt: int) -> Trainer:
    record = json.loads((run / "attempts" / f"{attempt}.json").read_text(encoding="utf-8"))
    return Trainer(record["pid"], record["start"])


def _wait(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"waited {PATIENCE_SECONDS} s for {what}"
        time.sleep(0.02)


def _wait_for_checkpoint(run: Path, attempt: int = 0) -> None:
    """Wait until an attempt has saved something to go on from, long before its end."""
    events = run / "events" / f"{attempt}.jsonl"
    _wait(
        lambda: events.exists() and "checkpoint_saved" in events.read_text(encoding="utf-8"),
        "a checkpoint",
    )


def _weights(run: Path) -> bytes:
    return (run / "model" / "model.safetensors").read_bytes()


def _status(run: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((run / "status.json").read_text(encoding="utf-8"))
    return document


@pytest.fixture
def job(tmp_path: Path) -> Path:
    """Return the file of a job that trains for some seconds."""
    path = tmp_path / "job.yaml"
    path.write_text(JOB, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def undisturbed() -> dict[str, bytes]:
    """Return where the model of the undisturbed run is kept once a test has made it."""
    return {}


@pytest.fixture
def expected(undisturbed: dict[str, bytes], invoke: Invoke, job: Path, tmp_path: Path) -> bytes:
    """Return the weights of an undisturbed run; it also shows what --json prints."""
    if "weights" not in undisturbed:
        finished = invoke("run", "-f", str(job), "--out", "undisturbed", "--json")
        assert finished.returncode == 0, finished.stderr
        lines = [json.loads(line) for line in finished.stdout.splitlines()]
        assert [line["type"] for line in lines[:3]] == ["run", "started", "dataset_ready"]
        assert [line["type"] for line in lines[-2:]] == ["finished", "status"]
        assert lines[-1]["status"]["phase"] == "Succeeded"
        assert sum(line["type"] == "epoch" for line in lines) == 10
        undisturbed["weights"] = _weights(tmp_path / "undisturbed")
    return undisturbed["weights"]


def test_a_killed_trainer_is_tried_again(
    expected: bytes, start: Start, job: Path, tmp_path: Path
) -> None:
    """Kill -9 of the trainer costs one attempt; the next resumes and ends with the same model."""
    process = start("run", "-f", str(job), "--out", "killed")
    run = tmp_path / "killed"
    _wait_for_checkpoint(run)
    os.kill(_trainer(run, 0).pid, signal.SIGKILL)
    out, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0, err
    assert _weights(run) == expected
    status = _status(run)
    assert status["failures"] == 1
    assert [attempt.get("exitCode") for attempt in status["attempts"]] == [137, 0]
    assert status["attempts"][1]["resumedFromStep"] > 0
    assert "exit code 137" in out
    assert "resumed from step" in out
    assert "\x1b" not in out  # not a terminal: no control characters


def test_ctrl_c_saves_a_checkpoint_and_resume_goes_on(
    expected: bytes, start: Start, invoke: Invoke, job: Path, tmp_path: Path
) -> None:
    """SIGINT to the whole process group is exit code 75, a resumable run and no process left."""
    process = start("run", "-f", str(job), own_session=True)
    run = tmp_path / "runs" / "survivor-1"
    _wait_for_checkpoint(run)
    trainer = _trainer(run, 0)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 75, err
    assert not trainer.runs
    assert "To go on: azuraforge run --resume --out runs/survivor-1" in out
    assert _status(run)["phase"] == "Suspended"
    resumed = invoke("run", "--resume", "-f", str(job))
    assert resumed.returncode == 0, resumed.stderr
    assert _weights(run) == expected
    assert (_status(run)["failures"], _status(run)["preemptions"]) == (0, 0)
    again = invoke("run", "--resume", "--out", str(run))
    assert again.returncode == 0
    assert "dlinear" in again.stdout


def test_nothing_trains_on_after_the_command_was_killed(
    expected: bytes, start: Start, job: Path, tmp_path: Path
) -> None:
    """Kill -9 of azuraforge run: its trainer stops at a checkpoint, and --resume takes over."""
    process = start("run", "-f", str(job), "--out", "orphan")
    run = tmp_path / "orphan"
    _wait_for_checkpoint(run)
    trainer = _trainer(run, 0)
    os.kill(trainer.pid, signal.SIGSTOP)  # so that it is still there when it is taken over
    process.kill()
    process.wait()
    resumed = start("run", "--resume", "--out", "orphan")
    _wait(lambda: is_executor_alive(run), "the second command to take over")
    assert trainer.runs
    assert not (run / "attempts" / "1.json").exists()
    os.kill(trainer.pid, signal.SIGCONT)
    out, err = resumed.communicate(timeout=PATIENCE_SECONDS)
    assert resumed.returncode == 0, err
    assert not trainer.runs
    assert "attempt 1" in out
    assert _weights(run) == expected
    status = _status(run)
    assert [attempt["reason"] for attempt in status["attempts"]] == ["Preempted", "Completed"]
    assert status["preemptions"] == 1


def test_a_run_is_carried_out_once_and_a_second_ctrl_c_does_not_wait(
    start: Start, invoke: Invoke, job: Path, tmp_path: Path
) -> None:
    """A busy run is refused to others and can be watched; its killed trainer leaves nothing."""
    process = start("run", "-f", str(job), "--out", "busy")
    run = tmp_path / "busy"
    _wait_for_checkpoint(run)
    trainer = _trainer(run, 0)
    os.kill(trainer.pid, signal.SIGSTOP)  # it neither ends meanwhile nor stops when asked

    second = invoke("run", "--resume", "--out", "busy")
    assert second.returncode == 64
    assert f"process {process.pid}" in second.stderr
    watched = json.loads(invoke("status", "busy", "--json").stdout)
    assert watched["status"]["phase"] == "Running"
    assert watched["status"]["checkpoint"]["step"] > 0
    assert watched["metadata"]["uid"]

    process.send_signal(signal.SIGINT)
    _wait(lambda: _status(run)["reason"] == "Suspending", "the request to be understood")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 130
    assert not trainer.runs
    assert _status(run)["phase"] == "Suspended"


def _read_terminal(descriptor: int) -> str:
    """Return everything that was written to a terminal until its last writer closed it."""
    parts: list[bytes] = []
    with contextlib.suppress(OSError):  # EIO is how Linux says that nobody writes any more
        while part := os.read(descriptor, 65536):
            parts.append(part)
    return b"".join(parts).decode("utf-8")


def test_a_terminal_shows_the_run_live_and_the_log_of_a_failure_nobody_explained(
    start: Start, job: Path, tmp_path: Path
) -> None:
    """In a terminal the picture moves; when the last attempt dies wordless, its log is shown."""
    ours, theirs = pty.openpty()
    process = start(
        *("run", "-f", str(job), "--out", "dead", "--set", "retry.maxAttempts=1"), out=theirs
    )
    os.close(theirs)
    run = tmp_path / "dead"
    _wait_for_checkpoint(run)
    os.kill(_trainer(run, 0).pid, signal.SIGKILL)
    drawn = _read_terminal(ours)
    os.close(ours)
    _, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 137
    assert "\x1b[" in drawn
    assert "Running" in drawn
    assert "learning rate" in drawn
    assert "It ended with exit code 137" in err
    assert "The end of dead/logs/0.log:" in err
    assert '"component":"trainer"' in err
