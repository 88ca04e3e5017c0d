"""Stores events, each once, and reads them and their series back.

`append_events` is the one place that stores: trainers' posts and the ingest of run folders end
here.
"""

import zlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from azuraforge_api.jobs.tables import JobRow
from azuraforge_api.tracking.downsampling import downsample, newest_attempt
from azuraforge_api.tracking.event_lines import EventLine, parse_lines
from azuraforge_api.tracking.points import Points, pack_points, unpack_points
from azuraforge_api.tracking.repository import (
    add_batch,
    find_chunks,
    last_chunk,
    list_batches,
    lock_attempt,
    lock_metrics,
)
from azuraforge_api.tracking.schemas import SeriesAxis
from azuraforge_api.tracking.stretches import contains, joined
from azuraforge_api.tracking.tables import MetricRow, PointChunkRow

__all__ = ["Appended", "StoredEvent", "append_events", "read_events", "read_series"]

_CHUNK_POINTS: Final = 4096
"""Points of a full chunk: some tens of kilobytes, read in one piece."""
_TAIL_POINTS: Final = 256
"""A last chunk with fewer is written anew with what follows it, so that a run that reports every
second does not leave a row for every point."""
_COMPRESSION: Final = 6


@dataclass(frozen=True)
class Appended:
    """What became of events that were sent.

    Attributes:
        stored: how many are new.
        known: how many were there before.
    """

    stored: int
    known: int


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
    if not events:
        return Appended(0, 0)
    row = await lock_attempt(session, job.id, attempt)
    fresh = {e.sequence: e for e in events if not contains(row.stored, e.sequence)}
    groups = list(_consecutive([fresh[number] for number in sorted(fresh)]))
    for group in groups:
        content = b"\n".join(event.line for event in group)
        payload = zlib.compress(content, _COMPRESSION)
        add_batch(session, row, group[0].sequence, group[-1].sequence, payload)
    row.stored = joined(row.stored, ((g[0].sequence, g[-1].sequence) for g in groups))
    await _append_points(session, job.id, attempt, groups)
    return Appended(len(fresh), len(events) - len(fresh))


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


def _series(chunks: Sequence[PointChunkRow], axis: SeriesAxis, maximum_points: int) -> Points:
    parts = [unpack_points(chunk.payload) for chunk in chunks]
    attempts = np.repeat([c.attempt for c in chunks], [len(part) for part in parts])
    points = newest_attempt(Points.joined(parts), attempts.astype(np.int64))
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


async def _append_points(
    session: AsyncSession, job_id: int, attempt: int, groups: Sequence[Sequence[EventLine]]
) -> None:
    found: dict[str, list[tuple[int, tuple[int, int, int, float]]]] = defaultdict(list)
    for event in (event for group in groups for event in group):
        if event.step is None:
            continue
        for name, value in event.metrics.items():
            row = (event.step, event.epoch, event.time, value)
            found[name].append((event.sequence, row))
    metrics = await lock_metrics(session, job_id, list(found))
    for name, numbered in found.items():
        metric = metrics[name]
        _note_last(metric, attempt, numbered[-1][1])
        metric.points += len(numbered)
        await _append_chunks(session, metric, attempt, numbered)


def _note_last(metric: MetricRow, attempt: int, row: tuple[int, int, int, float]) -> None:
    step, _, _, value = row
    if (attempt, step) >= (metric.last_attempt, metric.last_step):
        metric.last_attempt, metric.last_step, metric.last_value = attempt, step, value


async def _append_chunks(
    session: AsyncSession,
    metric: MetricRow,
    attempt: int,
    numbered: Sequence[tuple[int, tuple[int, int, int, float]]],
) -> None:
    rest = list(numbered)
    tail = await last_chunk(session, metric.id, attempt)
    if tail is not None and tail.points < _TAIL_POINTS and tail.last_sequence < rest[0][0]:
        room = _CHUNK_POINTS - tail.points
        more, rest = rest[:room], rest[room:]
        points = Points.joined([unpack_points(tail.payload), Points.of([row for _, row in more])])
        tail.payload, tail.points = pack_points(points), len(points)
        tail.last_sequence = more[-1][0]
    for start in range(0, len(rest), _CHUNK_POINTS):
        piece = rest[start : start + _CHUNK_POINTS]
        session.add(
            PointChunkRow(
                metric_id=metric.id,
                attempt=attempt,
                first_sequence=piece[0][0],
                last_sequence=piece[-1][0],
                points=len(piece),
                payload=pack_points(Points.of([row for _, row in piece])),
            )
        )
