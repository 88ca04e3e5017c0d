"""Carries out the lifecycle's plan with local processes: observe, plan, store, act, wait.

Called by ``run``. The plan decides; this module only does. What it must not forget stands in the
run's folder before it acts, so that it may be killed between any two lines.
"""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from azuraforge_contract.status import JobStatus, Phase
from azuraforge_contract.training_job import TrainingJob
from azuraforge_lifecycle.actions import (
    Action,
    CreateAttempt,
    DeleteAttempt,
    DeleteJob,
    ObserveLive,
    Plan,
    RecordEvent,
)
from azuraforge_lifecycle.clock import format_time
from azuraforge_lifecycle.observed import ACCEPTED, Child, Observed
from azuraforge_lifecycle.planner import plan
from azuraforge_local.attempt_files import (
    AttemptFiles,
    ExitRecord,
    list_attempts,
)
from azuraforge_local.display import Display
from azuraforge_local.interrupts import Interrupts
from azuraforge_local.observation import AttemptWatch
from azuraforge_local.status_file import read_status, write_status
from azuraforge_local.trainer_process import (
    TrainerProcess,
    TrainerSetting,
    adopt_trainer,
    start_trainer,
)

__all__ = ["LocalExecutor"]

_TICK_SECONDS: Final = 0.2
"""How often new events are looked for; signals and the end of a trainer are noticed at once."""


@dataclass
class _Attempt:
    """One attempt, and its process while it runs."""

    watch: AttemptWatch
    process: TrainerProcess | None
    kill_at: float | None = None
    """When it is killed for not having stopped, on the monotonic clock."""


@dataclass
class LocalExecutor:
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
    _attempts: dict[int, _Attempt] = field(default_factory=dict, init=False)
    _status: JobStatus | None = field(default=None, init=False)
    _is_stopping: bool = field(default=False, init=False)

    def carry_out(self) -> JobStatus:
        """Return the status once the job has ended or stands suspended.

        A request to stop suspends the job: its trainer saves a checkpoint, and the run can be
        resumed. No trainer of the run is left when this returns or raises.

        Raises:
            StorageError: the run's folder cannot be written.
        """
        try:
            self._take_over()
            while True:
                status, requeue_after_seconds = self._turn()
                if self._is_over(status):
                    return status
                self.interrupts.wait(min(_TICK_SECONDS, requeue_after_seconds or _TICK_SECONDS))
        finally:
            self._end_trainers()

    def _is_over(self, status: JobStatus) -> bool:
        """Whether nothing follows, and no trainer is left whose last words are to be noted."""
        is_still = status.phase.is_terminal or status.phase is Phase.SUSPENDED
        return is_still and all(attempt.process is None for attempt in self._attempts.values())

    def _take_over(self) -> None:
        """Read the status, and find the attempts that an earlier executor left."""
        self._status = read_status(self.setting.run)
        for files in list_attempts(self.setting.run):
            record = files.read_process()
            if record is not None:
                process = adopt_trainer(record)
                attempt = _Attempt(AttemptWatch(files, record), process)
                self._attempts[record.attempt] = attempt
                if process is None:
                    attempt.watch.read_events()  # seen by a person when they happened

    def _turn(self) -> tuple[JobStatus, float | None]:
        """Observe, plan and act until nothing is left to do now."""
        while True:
            self._heed_interrupts()
            observed = Observed(
                status=self._status,
                children=tuple(self._observe(attempt) for attempt in self._attempts.values()),
                is_live=True,
                acceptance=ACCEPTED,
            )
            now = datetime.now(UTC)
            decided = plan(self.job, observed, now)
            self._store(decided, now)
            have_changed = [self._act(action) for action in decided.actions]
            if not any(have_changed):
                return decided.status, decided.requeue_after_seconds

    def _heed_interrupts(self) -> None:
        if self.interrupts.wants_stop and not self._is_stopping:
            self._is_stopping = True
            spec = self.job.spec.model_copy(update={"suspend": True})
            self.job = self.job.model_copy(update={"spec": spec})
            self.display.show_request("Stopping at a checkpoint; Ctrl-C again stops at once.")
        now = time.monotonic()
        for attempt in self._attempts.values():
            is_late = attempt.kill_at is not None and now >= attempt.kill_at
            if attempt.process is not None and (self.interrupts.wants_kill or is_late):
                attempt.process.kill()

    def _observe(self, attempt: _Attempt) -> Child:
        """Return what an attempt is now, showing what is new of it."""
        is_alive = attempt.process is not None and attempt.process.is_running()
        for seen in attempt.watch.read_events():
            self.display.show_event(seen)
        if attempt.process is not None and not is_alive:
            code = attempt.process.exit_code()
            record = ExitRecord(code, format_time(datetime.now(UTC)))
            attempt.watch.files.write_exit(record)
            attempt.process = None
        return attempt.watch.child(is_alive=is_alive)

    def _store(self, decided: Plan, now: datetime) -> None:
        if decided.status != self._status:
            write_status(self.setting.run, decided.status)
            self._status = decided.status
            self.display.show_status(decided.status)
        self.display.tick(_seconds_until(decided.status.retry_time, now))

    def _act(self, action: Action) -> bool:
        """Carry out one action; return whether the world has changed by it."""
        match action:
            case CreateAttempt():
                self._create(action.index)
                return True
            case DeleteAttempt():
                self._delete(action)
                return False
            case RecordEvent():
                self.display.show_transition(action)
                return False
            case ObserveLive() | DeleteJob():
                return False  # every observation here is live; a person's folder is never deleted

    def _create(self, index: int) -> None:
        if index in self._attempts:
            return
        process, record = start_trainer(self.setting, index)
        files = AttemptFiles(self.setting.run, index)
        self._attempts[index] = _Attempt(AttemptWatch(files, record), process)

    def _delete(self, action: DeleteAttempt) -> None:
        attempt = self._attempts.get(action.index)
        if attempt is None:
            return
        if attempt.process is None:
            attempt.watch.files.remove_records()
            del self._attempts[action.index]
        elif not attempt.watch.is_deleting:
            attempt.watch.is_deleting = True
            attempt.kill_at = time.monotonic() + action.grace_seconds
            attempt.process.ask_to_stop()

    def _end_trainers(self) -> None:
        """Leave no trainer behind, whatever made this executor end."""
        running = [found for found in self._attempts.values() if found.process is not None]
        for attempt in running:
            if attempt.process is not None and not attempt.watch.is_deleting:
                attempt.process.ask_to_stop()
        give_up = time.monotonic() + self.job.spec.shutdown.grace_seconds
        for attempt in running:
            while attempt.process is not None and attempt.process.is_running():
                if self.interrupts.wants_kill or time.monotonic() >= give_up:
                    attempt.process.kill()
                self.interrupts.wait(_TICK_SECONDS)


def _seconds_until(text: str | None, now: datetime) -> float | None:
    if text is None:
        return None
    return max(0.0, (datetime.fromisoformat(text) - now).total_seconds())
