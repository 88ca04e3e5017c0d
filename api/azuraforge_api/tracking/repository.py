"""Queries on events and series."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Insert, and_, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from azuraforge_api.tracking.tables import AttemptRow, EventBatchRow, MetricRow, PointChunkRow

__all__ = [
    "add_batch",
    "find_chunks",
    "find_metrics",
    "last_chunk",
    "list_batches",
    "lock_attempt",
    "lock_metrics",
]


async def lock_attempt(session: AsyncSession, job_id: int, attempt: int) -> AttemptRow:
    """Return an attempt, created where it is new; nobody else stores events of it meanwhile."""
    values = {"job_id": job_id, "attempt": attempt, "stored": []}
    await session.execute(_insert_if_new(session, AttemptRow).values(values))
    query = select(AttemptRow).where(AttemptRow.job_id == job_id, AttemptRow.attempt == attempt)
    return (await session.scalars(query.with_for_update())).one()


async def lock_metrics(
    session: AsyncSession, job_id: int, names: Sequence[str]
) -> dict[str, MetricRow]:
    """Return metrics by name, created where they are new."""
    if not names:
        return {}
    fresh = {"job_id": job_id, "points": 0, "last_attempt": 0, "last_step": 0, "last_value": 0.0}
    rows = [{**fresh, "name": name} for name in sorted(names)]
    await session.execute(_insert_if_new(session, MetricRow).values(rows))
    query = select(MetricRow).where(MetricRow.job_id == job_id, MetricRow.name.in_(names))
    found = await session.scalars(query.order_by(MetricRow.name).with_for_update())
    return {row.name: row for row in found}


def add_batch(
    session: AsyncSession, attempt: AttemptRow, first: int, last: int, payload: bytes
) -> None:
    """Store consecutive events."""
    session.add(
        EventBatchRow(
            job_id=attempt.job_id,
            attempt=attempt.attempt,
            first_sequence=first,
            last_sequence=last,
            payload=payload,
            received_at=datetime.now(UTC),
        )
    )


async def last_chunk(session: AsyncSession, metric_id: int, attempt: int) -> PointChunkRow | None:
    """Return the latest points of a metric in an attempt."""
    query = (
        select(PointChunkRow)
        .where(PointChunkRow.metric_id == metric_id, PointChunkRow.attempt == attempt)
        .order_by(PointChunkRow.first_sequence.desc())
        .limit(1)
    )
    return await session.scalar(query)


async def list_batches(
    session: AsyncSession, job_id: int, *, after: tuple[int, int], limit: int
) -> list[EventBatchRow]:
    """Return the batches that hold events after an attempt and sequence number, in order."""
    attempt, sequence = after
    query = (
        select(EventBatchRow)
        .where(
            EventBatchRow.job_id == job_id,
            or_(
                EventBatchRow.attempt > attempt,
                and_(EventBatchRow.attempt == attempt, EventBatchRow.last_sequence > sequence),
            ),
        )
        .order_by(EventBatchRow.attempt, EventBatchRow.first_sequence)
        .limit(limit)
    )
    return list(await session.scalars(query))


async def find_metrics(session: AsyncSession, job_id: int) -> list[MetricRow]:
    """Return all metrics of a run by name."""
    query = select(MetricRow).where(MetricRow.job_id == job_id).order_by(MetricRow.name)
    return list(await session.scalars(query))


async def find_chunks(
    session: AsyncSession, job_id: int, names: Sequence[str]
) -> dict[str, list[PointChunkRow]]:
    """Return the points of metrics by name, each in the order of attempt and sequence."""
    query = (
        select(MetricRow.name, PointChunkRow)
        .join(PointChunkRow, PointChunkRow.metric_id == MetricRow.id)
        .where(MetricRow.job_id == job_id, MetricRow.name.in_(names))
        .order_by(MetricRow.id, PointChunkRow.attempt, PointChunkRow.first_sequence)
    )
    found: dict[str, list[PointChunkRow]] = {}
    for name, chunk in await session.execute(query):
        found.setdefault(name, []).append(chunk)
    return found


def _insert_if_new(session: AsyncSession, table: type[AttemptRow | MetricRow]) -> Insert:
    dialect = session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return insert(table).on_conflict_do_nothing()
