"""Keeps the table of jobs equal to what backends tell, and wakes whoever follows a job.

Called by backends at every change; safe to be told the same twice, and late.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from azuraforge_api.database.database import Database
from azuraforge_api.jobs.feed import JobFeed
from azuraforge_api.jobs.tables import JobRow
from azuraforge_contract.status import Phase
from azuraforge_contract.training_job import TrainingJob

__all__ = ["CREATED_BY", "JobMirror"]

CREATED_BY: Final = "azuraforge.io/created-by"
"""Annotation: the principal that created the job by REST."""
_OUTSIDE: Final = "kubectl"
"""Who created a job that does not say."""


class JobMirror:
    """The table of jobs, written.

    Args:
        database: the service's.
        feed: told which job has changed.
    """

    def __init__(self, database: Database, feed: JobFeed) -> None:
        self._database = database
        self._feed = feed

    async def record(self, job: TrainingJob) -> None:
        """Take over an object as its backend has it now."""
        async with self._database.write() as session:
            changed = await _upsert(session, job)
        if changed:
            self._feed.publish(_uid(job))

    async def is_name_taken(self, namespace: str, name: str) -> bool:
        """Return whether a job of that name is there and has not ended."""
        open_phases = [phase.value for phase in Phase if not phase.is_terminal]
        query = select(JobRow.id).where(
            JobRow.namespace == namespace,
            JobRow.name == name,
            JobRow.gone_at.is_(None),
            JobRow.phase.in_(open_phases),
        )
        async with self._database.read() as session:
            return await session.scalar(query.limit(1)) is not None

    async def mark_gone(self, uid: str) -> None:
        """Note that the object was deleted; its history stays."""
        async with self._database.write() as session:
            row = await _find(session, uid)
            if row is None or row.gone_at is not None:
                return
            row.gone_at = datetime.now(UTC)
            row.version += 1
        self._feed.publish(uid)


async def _upsert(session: AsyncSession, job: TrainingJob) -> bool:
    row = await _find(session, _uid(job))
    if row is None:
        session.add(_new_row(job))
        return True
    status = dict(job.status or {})
    spec = _spec(job)
    if (row.spec, row.status, row.labels) == (spec, status, dict(job.metadata.labels)):
        return False
    row.spec, row.status, row.labels = spec, status, dict(job.metadata.labels)
    row.phase = _phase(status)
    row.generation = job.metadata.generation
    row.finished_at = _time(status.get("completionTime"))
    row.version += 1
    return True


async def _find(session: AsyncSession, uid: str) -> JobRow | None:
    return await session.scalar(select(JobRow).where(JobRow.uid == uid).with_for_update())


def _new_row(job: TrainingJob) -> JobRow:
    metadata, status = job.metadata, dict(job.status or {})
    return JobRow(
        uid=_uid(job),
        namespace=metadata.namespace,
        name=metadata.name,
        pipeline=job.spec.pipeline,
        created_by=metadata.annotations.get(CREATED_BY, _OUTSIDE),
        labels=dict(metadata.labels),
        spec=_spec(job),
        status=status,
        phase=_phase(status),
        generation=metadata.generation,
        version=1,
        created_at=_time(metadata.creation_timestamp) or datetime.now(UTC),
        finished_at=_time(status.get("completionTime")),
    )


def _uid(job: TrainingJob) -> str:
    if job.metadata.uid is None:
        raise ValueError(f"{job.metadata.name} has no uid: it was never created")
    return job.metadata.uid


def _spec(job: TrainingJob) -> dict[str, Any]:
    return job.spec.model_dump(mode="json", by_alias=True)


def _phase(status: Mapping[str, Any]) -> str:
    return str(status.get("phase", Phase.PENDING.value))


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
