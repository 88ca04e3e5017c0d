"""Carries out the lifecycle's plan for one run with local processes: observe, plan, store, act.

Called by ``foreground_executor`` for one run in a terminal, and by the API's local backend for
many. The plan decides; this module only does. What it must not forget stands in the run's folder
before it acts, so that it may be killed between any two lines.
"""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

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
from azuraforge_local.attempt_files import AttemptFiles, ExitRecord, list_attempts
from azuraforge_local.display import RunDisplay
from azuraforge_local.observation import AttemptWatch
from azuraforge_local.status_file import read_status, write_status
from azuraforge_local.trainer_process import (
    TrainerProcess,
    TrainerSetting,
    adopt_trainer,
    start_trainer,
)

__all__ = ["RunExecutor"]


@dataclass
class _Attempt:
    """One attempt, and its process while it runs."""

    watch: AttemptWatch
    process: TrainerProcess | None
    kill_at: float | None = None
    """When it is killed for not having stopped, on the monotonic clock."""


@dataclass
class RunExecutor:
    """Carries out one run, a turn at a time.

    Attributes:
        job: what to run, as it stands in the run's folder; may be replaced by another spec of the
            same job between two turns.
        setting: what its trainers are started with.
        display: shown everything that happens.
    """

    job: TrainingJob
    setting: TrainerSetting
    display: RunDisplay
    _attempts: dict[int, _Attempt] = field(default_factory=dict, init=False)
    _status: JobStatus | None = field(default=None, init=False)

    def take_over(self) -> None:
        """Read the status, and find the attempts that an earlier executor left.

        Raises:
            StorageError: the run's folder cannot be read.
        """
        self._status = read_status(self.setting.run)
        for files in list_attempts(self.setting.run):
            record = files.read_process()
            if record is not None:
                process = adopt_trainer(record)
                attempt = _Attempt(AttemptWatch(files, record), process)
                self._attempts[record.attempt] = attempt
                if process is None:
                    attempt.watch.read_events()  # seen by a person when they happened

    def turn(self) -> tuple[JobStatus, float | None]:
        """Observe, plan and act until nothing is left to do now.

        Returns:
            The status, and the seconds after which the plan changes by itself, or None.

        Raises:
            StorageError: the run's folder cannot be written.
        """
        while True:
            self._kill_late()
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

    def is_over(self, status: JobStatus) -> bool:
        """Whether nothing follows, and no trainer is left whose last words are to be noted."""
        is_still = status.phase.is_terminal or status.phase is Phase.SUSPENDED
        return is_still and not self.has_trainer()

    def has_trainer(self) -> bool:
        """Whether a trainer runs that was not yet seen to end."""
        return any(attempt.process is not None for attempt in self._attempts.values())

    def is_running(self) -> bool:
        """Whether a trainer of the run lives now, by the system's word."""
        return any(
            attempt.process is not None and attempt.process.is_running()
            for attempt in self._attempts.values()
        )

    def ask_to_stop(self) -> None:
        """Ask every trainer that was not asked yet to save a checkpoint and end."""
        for attempt in self._attempts.values():
            if attempt.process is not None and not attempt.watch.is_deleting:
                attempt.process.ask_to_stop()

    def kill(self) -> None:
        """End every trainer at once."""
        for attempt in self._attempts.values():
            if attempt.process is not None:
                attempt.process.kill()

    def _kill_late(self) -> None:
        now = time.monotonic()
        for attempt in self._attempts.values():
            is_late = attempt.kill_at is not None and now >= attempt.kill_at
            if attempt.process is not None and is_late:
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


def _seconds_until(text: str | None, now: datetime) -> float | None:
    if text is None:
        return None
    return max(0.0, (datetime.fromisoformat(text) - now).total_seconds())
