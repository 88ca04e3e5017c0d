"""Starts, watches and stops the trainer process of one attempt.

Called by ``run_executor``. A trainer runs in a session of its own, so that Ctrl-C in a terminal
reaches ``azuraforge run`` alone, which then asks the trainer to stop.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from azuraforge_contract import environment
from azuraforge_contract.errors import StorageError
from azuraforge_contract.run_folder import RunFolder
from azuraforge_local.attempt_files import AttemptFiles, ProcessRecord
from azuraforge_local.process_identity import is_running

__all__ = ["TrainerProcess", "TrainerSetting", "adopt_trainer", "start_trainer"]

_LAUNCHER: Final = Path(__file__).with_name("launch.py")
_TRAINER: Final = ("-P", "-m", "azuraforge_trainer")
"""Arguments of Python; -P: a module that lies beside a job file is never taken for one of ours."""
_WITHHELD: Final = frozenset(
    {
        "AZURAFORGE_ADMIN_TOKEN",
        "AZURAFORGE_DATABASE_PASSWORD",
        "AZURAFORGE_DATABASE_URL",
        "AZURAFORGE_LOKI_AUTHORIZATION",
        "AZURAFORGE_TOKEN",
    }
)
"""What opens the service or its database; a trainer runs a plugin's code."""
_RECORD_POLL_SECONDS: Final = 0.005
"""The launcher writes the record within some tens of milliseconds."""
_SIGNAL_BASE: Final = 128
"""A shell reports the death by signal n as 128 + n, and so does Kubernetes."""


class _OutlivingProcess(subprocess.Popen[bytes]):
    """A trainer that goes on when the service ends: on purpose, so nobody is warned of it."""

    def __del__(self) -> None:
        if self.poll() is None:
            self.returncode = 0


_outliving: Final[list[_OutlivingProcess]] = []
"""Kept, so that the system's note of their end is collected as long as the service runs."""


@dataclass(frozen=True)
class TrainerSetting:
    """What every attempt of a run is started with.

    Attributes:
        run: absolute folder of the run.
        working_directory: absolute folder to which relative paths in the job are relative.
        cache: absolute folder of the shared cache.
        ends_with_parent: whether the system ends a trainer whose parent has died, as a person in a
            terminal expects; the trainers of a service go on and are adopted when it is back.
        environment: further variables, such as which GPU to use.
    """

    run: Path
    working_directory: Path
    cache: Path
    ends_with_parent: bool = True
    environment: Mapping[str, str] = field(default_factory=dict)


class TrainerProcess:
    """One trainer: a child of ours, or one that an ended ``azuraforge run`` left behind."""

    def __init__(self, record: ProcessRecord, child: subprocess.Popen[bytes] | None) -> None:
        self._record = record
        self._child = child

    def is_running(self) -> bool:
        """Return whether it runs, collecting the exit code of a child that has ended."""
        if self._child is not None:
            return self._child.poll() is None
        return is_running(self._record.pid, self._record.start)

    def exit_code(self) -> int | None:
        """Return how a child ended, 128 + n for signal n; None for one that was adopted."""
        if self._child is None or self._child.returncode is None:
            return None
        code = self._child.returncode
        return code if code >= 0 else _SIGNAL_BASE - code

    def ask_to_stop(self) -> None:
        """Send SIGTERM: the trainer saves a checkpoint and ends."""
        self._send(signal.SIGTERM, whole_group=False)

    def kill(self) -> None:
        """End it and every process that it started, at once."""
        self._send(signal.SIGKILL, whole_group=True)

    def _send(self, number: signal.Signals, *, whole_group: bool) -> None:
        if not self.is_running():
            return
        with contextlib.suppress(ProcessLookupError):
            if whole_group:
                os.killpg(self._record.pid, number)
            else:
                os.kill(self._record.pid, number)


def start_trainer(setting: TrainerSetting, attempt: int) -> tuple[TrainerProcess, ProcessRecord]:
    """Start the trainer of an attempt and return it once its process record is written.

    Raises:
        StorageError: the run's folder cannot be written.
    """
    _outliving[:] = [child for child in _outliving if child.poll() is None]
    files = AttemptFiles(setting.run, attempt)
    command = [
        *(sys.executable, "-I", "-S", str(_LAUNCHER)),
        *(str(files.process_file), str(attempt), str(_parent(setting))),
        *(sys.executable, *_TRAINER),
    ]
    start = subprocess.Popen if setting.ends_with_parent else _OutlivingProcess
    try:
        files.make_folders()
        with files.log_file.open("ab") as log:
            child = start(
                command,
                cwd=setting.working_directory,
                env={**_inherited(), **_environment(setting, files)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
    except OSError as error:
        raise StorageError(
            f"The trainer cannot be started: {error}.",
            remedy=f"Check that {setting.run} is writable and {setting.working_directory} exists.",
        ) from error
    while not files.process_file.exists() and child.poll() is None:
        time.sleep(_RECORD_POLL_SECONDS)
    record = files.read_process()
    if record is None:
        raise StorageError(
            f"The trainer could not be started: {' '.join(files.read_log_tail(1))}",
            remedy=f"Check that {setting.run} is writable.",
        )
    if isinstance(child, _OutlivingProcess):
        _outliving.append(child)
    return TrainerProcess(record, child), record


def adopt_trainer(record: ProcessRecord) -> TrainerProcess | None:
    """Return the trainer of a record if it still runs, or None."""
    found = TrainerProcess(record, None)
    return found if found.is_running() else None


def _parent(setting: TrainerSetting) -> int:
    """Return the process with which a trainer shall end, 0 for none."""
    return os.getpid() if setting.ends_with_parent else 0


def _inherited() -> Mapping[str, str]:
    """Return our own environment without what a plugin's code must not learn of the service."""
    return {name: value for name, value in os.environ.items() if name not in _WITHHELD}


def _environment(setting: TrainerSetting, files: AttemptFiles) -> Mapping[str, str]:
    return {
        environment.JOB_FILE: str(RunFolder(setting.run).job_file),
        environment.ATTEMPT: str(files.attempt),
        environment.RUN_DIR: str(setting.run),
        environment.CACHE_DIR: str(setting.cache),
        environment.TERMINATION_FILE: str(files.termination_file),
        "PYTHONUNBUFFERED": "1",
        **setting.environment,
    }
