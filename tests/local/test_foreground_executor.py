"""The executor with programs of a line in the trainer's place: what it does around a trainer."""

import os
import signal
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from azuraforge_cli.display.plain import PlainDisplay
from azuraforge_contract.errors import StorageError
from azuraforge_contract.status import JobStatus, Phase
from azuraforge_contract.training_job import parse_training_job
from azuraforge_contract.yaml_loader import JsonValue
from azuraforge_local import trainer_process
from azuraforge_local.attempt_files import AttemptFiles, list_attempts
from azuraforge_local.foreground_executor import ForegroundExecutor
from azuraforge_local.interrupts import listen_for_interrupts
from azuraforge_local.job_file import identified, write_job
from azuraforge_local.process_identity import is_running
from azuraforge_local.trainer_process import TrainerSetting

Replace = Callable[[str], None]
DEAF = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("up", flush=True)
time.sleep(60)
"""


@pytest.fixture
def replace_trainer(monkeypatch: pytest.MonkeyPatch) -> Replace:
    """Return a function that puts a program into the trainer's place."""

    def replace(program: str) -> None:
        arguments = ("-I", "-S", "-c", textwrap.dedent(program))
        monkeypatch.setattr(trainer_process, "_TRAINER", arguments)

    return replace


class _Reacting(PlainDisplay):
    """A display that does something once the trainer of attempt 0 has printed something."""

    def __init__(self, run: Path, react: Callable[[], None]) -> None:
        self._log = AttemptFiles(run, 0).log_file
        self._react: Callable[[], None] | None = react

    def tick(self, seconds_to_retry: float | None) -> None:  # noqa: ARG002 - the signature of displays
        """React, once."""
        react = self._react
        if react is not None and self._log.exists() and self._log.stat().st_size:
            self._react = None
            react()


def _carry_out(
    run: Path, spec: dict[str, JsonValue], react: Callable[[], None] = lambda: None
) -> JobStatus:
    run.mkdir(exist_ok=True)
    job = parse_training_job(
        {
            "apiVersion": "azuraforge.io/v1alpha1",
            "kind": "TrainingJob",
            "metadata": {"name": "small"},
            "spec": {"pipeline": "forecaster", "device": "cpu", **spec},
        }
    )
    job = identified(job, run)
    write_job(run, job)
    setting = TrainerSetting(run=run, working_directory=run, cache=run / "cache")
    with listen_for_interrupts() as interrupts:
        executor = ForegroundExecutor(job, setting, _Reacting(run, react), interrupts)
        return executor.carry_out()


def _no_trainer_is_left(run: Path) -> bool:
    records = [files.read_process() for files in list_attempts(run)]
    return not any(is_running(found.pid, found.start) for found in records if found)


def test_a_trainer_that_does_not_stop_is_killed_after_its_grace(
    replace_trainer: Replace, tmp_path: Path
) -> None:
    """One request to stop is enough: after shutdown.graceSeconds the trainer is killed."""
    replace_trainer(DEAF)
    status = _carry_out(
        tmp_path / "run",
        {"shutdown": {"graceSeconds": 1}},
        react=lambda: os.kill(os.getpid(), signal.SIGINT),
    )
    assert status.phase is Phase.SUSPENDED
    assert (status.attempts[0].reason, status.attempts[0].exit_code) == ("Stopped", 137)
    assert (status.failures, status.preemptions) == (0, 0)
    assert _no_trainer_is_left(tmp_path / "run")


def test_no_trainer_is_left_when_the_executor_itself_fails(
    replace_trainer: Replace, tmp_path: Path
) -> None:
    """Whatever ends the command ends its trainer first, such as a pipe that nobody reads."""
    replace_trainer("import time; print('up', flush=True); time.sleep(60)")

    def fail() -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        _carry_out(tmp_path / "run", {}, react=fail)
    assert _no_trainer_is_left(tmp_path / "run")


def test_budgets_are_the_plan_s_and_old_records_go(
    replace_trainer: Replace, tmp_path: Path
) -> None:
    """A trainer that is always preempted ends with its budget; the last ten attempts are kept."""
    replace_trainer("raise SystemExit(75)")
    status = _carry_out(tmp_path / "run", {"retry": {"maxPreemptions": 12}})
    assert (status.phase, status.reason) == (Phase.FAILED, "TooManyPreemptions")
    assert [attempt.exit_code for attempt in status.attempts] == [75] * 10
    kept = [files.attempt for files in list_attempts(tmp_path / "run")]
    assert kept[-1] == 12
    assert kept[0] > 0
    assert AttemptFiles(tmp_path / "run", 0).log_file.exists()


def test_each_attempt_gets_its_environment(replace_trainer: Replace, tmp_path: Path) -> None:
    """A trainer finds its job, its attempt, its folders, and the job file's folder around it."""
    replace_trainer(
        """
        import os
        print(os.getcwd())
        for name in ("JOB_FILE", "ATTEMPT", "RUN_DIR", "CACHE_DIR", "TERMINATION_FILE"):
            print(os.environ["AZURAFORGE_" + name])
        """
    )
    run = tmp_path / "run"
    status = _carry_out(run, {})
    assert status.phase is Phase.SUCCEEDED
    assert AttemptFiles(run, 0).read_log_tail(9) == [
        str(run),
        str(run / "job.json"),
        "0",
        str(run),
        str(run / "cache"),
        str(run / "attempts" / "0.termination.json"),
    ]


def test_a_run_s_folder_that_cannot_be_written_starts_no_trainer(
    replace_trainer: Replace, tmp_path: Path
) -> None:
    """Nothing runs that could not be found again."""
    replace_trainer("print('up')")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "attempts").touch()
    with pytest.raises(StorageError, match="cannot be started"):
        _carry_out(tmp_path / "run", {})
    assert not (tmp_path / "run" / "logs").exists()
