"""Takes a run's folder from elsewhere into the library, with its events, report and model.

Called by the endpoint. The run keeps its identity, so that it is imported once; what it says about
itself otherwise is checked as for a run of our own, and it can never be started here.
"""

import asyncio
import shutil
import uuid
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from azuraforge_api.database.database import Database
from azuraforge_api.http.upload import receive_file
from azuraforge_api.ingest.run_ingest import RunIngest
from azuraforge_api.jobs.mirror import CREATED_BY, JobMirror
from azuraforge_api.jobs.repository import find_job
from azuraforge_api.models.found_model import inspect_model
from azuraforge_api.models.repository import versions_of_runs
from azuraforge_api.models.run_archive import unpack_run
from azuraforge_api.models.schemas import ImportQuery
from azuraforge_api.problems.problem import Problem
from azuraforge_api.settings import Settings
from azuraforge_api.tracking.event_lines import parse_lines
from azuraforge_contract.errors import AzuraForgeError
from azuraforge_contract.run_folder import RunFolder
from azuraforge_contract.status import JobStatus, Phase
from azuraforge_contract.training_job import TrainingJob
from azuraforge_local.job_file import WORKING_DIRECTORY, read_job, write_job
from azuraforge_local.status_file import read_status, write_status

__all__ = ["RunImport"]

_INCOMING: Final = "incoming"
_NOTHING: Final = b"\\u0000"
"""Valid in JSON, but kept by no database."""


@dataclass(frozen=True)
class RunImport:
    """Imports runs.

    Attributes:
        settings: the service's.
        database: the service's.
        mirror: told of the job.
        ingest: takes up its events and its model.
    """

    settings: Settings
    database: Database
    mirror: JobMirror
    ingest: RunIngest

    async def take(self, pieces: AsyncIterator[bytes], query: ImportQuery, *, by: str) -> str:
        """Import the zip file of a run's folder; return the run's uid.

        Raises:
            Problem: it is no finished run, is damaged, or is here already.
        """
        runs = self.settings.runs_folder
        temporary = runs / f".incoming-{uuid.uuid4().hex}"
        incoming = self.settings.library_folder / _INCOMING
        try:
            async with receive_file(incoming, pieces) as received:
                await asyncio.to_thread(temporary.mkdir, parents=True)
                limit = self.settings.maximum_upload_bytes
                await asyncio.to_thread(unpack_run, received.path, temporary, limit_bytes=limit)
            job = await asyncio.to_thread(_prepared, temporary, query, by, runs)
            await self._check_new(job.uid)
            await asyncio.to_thread(_place, temporary, runs / job.uid)
        finally:
            await asyncio.to_thread(shutil.rmtree, temporary, ignore_errors=True)
        await self.mirror.record(job)
        await self.ingest.look(job.uid, runs / job.uid)
        return job.uid

    async def _check_new(self, uid: str) -> None:
        async with self.database.read() as session:
            if await find_job(session, uid) is None:
                return
            known = (await versions_of_runs(session, [uid])).get(uid)
        what = f": version {known.version.number} of {known.name}" if known else ""
        raise Problem("conflict", f"Run {uid} is here already{what}.")


def _prepared(folder: Path, query: ImportQuery, by: str, runs: Path) -> TrainingJob:
    """Check a run and write its job and status as ours.

    Raises:
        Problem: something is wrong with it.
    """
    try:
        _check_text(folder)
        job, status = read_job(folder).job, read_status(folder)
        _check_identity(job)
        inspect_model(folder)
        _check_events(folder, job.uid)
        job = _as_ours(job, query, by, runs)
        status = _finished(status)
        write_job(folder, job)
        write_status(folder, status)
    except AzuraForgeError as error:
        message = error.message.replace(f"{folder}/", "")
        raise Problem("data-error", message, remedy=error.remedy) from None
    return job.model_copy(update={"status": status.to_document()})


def _check_text(folder: Path) -> None:
    for path in (RunFolder(folder).job_file, RunFolder(folder).status_file):
        if path.exists() and _NOTHING in path.read_bytes():
            raise Problem("data-error", f"{path.name} holds the character NUL, which no text has.")


def _check_identity(job: TrainingJob) -> None:
    with suppress(ValueError):
        if str(uuid.UUID(job.metadata.uid or "")) == job.metadata.uid:
            return
    raise Problem(
        "data-error",
        f"metadata.uid in job.json is {job.metadata.uid!r}, expected a UUID.",
        remedy="Zip the folder of a run that was carried out.",
    )


def _check_events(folder: Path, uid: str) -> None:
    for path in sorted(RunFolder(folder).events.glob("*.jsonl")):
        with path.open("rb") as lines:
            whole = (line for line in lines if line.endswith(b"\n"))
            for _ in parse_lines(whole, run=uid, attempt=int(path.stem)):
                pass


def _as_ours(job: TrainingJob, query: ImportQuery, by: str, runs: Path) -> TrainingJob:
    publish = job.spec.publish.model_copy(
        update={
            "model": query.model or job.spec.publish.model,
            "alias": query.alias or job.spec.publish.alias,
        }
    )
    metadata = job.metadata.model_copy(
        update={
            "annotations": {CREATED_BY: by, WORKING_DIRECTORY: str(runs / job.uid)},
            "deletion_timestamp": None,
        }
    )
    spec = job.spec.model_copy(update={"publish": publish, "suspend": False, "cancel": False})
    return job.model_copy(update={"metadata": metadata, "spec": spec})


def _finished(status: JobStatus | None) -> JobStatus:
    if status is None:  # a run of a cluster, whose status is its object's
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return JobStatus(phase=Phase.SUCCEEDED, reason="Imported", completion_time=now)
    if status.phase is not Phase.SUCCEEDED:
        raise Problem(
            "data-error",
            f"The run is {status.phase.value}: it has no finished model.",
            remedy="Import it when it has succeeded.",
        )
    return status


def _place(temporary: Path, target: Path) -> None:
    try:
        temporary.rename(target)
    except OSError:
        raise Problem("conflict", f"Run {target.name} is here already.") from None
