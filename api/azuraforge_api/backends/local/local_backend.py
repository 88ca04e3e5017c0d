"""The backend whose jobs are processes of this machine; see `Backend`."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final

from azuraforge_api.backends.backend import LogLine, SpecChange
from azuraforge_api.backends.local.adoption import CUDA_DEVICES, LivingTrainer, find_trainer
from azuraforge_api.backends.local.log_files import read_log_files
from azuraforge_api.backends.local.posting_trainers import PostingTrainers
from azuraforge_api.backends.local.run_carrier import RunCarrier
from azuraforge_api.backends.local.run_store import RunStore
from azuraforge_api.backends.local.slots import Slots, count_gpus
from azuraforge_api.jobs.mirror import Half, JobMirror
from azuraforge_api.problems.problem import Problem
from azuraforge_api.settings import Settings
from azuraforge_contract.environment import DATASETS_DIR
from azuraforge_contract.errors import AzuraForgeError, JobFileError
from azuraforge_contract.status import JobStatus, Phase
from azuraforge_contract.training_job import TrainingJob
from azuraforge_local.executor_lock import hold_executor_lock
from azuraforge_local.trainer_process import TrainerSetting

__all__ = ["LocalBackend", "RunLook"]

_HELD_SECONDS: Final = 5.0
"""Pause before a run that another process carries out is looked at again."""
_SWEEPS: Final = 100
_SWEEP_SECONDS: Final = 5.0
"""Pause before runs that could not be looked at are looked at again: a database comes back."""
_logger: Final = logging.getLogger("azuraforge.api.local")

RunLook = Callable[[str, Path], Awaitable[object]]
"""Takes up what is new in a run's folder: ``look(uid, folder)``."""


