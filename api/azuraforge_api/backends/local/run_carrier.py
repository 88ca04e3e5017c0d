"""Carries one run out for as long as the service lives: turn by turn, beside many others."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from azuraforge_contract.status import JobStatus
from azuraforge_contract.training_job import TrainingJob
from azuraforge_lifecycle.actions import RecordEvent
from azuraforge_local.event_tail import SeenEvent
from azuraforge_local.run_executor import RunExecutor
from azuraforge_local.trainer_process import TrainerSetting

__all__ = ["RunCarrier", "StatusListener"]

_TICK_SECONDS: Final = 0.5
_TROUBLE_SECONDS: Final = 5.0
"""Pause after a turn that failed, such as on a full disk."""
_logger: Final = logging.getLogger("azuraforge.api.local")

StatusListener = Callable[[TrainingJob, JobStatus], Awaitable[None]]


@dataclass
class _Notes:
    """What a turn told, kept until the event loop takes it up; see `RunDisplay`."""

    job: str
    status: JobStatus | None = None

    def show_event(self, seen: SeenEvent) -> None:
        """Leave events to the ingest, which reads them from the run's folder."""

    def show_status(self, status: JobStatus) -> None:
        self.status = status

    def show_transition(self, transition: RecordEvent) -> None:
        facts = {"event": "transition", "job": self.job, "reason": transition.reason}
        _logger.info("%s: %s", self.job, transition.message, extra=facts)

    def tick(self, seconds_to_retry: float | None) -> None:
        """Nothing here moves with time."""


@dataclass
class RunCarrier:
    """One run.

    Attributes:
        job: the object as it is wanted.
        setting: what its trainers are started with.
        tell: awaited at every change of the status.
        look: awaited at every turn, so that events are taken up while the run goes on.
    """

    job: TrainingJob
    setting: TrainerSetting
    tell: StatusListener
    look: Callable[[], Awaitable[object]]
    _changed: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    def change(self, job: TrainingJob) -> None:
        """Take over another spec of the job; the next turn follows at once."""
        self.job = job
        self._changed.set()

    async def carry_out(self) -> JobStatus:
        """Go on until the run has ended or stands suspended; return its last status.

        A cancelled task leaves the trainer running: the next service adopts it.
        """
        executor, notes = self._open()
        await asyncio.to_thread(executor.take_over)
        while True:
            executor.job = self.job
            try:
                status, requeue_after_seconds = await asyncio.to_thread(executor.turn)
                is_over = executor.is_over(status)
                await self._report(executor.job, notes, is_over=is_over)
            except Exception as error:  # noqa: BLE001 - a full disk or a database away must not end the watch over a trainer
                facts = {"event": "run_trouble", "job": notes.job}
                _logger.warning("%s: %s", notes.job, error, extra=facts)
                await self._pause(_TROUBLE_SECONDS)
                continue
            if is_over and executor.job is self.job:
                return status
            await self._pause(min(_TICK_SECONDS, requeue_after_seconds or _TICK_SECONDS))

    async def settle(self) -> JobStatus:
        """Plan once without a trainer: for a run that waits and is suspended or cancelled."""
        executor, _ = self._open()
        await asyncio.to_thread(executor.take_over)
        status, _ = await asyncio.to_thread(executor.turn)
        await self.tell(self.job, status)
        return status

    async def _report(self, job: TrainingJob, notes: _Notes, *, is_over: bool) -> None:
        """Tell what is new: events before the status that follows from them, the model last."""
        await self.look()
        if notes.status is not None:
            await self.tell(job, notes.status)
            notes.status = None
        if is_over:
            await self.look()

    def _open(self) -> tuple[RunExecutor, _Notes]:
        notes = _Notes(self.job.metadata.name)
        return RunExecutor(self.job, self.setting, notes), notes

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return
        self._changed.clear()
