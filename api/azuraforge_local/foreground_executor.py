"""Carries out one run in a terminal, until it ends or somebody asks to stop; called by ``run``."""

import time
from dataclasses import dataclass, field
from typing import Final

from azuraforge_contract.status import JobStatus
from azuraforge_contract.training_job import TrainingJob
from azuraforge_local.display import Display
from azuraforge_local.interrupts import Interrupts
from azuraforge_local.run_executor import RunExecutor
from azuraforge_local.trainer_process import TrainerSetting

__all__ = ["ForegroundExecutor"]

_TICK_SECONDS: Final = 0.2
"""How often new events are looked for; signals and the end of a trainer are noticed at once."""


@dataclass
class ForegroundExecutor:
    """Carries out one run.

    Attributes:
        job: what to run, as it stands in the run's folder.
        setting: what its trainers are started with.
        display: shown everything that happens.
        interrupts: requests to stop.
    """

    job: TrainingJob
    setting: TrainerSetting
    display: Display
    interrupts: Interrupts
    _executor: RunExecutor = field(init=False)
    _is_stopping: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self._executor = RunExecutor(self.job, self.setting, self.display)

    def carry_out(self) -> JobStatus:
        """Return the status once the job has ended or stands suspended.

        A request to stop suspends the job: its trainer saves a checkpoint, and the run can be
        resumed. No trainer of the run is left when this returns or raises.

        Raises:
            StorageError: the run's folder cannot be written.
        """
        try:
            self._executor.take_over()
            while True:
                self._heed_interrupts()
                status, requeue_after_seconds = self._executor.turn()
                if self._executor.is_over(status):
                    return status
                self.interrupts.wait(min(_TICK_SECONDS, requeue_after_seconds or _TICK_SECONDS))
        finally:
            self._end_trainers()

    def _heed_interrupts(self) -> None:
        if self.interrupts.wants_stop and not self._is_stopping:
            self._is_stopping = True
            spec = self.job.spec.model_copy(update={"suspend": True})
            self._executor.job = self.job.model_copy(update={"spec": spec})
            self.display.show_request("Stopping at a checkpoint; Ctrl-C again stops at once.")
        if self.interrupts.wants_kill:
            self._executor.kill()

    def _end_trainers(self) -> None:
        """Leave no trainer behind, whatever made this executor end."""
        self._executor.ask_to_stop()
        give_up = time.monotonic() + self.job.spec.shutdown.grace_seconds
        while self._executor.is_running():
            if self.interrupts.wants_kill or time.monotonic() >= give_up:
                self._executor.kill()
            self.interrupts.wait(_TICK_SECONDS)