class LocalBackend:
    """Runs jobs as trainer processes.

    Args:
        settings: the service's.
        mirror: told of every change.
        look: called while a run goes on and after its end.
        posting: lets trainers post their events; None: they are read from the folders alone.
    """

    def __init__(
        self,
        settings: Settings,
        mirror: JobMirror,
        look: RunLook,
        posting: PostingTrainers | None = None,
    ) -> None:
        self._settings = settings
        self._posting = posting
        self._mirror = mirror
        self._look = look
        self._store = RunStore(settings.runs_folder)
        self._slots = {
            "cpu": Slots(settings.local_cpu_jobs),
            "gpu": Slots(max(1, count_gpus())),  # without one, preflight says so, job by job
        }
        self._carriers: dict[str, RunCarrier] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._changing = asyncio.Lock()
        """What is wanted of a run and whether somebody looks after it change together."""
        self._sweep: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Take up the runs of an earlier service; see `Backend.start`."""
        self._store.root.mkdir(parents=True, exist_ok=True)
        self._settings.cache_folder.mkdir(parents=True, exist_ok=True)
        jobs = await asyncio.to_thread(lambda: list(self._store.all()))
        for job in jobs:
            await self._mirror.record(job)
            if job.metadata.deletion_timestamp is not None:
                await self._mirror.mark_gone(job.uid)
        unfinished = [job for job in jobs if _goes_on(job)]
        for job, trainer in await asyncio.to_thread(self._with_trainers, unfinished):
            self._launch(job, trainer)
        if self._posting is not None:
            await self._posting.tidy(set(self._tasks))
        ended = [job.uid for job in jobs if job.uid not in self._tasks]
        self._sweep = asyncio.create_task(self._look_again(ended))

    async def close(self) -> None:
        """Let go of all runs; their trainers go on. See `Backend.close`."""
        tasks = [*self._tasks.values(), *([self._sweep] if self._sweep else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def create(self, job: TrainingJob) -> TrainingJob:
        """Create a run; see `Backend.create`."""
        name, namespace = job.metadata.name, job.metadata.namespace
        async with self._changing:
            if await self._mirror.is_name_taken(namespace, name):
                raise Problem(
                    "conflict",
                    f"A job {name!r} is there already and has not ended.",
                    remedy="Choose another name, or wait for it, cancel it or delete it.",
                )
            created = await asyncio.to_thread(self._store.create, job)
            try:
                await self._mirror.record(created)
            except BaseException:  # who is told that nothing was created finds nothing later
                await asyncio.to_thread(self._store.discard, created.uid)
                raise
            await self._heed(created)
        return created

    async def change(self, uid: str, change: SpecChange) -> None:
        """Suspend, resume or cancel a run; see `Backend.change`."""
        fields = {
            name: value
            for name, value in (("suspend", change.suspend), ("cancel", change.cancel))
            if value is not None
        }
        async with self._changing:
            job = await self._changed(lambda: self._store.change(uid, **fields))
            await self._mirror.record(job, half=Half.SPEC)
            await self._heed(job)

    async def delete(self, uid: str) -> None:
        """End a run for good and forget its object; see `Backend.delete`."""
        async with self._changing:
            if self._store.folder(uid).is_dir():  # else it was removed after its retention
                job = await self._changed(lambda: self._store.mark_deleted(uid))
                if _goes_on(job):
                    await self._heed(_wanted(job))
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

    async def _heed(self, job: TrainingJob) -> None:
        """Let what is wanted of a run have its effect, as far as it can at once."""
        uid = job.uid
        carrier = self._carriers.get(uid)
        if carrier is not None:  # it has a place, and plans with the new spec at once
            carrier.change(job)
            return
        is_stopping = job.spec.suspend or job.spec.cancel
        trainer = await asyncio.to_thread(find_trainer, self._store.folder(uid))
        if is_stopping and trainer is None:
            await self._leave_queue(uid)
            await self._carrier(job).settle()
        elif uid not in self._tasks:
            self._launch(job, trainer)

    def _launch(self, job: TrainingJob, trainer: LivingTrainer | None) -> None:
        task = asyncio.create_task(self._queue(job, trainer), name=f"run {job.metadata.name}")
        self._tasks[job.uid] = task
        task.add_done_callback(lambda done: self._forget(job.uid, done))

    def _forget(self, uid: str, task: asyncio.Task[None]) -> None:
        if self._tasks.get(uid) is task:
            del self._tasks[uid]
        if not task.cancelled() and task.exception() is not None:
            _logger.error("run %s", uid, exc_info=task.exception(), extra={"event": "run_failed"})

    async def _queue(self, job: TrainingJob, trainer: LivingTrainer | None) -> None:
        """Wait for a place, then carry the run out; one whose trainer runs has its place."""
        device, uid = job.spec.device, job.uid
        if trainer is not None:
            with self._slots[device].keep(trainer.gpu) as place:
                await self._carry_out(uid, _environment(device, place))
        else:
            async with self._slots[device].take() as place:
                await self._carry_out(uid, _environment(device, place))

    async def _carry_out(self, uid: str, environment: dict[str, str]) -> None:
        """Carry a run out until nothing more is wanted of it."""
        folder = self._store.folder(uid)
        if self._posting is not None:
            await self._posting.begin(uid)
        while True:
            job = _wanted(await asyncio.to_thread(self._store.read, uid))
            try:
                with hold_executor_lock(folder):
                    await self._watch(job, environment)
            except JobFileError as error:  # another process carries it out
                _logger.warning("%s", error, extra={"event": "run_held", "job": job.metadata.name})
                await asyncio.sleep(_HELD_SECONDS)
            async with self._changing:
                job = await asyncio.to_thread(self._store.read, uid)
                if not _goes_on(job):
                    if self._posting is not None:
                        await self._posting.end(uid)
                    self._tasks.pop(uid, None)
                    return

    async def _watch(self, job: TrainingJob, environment: dict[str, str]) -> None:
        carrier = self._carriers[job.uid] = self._carrier(job, environment)
        try:
            await carrier.carry_out()
        finally:
            del self._carriers[job.uid]

    async def _look_again(self, uids: Sequence[str]) -> None:
        """Take up what was missed of runs that have ended; once more what the database refuses."""
        left = list(uids)
        for _ in range(_SWEEPS):
            left = [uid for uid in left if not await self._looked(uid)]
            if not left:
                return
            await asyncio.sleep(_SWEEP_SECONDS)

    async def _looked(self, uid: str) -> bool:
        try:
            await self._look(uid, self._store.folder(uid))
        except Exception as error:  # noqa: BLE001 - one damaged run must not hide the others
            _logger.warning("run %s: %s", uid, error, extra={"event": "sweep_trouble"})
            return False
        return True

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
                **(self._posting.environment(job.uid) if self._posting else {}),
                **(environment or {}),
            },
        )
        return RunCarrier(job, setting, self._tell, lambda: self._look(job.uid, folder))

    async def _tell(self, job: TrainingJob, status: JobStatus) -> None:
        await self._mirror.record(
            job.model_copy(update={"status": status.to_document()}), half=Half.STATUS
        )

    async def _changed(self, change: Callable[[], TrainingJob]) -> TrainingJob:
        try:
            return await asyncio.to_thread(change)
        except AzuraForgeError as error:
            raise Problem("conflict", error.message, remedy=error.remedy) from error

    def _with_trainers(
        self, jobs: Sequence[TrainingJob]
    ) -> list[tuple[TrainingJob, LivingTrainer | None]]:
        """Return jobs with their trainers: first those that have one, and with it a place."""
        found = [(job, find_trainer(self._store.folder(job.uid))) for job in jobs]
        return sorted(found, key=lambda each: each[1] is None)


def _environment(device: str, place: int) -> dict[str, str]:
    return {CUDA_DEVICES: str(place)} if device == "gpu" else {}


def _wanted(job: TrainingJob) -> TrainingJob:
    """Return a job as it is to be carried out: one whose object was deleted is cancelled."""
    if job.metadata.deletion_timestamp is None:
        return job
    return job.model_copy(update={"spec": job.spec.model_copy(update={"cancel": True})})


def _goes_on(job: TrainingJob) -> bool:
    """Whether there is something to do: it has not ended and does not stand suspended."""
    job = _wanted(job)
    status = job.status or {}
    phase = Phase(status.get("phase", Phase.PENDING))
    stands = phase is Phase.SUSPENDED and job.spec.suspend and not job.spec.cancel
    return not phase.is_terminal and not stands
