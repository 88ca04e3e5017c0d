"""The backend whose jobs are processes of this machine; see `Backend`."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from azuraforge_api.backends.backend import LogLine, SpecChange
from azuraforge_api.backends.local.log_files import read_log_files
from azuraforge_api.backends.local.run_carrier import RunCarrier
from azuraforge_api.backends.local.run_store import RunStore
from azuraforge_api.backends.local.slots import Slots, count_gpus
from azuraforge_api.jobs.mirror import JobMirror
from azuraforge_api.problems.problem import Problem
from azuraforge_api.settings import Settings
from azuraforge_contract.environment import DATASETS_DIR
from azuraforge_contract.errors import AzuraForgeError
from azuraforge_contract.status import JobStatus, Phase
from azuraforge_contract.training_job import TrainingJob
from azuraforge_local.attempt_files import list_attempts
from azuraforge_local.executor_lock import hold_executor_lock
from azuraforge_local.process_identity import is_running
from azuraforge_local.trainer_process import TrainerSetting

__all__ = ["LocalBackend", "RunLook"]

_CUDA_DEVICES: Final = "CUDA_VISIBLE_DEVICES"
_logger: Final = logging.getLogger("azuraforge.api.local")

RunLook = Callable[[str, Path], Awaitable[None]]
"""Takes up what is new in a run's folder: ``look(uid, folder)``."""


