"""Queries on events and series.

Those that store work on whole lists and on tables instead of objects: a trainer's batch takes the
same few round trips however many metrics it has. They are plain functions, run in one piece by
`azuraforge_api.tracking.service`: going to and fro between them and the event loop would take
longer than some of them do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, NamedTuple

from sqlalchemy import Connection, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from azuraforge_api.tracking.event_points import NumberedPoints
from azuraforge_api.tracking.statements import (
    FIND_RUN,
    FIND_TAILS,
    LOCK_ATTEMPT,
    NEW_BATCH,
    NOTE_STORED,
    statements,
)
from azuraforge_api.tracking.stretches import Stretches
from azuraforge_api.tracking.tables import EventBatchRow, MetricRow, PointChunkRow

__all__ = [
    "Batch",
    "Chunk",
    "StoredChunk",
    "Tail",
    "find_chunks",
    "find_metrics",
    "find_run",
    "find_tails",
    "list_batches",
    "lock_attempt",
    "note_points",
    "store_batches",
    "store_chunks",
]

_AT_ONCE: Final = 1000
"""Metrics asked for at once: a statement has a limited number of parameters."""


@dataclass(frozen=True)
class Batch:
    """Consecutive events.

    Attributes:
        first: sequence number of the first.
        last: sequence number of the last.
        payload: their lines, compressed.
    """

    first: int
    last: int
    payload: bytes


@dataclass(frozen=True)
class Chunk:
    """Points of a metric.

    Attributes:
        metric_id: whose.
        first: sequence number of the event that the first came with.
        last: of the last one's event.
        points: how many.
        payload: packed; see ``points``.
    """

    metric_id: int
    first: int
    last: int
    points: int
    payload: bytes


class FoundRun(NamedTuple):
    """What a post needs to know of the job that it is for."""

    job_id: int
    namespace: str | None


class Tail(NamedTuple):
    """The last points of a metric in an attempt."""

    first_sequence: int
    last_sequence: int
    points: int
    payload: bytes


class StoredChunk(NamedTuple):
    """Points of a metric as they lie in the database."""

    attempt: int
    points: int
    payload: bytes


def find_run(connection: Connection, uid: str) -> FoundRun | None:
    """Return the job of a run."""
    row = connection.execute(FIND_RUN, {"of_run": uid}).one_or_none()
    return None if row is None else FoundRun(*row)


def lock_attempt(connection: Connection, job_id: int, attempt: int) -> Stretches:
    """Return which events of an attempt are stored; nobody else stores any of it meanwhile."""
    of_attempt = {"of_job": job_id, "of_attempt": attempt}
    stored: Stretches | None = connection.scalar(LOCK_ATTEMPT, of_attempt)
    if stored is not None:
        return stored
    fresh = {"job_id": job_id, "attempt": attempt, "stored": []}
    connection.execute(statements(connection.dialect.name).new_attempt, fresh)
    created: Stretches = connection.scalars(LOCK_ATTEMPT, of_attempt).one()
    return created


def store_batches(
    connection: Connection, job_id: int, attempt: int, batches: Sequence[Batch], stored: Stretches
) -> None:
    """Store stretches of consecutive events, and which ones an attempt has now."""
    if not batches:
        return
    now = datetime.now(UTC)
    connection.execute(
        NEW_BATCH,
        [
            {
                "job_id": job_id,
                "attempt": attempt,
                "first_sequence": batch.first,
                "last_sequence": batch.last,
                "payload": batch.payload,
                "received_at": now,
            }
            for batch in batches
        ],
    )
    values = {"of_job": job_id, "of_attempt": attempt, "stored": stored}
    connection.execute(NOTE_STORED, values)


def note_points(
    connection: Connection, job_id: int, attempt: int, found: Mapping[str, NumberedPoints]
) -> dict[str, int]:
    """Count points to metrics by name, new ones created, and keep the last of each.

    Returns:
        Identity of each metric; nobody else changes them meanwhile.
    """
    rows = []
    for name, numbered in sorted(found.items()):  # in one order, so that nobody waits in a circle
        step, value = numbered.last
        rows.append(
            {
                "job_id": job_id,
                "name": name,
                "points": len(numbered),
                "last_attempt": attempt,
                "last_step": step,
                "last_value": value,
            }
        )
    noted = connection.execute(statements(connection.dialect.name).note_points, rows)
    return {row.name: row.id for row in noted}


def find_tails(
    connection: Connection, metric_ids: Sequence[int], attempt: int, *, below: int
) -> dict[int, Tail]:
    """Return the last chunk of each metric in an attempt, where it has fewer points than that."""
    found: dict[int, Tail] = {}
    for start in range(0, len(metric_ids), _AT_ONCE):
        some = metric_ids[start : start + _AT_ONCE]
        rows = connection.execute(
            FIND_TAILS, {"of_attempt": attempt, "of_metrics": some, "below": below}
        )
        found |= {row[0]: Tail(*row[1:]) for row in rows}
    return found


def store_chunks(connection: Connection, attempt: int, chunks: Sequence[Chunk]) -> None:
    """Store packed points; a chunk that goes on from a tail takes its place."""
    rows = [
        {
            "metric_id": chunk.metric_id,
            "attempt": attempt,
            "first_sequence": chunk.first,
            "last_sequence": chunk.last,
            "points": chunk.points,
            "payload": chunk.payload,
        }
        for chunk in chunks
    ]
    if rows:
        connection.execute(statements(connection.dialect.name).put_chunk, rows)


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
) -> dict[str, list[StoredChunk]]:
    """Return the points of metrics by name, each in the order of attempt and sequence."""
    columns = (PointChunkRow.attempt, PointChunkRow.points, PointChunkRow.payload)
    query = (
        select(MetricRow.name, *columns)
        .join(PointChunkRow, PointChunkRow.metric_id == MetricRow.id)
        .where(MetricRow.job_id == job_id, MetricRow.name.in_(names))
        .order_by(MetricRow.id, PointChunkRow.attempt, PointChunkRow.first_sequence)
    )
    found: dict[str, list[StoredChunk]] = {}
    for name, attempt, points, payload in await session.execute(query):
        found.setdefault(name, []).append(StoredChunk(attempt, points, payload))
    return found
