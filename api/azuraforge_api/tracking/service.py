"""Stores events, each once, and reads them and their series back.

`store_at_once` is the one place that stores: trainers' posts and the ingest of run folders end
here.
"""

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final

import numpy as np
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncSession

from azuraforge_api.jobs.tables import JobRow
from azuraforge_api.tracking.downsampling import downsample, newest_attempt
from azuraforge_api.tracking.event_lines import EventLine, parse_lines
from azuraforge_api.tracking.event_points import NumberedPoints, points_of
from azuraforge_api.tracking.points import Points, pack_points, unpack_points
from azuraforge_api.tracking.repository import (
    Batch,
    Chunk,
    StoredChunk,
    Tail,
    find_chunks,
    find_tails,
    list_batches,
    lock_attempt,
    note_points,
    store_batches,
    store_chunks,
)
from azuraforge_api.tracking.schemas import SeriesAxis
from azuraforge_api.tracking.stretches import contains, joined

__all__ = [
    "Appended",
    "StoredEvent",
    "append_events",
    "read_events",
    "read_series",
    "store_at_once",
    "store_events",
]

_CHUNK_POINTS: Final = 4096
"""Points of a full chunk: some tens of kilobytes, read in one piece."""
_TAIL_POINTS: Final = 256
"""A last chunk with fewer is written anew with what follows it, so that a run that reports every
second does not leave a row for every point."""
_COMPRESSION: Final = 1
"""Of event lines: a third of the time of level 6 for a tenth more bytes."""


@dataclass(frozen=True)
class Appended:
    """What became of events that were sent.

    Attributes:
        stored: how many are new.
        known: how many were there before.
        points: of series that came with them.
        newest: when the last new one happened.
    """

    stored: int
    known: int
    points: int = 0
    newest: datetime | None = None


@dataclass(frozen=True)
class StoredEvent:
    """One event.

    Attributes:
        attempt: of this attempt.
        sequence: its number there.
        line: as the trainer wrote it.
    """

    attempt: int
    sequence: int
    line: str


async def append_events(
    session: AsyncSession, job: JobRow, attempt: int, lines: Iterable[bytes]
) -> Appended:
    """Store events of one attempt; what is known already changes nothing.

    Args:
        session: a writing transaction.
        job: whose run it is.
        attempt: index of the attempt.
        lines: the events as JSON, in any order, some of them perhaps known.

    Raises:
        Problem: a line is no event of this attempt; nothing is stored then.
    """
    events = list(parse_lines(lines, run=job.uid, attempt=attempt))
    return await store_events(session, job.id, attempt, events)


async def store_events(
    session: AsyncSession, job_id: int, attempt: int, events: Sequence[EventLine]
) -> Appended:
    """Store events that were read already; see `append_events`."""
    connection = await session.connection()
    return await connection.run_sync(store_at_once, job_id, attempt, events)


def store_at_once(
    connection: Connection, job_id: int, attempt: int, events: Sequence[EventLine]
) -> Appended:
    """Store events that were read already, within a transaction of Core; see `append_events`."""
    if not events:
        return Appended(0, 0)
    stored = lock_attempt(connection, job_id, attempt)
    fresh = {e.sequence: e for e in events if not contains(stored, e.sequence)}
    ordered = [fresh[number] for number in sorted(fresh)]
    batches = [_batch(group) for group in _consecutive(ordered)]
    now_stored = joined(stored, ((batch.first, batch.last) for batch in batches))
    store_batches(connection, job_id, attempt, batches, now_stored)
    points = points_of(event.fields for event in ordered)
    if points:
        _store_points(connection, job_id, attempt, points)
    return Appended(
        len(fresh),
        len(events) - len(fresh),
        sum(map(len, points.values())),
        ordered[-1].fields.time if ordered else None,
    )


async def read_events(
    session: AsyncSession, job_id: int, *, after: tuple[int, int] = (0, -1), batches: int = 100
) -> list[StoredEvent]:
    """Return events after an attempt and sequence number, in order.

    Args:
        session: a transaction.
        job_id: whose run.
        after: attempt and sequence of the last one known.
        batches: how many stored stretches are read at most.
    """
    found = []
    for batch in await list_batches(session, job_id, after=after, limit=batches):
        lines = zlib.decompress(batch.payload).decode().split("\n")
        numbered = enumerate(lines, start=batch.first_sequence)
        found += [StoredEvent(batch.attempt, number, line) for number, line in numbered]
    return [event for event in found if (event.attempt, event.sequence) > after]


async def read_series(
    session: AsyncSession,
    job_id: int,
    names: Sequence[str],
    *,
    axis: SeriesAxis = SeriesAxis.STEP,
    maximum_points: int = 1000,
) -> dict[str, Points]:
    """Return series by name, down-sampled with every peak kept; a name without points is absent."""
    chunks = await find_chunks(session, job_id, names)
    return {name: _series(found, axis, maximum_points) for name, found in chunks.items()}


def _series(chunks: Sequence[StoredChunk], axis: SeriesAxis, maximum_points: int) -> Points:
    told = unpack_points(*(chunk.payload for chunk in chunks))
    attempts = np.repeat([c.attempt for c in chunks], [c.points for c in chunks])
    points = newest_attempt(told, attempts.astype(np.int64))
    if axis is SeriesAxis.TIME:
        points = points.take(np.argsort(points.times, kind="stable"))
    along = {
        SeriesAxis.STEP: points.steps,
        SeriesAxis.EPOCH: points.epochs,
        SeriesAxis.TIME: points.times,
    }
    return downsample(points, along[axis], maximum_points)


def _consecutive(events: Sequence[EventLine]) -> Iterable[list[EventLine]]:
    """Divide events where numbers are missing between them."""
    if not events:
        return
    breaks = [i for i, (one, two) in enumerate(pairwise(events), 1)
              if two.sequence != one.sequence + 1]  # fmt: skip
    for start, stop in pairwise([0, *breaks, len(events)]):
        yield list(events[start:stop])


def _batch(group: Sequence[EventLine]) -> Batch:
    content = b"\n".join(event.line for event in group)
    payload = zlib.compress(content, _COMPRESSION)
    return Batch(group[0].sequence, group[-1].sequence, payload)


def _store_points(
    connection: Connection, job_id: int, attempt: int, found: Mapping[str, NumberedPoints]
) -> None:
    identities = note_points(connection, job_id, attempt, found)
    tails = find_tails(connection, list(identities.values()), attempt, below=_TAIL_POINTS)
    chunks: list[Chunk] = []
    for name, numbered in found.items():
        identity = identities[name]
        chunks += _chunks(identity, tails.get(identity), numbered)
    store_chunks(connection, attempt, chunks)


def _chunks(metric_id: int, tail: Tail | None, numbered: NumberedPoints) -> Iterator[Chunk]:
    """Divide points into chunks, of which the first may take the place of a short one."""
    start = 0
    if tail is not None and tail.last_sequence < numbered.sequences[0]:
        start = min(_CHUNK_POINTS - tail.points, len(numbered))
        more = numbered.between(0, start)
        points = Points.joined([unpack_points(tail.payload), more.points])
        yield _chunk(metric_id, tail.first_sequence, int(more.sequences[-1]), points)
    for begin in range(start, len(numbered), _CHUNK_POINTS):
        piece = numbered.between(begin, begin + _CHUNK_POINTS)
        first, last = int(piece.sequences[0]), int(piece.sequences[-1])
        yield _chunk(metric_id, first, last, piece.points)


def _chunk(metric_id: int, first: int, last: int, points: Points) -> Chunk:
    return Chunk(metric_id, first, last, len(points), pack_points(points))