class LocalBackend:
    """Runs jobs as trainer processes.

    Args:
        settings: the service's.
        mirror: told of every change.
        look: called while a run goes on and after its end.
    """

    def __init__(self, settings: Settings, mirror: JobMirror, look: RunLook) -> None:
        self._settings = settings
        self._mirror = mirror
        self._look = look
        self._store = RunStore(settings.runs_folder)
        self._slots = {
            "cpu": Slots(settings.local_cpu_jobs),
            "gpu": Slots(max(1, count_gpus())),  # without one, preflight says so, job by job
        }
        self._carriers: dict[str, RunCarrier] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def start(self) -> None:
        """Take up the runs of an earlier service; see `Backend.start`."""
        self._store.root.mkdir(parents=True, exist_ok=True)
        self._settings.cache_folder.mkdir(parents=True, exist_ok=True)
        for job in await asyncio.to_thread(lambda: list(self._store.all())):
            await self._mirror.record(job)
            if job.metadata.deletion_timestamp is not None:
                await self._mirror.mark_gone(job.uid)
            elif _goes_on(job):
                self._launch(job)
            await self._look(job.uid, self._store.folder(job.uid))

    async def close(self) -> None:
        """Let go of all runs; their trainers go on. See `Backend.close`."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def create(self, job: TrainingJob) -> TrainingJob:
        """Create a run; see `Backend.create`."""
        created = await asyncio.to_thread(self._store.create, job)
        await self._mirror.record(created)
        if created.spec.suspend or created.spec.cancel:
            await self._carrier(created).settle()
        else:
            self._launch(created)
        return created

    async def change(self, uid: str, change: SpecChange) -> None:
        """Suspend, resume or cancel a run; see `Backend.change`."""
        fields = {
            name: value
            for name, value in (("suspend", change.suspend), ("cancel", change.cancel))
            if value is not None
        }
        job = await self._changed(lambda: self._store.change(uid, **fields))
        await self._mirror.record(job)
        carrier = self._carriers.get(uid)
        if carrier is not None:  # it has a place, and plans with the new spec at once
            carrier.change(job)
        elif job.spec.suspend or job.spec.cancel:
            await self._leave_queue(uid)
            await self._carrier(job).settle()
        elif uid not in self._tasks:
            self._launch(job)

    async def delete(self, uid: str) -> None:
        """End a run for good and forget its object; see `Backend.delete`."""
        job = await self._changed(lambda: self._store.mark_deleted(uid))
        ending = job.model_copy(update={"spec": job.spec.model_copy(update={"cancel": True})})
        carrier = self._carriers.get(uid)
        if carrier is not None:
            carrier.change(ending)
        elif not _has_ended(job):
            await self._leave_queue(uid)
            self._tasks[uid] = asyncio.create_task(self._carry_out(ending, {}))
        await self._mirror.mark_gone(uid)

    def run_folder(self, uid: str) -> Path | None:
        """Return a run's folder; see `Backend.run_folder`."""
        folder = self._store.folder(uid)
        return folder if folder.is_dir() else None

    def read_logs(self, uid: str, *, attempt: int | None, follow: bool) -> AsyncIterator[LogLine]:
        """Read what trainers printed; see `Backend.read_logs`."""
        return read_log_files(
            self._store.folder(uid),
            attempt=attempt,
            has_ended=lambda: not follow or uid not in self._tasks,
        )

    def _launch(self, job: TrainingJob) -> None:
        task = asyncio.create_task(self._queue(job), name=f"run {job.metadata.name}")
        self._tasks[job.uid] = task
        task.add_done_callback(lambda done: self._forget(job.uid, done))

    def _forget(self, uid: str, task: asyncio.Task[None]) -> None:
        if self._tasks.get(uid) is task:
            del self._tasks[uid]
        if not task.cancelled() and task.exception() is not None:
            _logger.error("run %s", uid, exc_info=task.exception(), extra={"event": "run_failed"})

    async def _queue(self, job: TrainingJob) -> None:
        """Wait for a place, then carry the run out; a run whose trainer lives needs no place."""
        uid = job.uid
        if await asyncio.to_thread(self._has_trainer, uid):
            await self._carry_out(job, {})
            return
        async with self._slots[job.spec.device].take() as place:
            environment = {_CUDA_DEVICES: str(place)} if job.spec.device == "gpu" else {}
            await self._carry_out(await asyncio.to_thread(self._store.read, uid), environment)

    async def _carry_out(self, job: TrainingJob, environment: dict[str, str]) -> None:
        uid, folder = job.uid, self._store.folder(job.uid)
        carrier = self._carrier(job, environment)
        with ExitStack() as lock:
            try:
                lock.enter_context(hold_executor_lock(folder))
            except AzuraForgeError as error:
                _logger.warning("%s", error, extra={"event": "run_held", "job": job.metadata.name})
                return
            self._carriers[uid] = carrier
            try:
                await carrier.carry_out()
            finally:
                del self._carriers[uid]
        await self._look(uid, folder)

    async def _leave_queue(self, uid: str) -> None:
        """Give up the wait for a place."""
        task = self._tasks.pop(uid, None)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def _carrier(self, job: TrainingJob, environment: dict[str, str] | None = None) -> RunCarrier:
        folder = self._store.folder(job.uid)
        setting = TrainerSetting(
            run=folder,
            working_directory=folder,
            cache=self._settings.cache_folder,
            ends_with_parent=False,
            environment={
                DATASETS_DIR: str(self._settings.datasets_folder),
                **(environment or {}),
            },
        )
        return RunCarrier(job, setting, self._tell, lambda: self._look(job.uid, folder))

    async def _tell(self, job: TrainingJob, status: JobStatus) -> None:
        await self._mirror.record(job.model_copy(update={"status": status.to_document()}))

    async def _changed(self, change: Callable[[], TrainingJob]) -> TrainingJob:
        try:
            return await asyncio.to_thread(change)
        except AzuraForgeError as error:
            raise Problem("conflict", error.message, remedy=error.remedy) from error

    def _has_trainer(self, uid: str) -> bool:
        records = (files.read_process() for files in list_attempts(self._store.folder(uid)))
        return any(record and is_running(record.pid, record.start) for record in records)


def _has_ended(job: TrainingJob) -> bool:
    status = job.status or {}
    return Phase(status.get("phase", Phase.PENDING)).is_terminal


def _goes_on(job: TrainingJob) -> bool:
    """Whether there is something to do: it has not ended and does not stand suspended."""
    status = job.status or {}
    phase = Phase(status.get("phase", Phase.PENDING))
    return not phase.is_terminal and not (phase is Phase.SUSPENDED and job.spec.suspend)
