"""The backend whose jobs are TrainingJobs of a cluster; see `Backend`."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select

from azuraforge_api.backends.backend import LogLine, SpecChange
from azuraforge_api.backends.kubernetes.cluster_access import ClusterAccess
from azuraforge_api.backends.kubernetes.cluster_problems import problem_of
from azuraforge_api.backends.kubernetes.job_watch import JobWatch
from azuraforge_api.backends.kubernetes.live_runs import LiveRuns, RunLook
from azuraforge_api.backends.kubernetes.pod_logs import PodLogs
from azuraforge_api.backends.kubernetes.progress_reporter import ProgressReporter
from azuraforge_api.backends.kubernetes.seen_jobs import SeenJobs, read_seen_job
from azuraforge_api.database.database import Database
from azuraforge_api.jobs.mirror import JobMirror
from azuraforge_api.jobs.repository import find_job
from azuraforge_api.jobs.tables import JobRow
from azuraforge_api.problems.problem import FieldProblem, Problem
from azuraforge_cluster.errors import (
    AlreadyExistsError,
    ClusterError,
    ConflictError,
    NotFoundError,
)
from azuraforge_cluster.resources import TRAINING_JOBS
from azuraforge_contract.status import Phase
from azuraforge_contract.training_job import API_VERSION, KIND, TrainingJob

__all__ = ["KubernetesBackend"]

_REQUEST: Final = "azuraforge.io/request"
"""Annotation by which a job is known again whose creation was asked for twice, an answer lost."""
_ENDED: Final = tuple(phase.value for phase in Phase if phase.is_terminal)
_SWEEP_PAGE: Final = 500


class KubernetesBackend:
    """Has jobs carried out by the cluster's operator.

    Args:
        access: the cluster.
        database: the service's.
        mirror: told of every change.
        runs: folder of all runs, where their volume is mounted.
        look: called while a run goes on and after its end.
    """

    def __init__(
        self,
        access: ClusterAccess,
        database: Database,
        mirror: JobMirror,
        runs: Path,
        look: RunLook,
    ) -> None:
        self._access = access
        self._database = database
        self._mirror = mirror
        self._runs = runs
        self._seen = SeenJobs()
        self._live = LiveRuns(self.run_folder, look)
        self._logs = PodLogs(access, database, self.run_folder)
        self._reporter = ProgressReporter(access.cluster, database, self._seen)
        self._watches = [
            JobWatch(access, namespace, mirror, self._seen, self._live)
            for namespace in access.namespaces
        ]
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin to watch; see `Backend.start`. A cluster that is away is waited for behind it."""
        parts = [watch.watch() for watch in self._watches]
        parts += [self._live.follow(), self._reporter.report(), self._sweep()]
        self._tasks = [asyncio.create_task(part) for part in parts]

    async def close(self) -> None:
        """Stop watching; jobs go on. See `Backend.close`."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._access.close()

    async def create(self, job: TrainingJob) -> TrainingJob:
        """Create a TrainingJob; see `Backend.create`."""
        name, document = job.metadata.name, self._document(job)
        try:
            raw = await self._access.cluster.create(TRAINING_JOBS, document)
        except AlreadyExistsError as error:
            own = await self._find_own(document)
            if own is None:
                raise problem_of(error, name) from error
            raw = own
        except ClusterError as error:
            raise problem_of(error, name) from error
        return await self._record(raw)

    async def change(self, uid: str, change: SpecChange) -> None:
        """Suspend, resume or cancel a job; see `Backend.change`."""
        row = await self._find(uid)
        wanted = {"suspend": change.suspend, "cancel": change.cancel}
        spec = {name: value for name, value in wanted.items() if value is not None}
        try:
            raw = await self._access.cluster.merge(
                TRAINING_JOBS, row.namespace, row.name, uid=uid, change={"spec": spec}
            )
        except (NotFoundError, ConflictError) as error:
            await self._mirror.mark_gone(uid)
            raise _gone(row) from error
        except ClusterError as error:
            raise problem_of(error, row.name) from error
        await self._record(raw)

    async def delete(self, uid: str) -> None:
        """Delete a TrainingJob with its pods; see `Backend.delete`."""
        row = await self._find(uid)
        try:
            await self._access.cluster.delete(TRAINING_JOBS, row.namespace, row.name, uid=uid)
        except ConflictError:
            pass  # another job has its name by now: this one is gone
        except ClusterError as error:
            raise problem_of(error, row.name) from error
        await self._mirror.mark_gone(uid)

    def run_folder(self, uid: str) -> Path | None:
        """Return a run's folder, where the volume is mounted; see `Backend.run_folder`."""
        folder = self._runs / uid
        return folder if folder.is_dir() else None

    def read_logs(self, uid: str, *, attempt: int | None, follow: bool) -> AsyncIterator[LogLine]:
        """Read what trainers printed; see `Backend.read_logs`."""
        return self._logs.read(uid, attempt=attempt, follow=follow)

    def _document(self, job: TrainingJob) -> dict[str, Any]:
        """Return the object to create: what the person said, and nothing that is a default."""
        metadata = job.metadata
        is_named = "namespace" in metadata.model_fields_set
        namespace = metadata.namespace if is_named else self._access.home
        if not self._access.serves(namespace):
            words = f"namespace {namespace!r} is not served; jobs go to {self._access.home!r}."
            mistake = FieldProblem(path="metadata.namespace", message=words)
            raise Problem("invalid-job", f"metadata.namespace: {words}", errors=[mistake])
        return {
            "apiVersion": API_VERSION,
            "kind": KIND,
            "metadata": {
                "name": metadata.name,
                "namespace": namespace,
                "labels": dict(metadata.labels),
                "annotations": {**metadata.annotations, _REQUEST: uuid.uuid4().hex},
            },
            "spec": job.spec.model_dump(mode="json", by_alias=True, exclude_unset=True),
        }

    async def _find_own(self, document: dict[str, Any]) -> dict[str, Any] | None:
        """Return the object of a name if it is the very one whose creation was asked for."""
        metadata = document["metadata"]
        try:
            raw = await self._access.cluster.read(
                TRAINING_JOBS, metadata["namespace"], metadata["name"]
            )
        except ClusterError as error:
            raise problem_of(error, metadata["name"]) from error
        request = (raw or {}).get("metadata", {}).get("annotations", {}).get(_REQUEST)
        return raw if request == metadata["annotations"][_REQUEST] else None

    async def _record(self, raw: dict[str, Any]) -> TrainingJob:
        seen = read_seen_job(raw)
        await self._mirror.record(seen.job, object_version=seen.number)
        return seen.job

    async def _find(self, uid: str) -> JobRow:
        async with self._database.read() as session:
            row = await find_job(session, uid)
        if row is None:
            raise Problem("not-found", f"No job has the uid {uid!r}.")
        return row

    async def _sweep(self) -> None:
        """Take up what was missed of runs that have ended, once all jobs are known."""
        for watch in self._watches:
            await watch.has_listed.wait()
        await self._live.sweep(self._ended())

    async def _ended(self) -> AsyncIterator[str]:
        """Return the ended runs whose folders may hold what is not in the library yet."""
        after = 0
        while True:
            query = (
                select(JobRow.id, JobRow.uid)
                .where(
                    JobRow.id > after,
                    JobRow.phase.in_(_ENDED),
                    JobRow.publication.is_(None),
                    JobRow.files_gone_at.is_(None),
                )
                .order_by(JobRow.id)
                .limit(_SWEEP_PAGE)
            )
            async with self._database.read() as session:
                rows = list(await session.execute(query))
            for identity, uid in rows:
                after = identity
                yield uid
            if len(rows) < _SWEEP_PAGE:
                return


def _gone(row: JobRow) -> Problem:
    return Problem(
        "conflict",
        f"{row.name} was deleted from the cluster.",
        remedy="Clone it to train again.",
    )
