"""Keeps the table of jobs equal to what backends tell, and wakes whoever follows a job.

Called by backends at every change; safe to be told the same twice, and late.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from enum import Enum, auto
from typing import Any, Final

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from azuraforge_api.database.database import Database
from azuraforge_api.jobs.feed import JobFeed
from azuraforge_api.jobs.tables import JobRow
from azuraforge_contract.status import Phase
from azuraforge_contract.training_job import TrainingJob

__all__ = ["CREATED_BY", "Half", "JobMirror"]

CREATED_BY: Final = "azuraforge.io/created-by"
"""Annotation: the principal that created the job by REST."""
_OUTSIDE: Final = "kubectl"
"""Who created a job that does not say."""
_LONGEST_CREATOR: Final = 200
"""Anybody may write the annotation."""
_OPEN: Final = tuple(phase.value for phase in Phase if not phase.is_terminal)
_DELETED: Final = {
    "phase": Phase.CANCELLED.value,
    "reason": "Deleted",
    "message": "Its object was deleted before it ended.",
}

NoteEnd = Callable[[AsyncSession, JobRow], Awaitable[None]]


class Half(Enum):
    """What of an object is told. Where jobs are processes, two tell of the same job at once."""

    BOTH = auto()
    SPEC = auto()
    """What is wanted: told by whoever was asked for a change."""
    STATUS = auto()
    """How it stands: told by whoever carries it out, perhaps before it has heard of the change."""


class JobMirror:
    """The table of jobs, written.

    Args:
        database: the service's.
        feed: told which job has changed.
        note_end: awaited once for each job, in the transaction that stores its end.
    """

    def __init__(self, database: Database, feed: JobFeed, note_end: NoteEnd | None = None) -> None:
        self._database = database
        self._feed = feed
        self._note_end = note_end

    async def record(
        self, job: TrainingJob, *, object_version: int | None = None, half: Half = Half.BOTH
    ) -> None:
        """Take over an object as its backend has it now.

        Args:
            job: the object with its status.
            object_version: of the cluster's object; one that is older than what is known already
                changes nothing, so that several processes may tell the same in any order.
            half: what of it the caller knows to be the newest.
        """
        try:
            changed = await self._record(job, object_version, half)
        except IntegrityError:  # another process has recorded it first, this very moment
            changed = await self._record(job, object_version, half)
        if changed:
            self._feed.publish(_uid(job))

    async def is_name_taken(self, namespace: str, name: str) -> bool:
        """Return whether a job of that name is there and has not ended."""
        query = select(JobRow.id).where(
            JobRow.namespace == namespace,
            JobRow.name == name,
            JobRow.gone_at.is_(None),
            JobRow.phase.in_(_OPEN),
        )
        async with self._database.read() as session:
            return await session.scalar(query.limit(1)) is not None

    async def mark_gone(self, uid: str, *, has_ended: bool = False) -> None:
        """Note that the object was deleted; its history stays.

        Args:
            uid: the job.
            has_ended: whether nothing of it is left that could still end in any way: a job that
                was on its way counts as cancelled then.
        """
        async with self._database.write() as session:
            row = await _find(session, uid)
            if row is None:
                return
            was_open = row.phase in _OPEN
            if not _leave(row, has_ended=has_ended):
                return
            await self._tell_end(session, row, was_open=was_open)
        self._feed.publish(uid)

    async def list_present(self, namespace: str | None, object_version: int) -> list[str]:
        """Return the uids of a cluster's jobs that are there, or not known to have ended.

        Args:
            namespace: only of this one; None: of all.
            object_version: only those that were told up to this version.
        """
        query = select(JobRow.uid).where(
            JobRow.object_version <= object_version,
            or_(JobRow.gone_at.is_(None), JobRow.phase.in_(_OPEN)),
        )
        if namespace is not None:
            query = query.where(JobRow.namespace == namespace)
        async with self._database.read() as session:
            return list(await session.scalars(query))

    async def _record(self, job: TrainingJob, object_version: int | None, half: Half) -> bool:
        async with self._database.write() as session:
            row = await _find(session, _uid(job))
            was_open = row is None or row.phase in _OPEN
            if row is None:
                row = _new_row(job, object_version)
                session.add(row)
                await session.flush()
            elif not _take_over(row, job, object_version, half):
                return False
            await self._tell_end(session, row, was_open=was_open)
        return True

    async def _tell_end(self, session: AsyncSession, row: JobRow, *, was_open: bool) -> None:
        if was_open and row.phase not in _OPEN and self._note_end is not None:
            await self._note_end(session, row)


def _take_over(row: JobRow, job: TrainingJob, object_version: int | None, half: Half) -> bool:
    """Bring a row up to an object; return whether anything of it is news."""
    if object_version is not None:
        if object_version <= (row.object_version or 0):
            return False
        row.object_version = object_version
    before = (row.spec, row.status, row.labels)
    if half is not Half.STATUS:
        row.spec, row.labels = _spec(job), dict(job.metadata.labels)
        row.generation = job.metadata.generation
    if half is not Half.SPEC:
        row.status = dict(job.status or {})
        row.phase = _phase(row.status)
        row.finished_at = _time(row.status.get("completionTime"))
    if (row.spec, row.status, row.labels) == before:
        return False
    row.version += 1
    return True


def _leave(row: JobRow, *, has_ended: bool) -> bool:
    """Note in a row that its object is gone; return whether that is news."""
    now = datetime.now(UTC)
    is_open = has_ended and row.phase in _OPEN
    if row.gone_at is not None and not is_open:
        return False
    row.gone_at = row.gone_at or now
    row.version += 1
    if is_open:
        ended = now.isoformat(timespec="seconds").replace("+00:00", "Z")
        row.status = {**row.status, **_DELETED, "completionTime": ended}
        row.phase, row.finished_at = Phase.CANCELLED.value, now
    return True


async def _find(session: AsyncSession, uid: str) -> JobRow | None:
    return await session.scalar(select(JobRow).where(JobRow.uid == uid).with_for_update())


def _new_row(job: TrainingJob, object_version: int | None) -> JobRow:
    metadata, status = job.metadata, dict(job.status or {})
    return JobRow(
        uid=_uid(job),
        namespace=metadata.namespace,
        name=metadata.name,
        pipeline=job.spec.pipeline,
        created_by=metadata.annotations.get(CREATED_BY, _OUTSIDE)[:_LONGEST_CREATOR],
        labels=dict(metadata.labels),
        spec=_spec(job),
        status=status,
        phase=_phase(status),
        generation=metadata.generation,
        object_version=object_version,
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
