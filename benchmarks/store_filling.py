"""Fills a database with jobs, events and series as trainers would have; for ``store.py``.

Series are packed by the store's own code, in chunks of the size that posts of a few points each
leave behind. Stored events are those of ``ingest_shapes``; a few hundred different batches of them
are compressed, and each run has as many as its points came with.
"""

import json
import random
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import asyncpg
import numpy as np
from benchmarks.ingest_shapes import POINTS_PER_EVENT, event_posts

from azuraforge_api.database.database import Database
from azuraforge_api.database.migrations import upgrade_schema
from azuraforge_api.http.paging import encode_token
from azuraforge_api.jobs.schemas import JobSort
from azuraforge_api.jobs.tables import JobRow
from azuraforge_api.settings import Settings
from azuraforge_api.tracking.points import Points, pack_points
from azuraforge_api_harness.jobs import job_document

__all__ = ["LABELS", "OWNERS", "PIPELINES", "STEP_SERIES", "Stored", "fill_store"]

STEP_SERIES: Final = ("train.loss", "learning_rate", "samples_per_second")
EPOCH_SERIES: Final = ("epoch.train.loss", "validation.mse", "validation.mae")
OWNERS: Final = tuple(f"person-{n:02d}" for n in range(40))
PIPELINES: Final = ("forecaster", "weather-forecaster", "own-forecaster", "old-forecaster")
LABELS: Final = tuple(f"team-{n}" for n in range(8))
_KINDS: Final = ("weather", "load", "price", "sales", "traffic")
_PHASES: Final = (("Succeeded", 80), ("Failed", 14), ("Cancelled", 5), ("Running", 1))
_BEGIN: Final = datetime(2026, 1, 1, tzinfo=UTC)
_MINUTES_BETWEEN: Final = 20
_CHUNK: Final = 300
_EVENTS_OF_BATCH: Final = 100
_BATCHES: Final = 200
_STEP_SHARE: Final = 20
"""Steps told for each epoch."""
_LONGEST_SHARE: Final = 0.006
"""Of all points; with fifty million the longest run has 100,000 in a series."""
_TABLES: Final = ("jobs", "attempts", "event_batches", "metrics", "point_chunks")


@dataclass(frozen=True)
class Stored:
    """What the database holds.

    Attributes:
        uids: of all runs.
        names: of all jobs.
        longest: uid of the run with the most points.
        pages: tokens of pages of the list of jobs.
        points: of all series together.
        table_bytes: table → bytes on disk, with its indexes.
    """

    uids: Sequence[str]
    names: Sequence[str]
    longest: str
    pages: Sequence[str]
    points: int
    table_bytes: dict[str, int]

    @property
    def runs(self) -> int:
        """How many."""
        return len(self.uids)

    @property
    def days(self) -> int:
        """How many days the jobs were created on."""
        return max(1, self.runs * _MINUTES_BETWEEN // (24 * 60))

    def day(self, number: int) -> dict[str, str]:
        """Return the query for the jobs of one day."""
        start = _BEGIN + timedelta(days=number)
        end = start + timedelta(days=1)
        return {"createdAfter": start.isoformat(), "createdBefore": end.isoformat()}


async def fill_store(url: str, *, runs: int, points: int) -> Stored:
    """Bring a database to the head of the schema and fill it."""
    database = Database(Settings(database_url=url).sqlalchemy_url)
    try:
        await upgrade_schema(database)
        rows = [_job(number) for number in range(runs)]
        async with database.write() as session:
            session.add_all(rows)
    finally:
        await database.close()
    connection = await asyncpg.connect(url)
    try:
        stored = await _fill_series(connection, [row.id for row in rows], points)
        await connection.execute("VACUUM ANALYZE")
        sizes = {
            table: await connection.fetchval("SELECT pg_total_relation_size($1::regclass)", table)
            for table in _TABLES
        }
    finally:
        await connection.close()
    order = JobSort.NEWEST.value
    pages = [
        encode_token(order, [rows[n].created_at.isoformat(), rows[n].id])
        for n in range(runs // 10, runs, max(1, runs // 20))
    ]
    names = [row.name for row in rows]
    return Stored([row.uid for row in rows], names, rows[0].uid, pages, stored, sizes)


def _job(number: int) -> JobRow:
    dice = random.Random(number)  # noqa: S311 - a choice, not a secret
    created = _BEGIN + timedelta(minutes=_MINUTES_BETWEEN * number, seconds=dice.randrange(60))
    phase = dice.choices([p for p, _ in _PHASES], [weight for _, weight in _PHASES])[0]
    kind = dice.choice(_KINDS)
    ended = None if phase == "Running" else created + timedelta(minutes=dice.randrange(5, 600))
    document: Any = job_document(pipeline=dice.choice(PIPELINES))
    status: dict[str, Any] = {
        "phase": phase, "startTime": created.isoformat(), "attempts": [{"index": 0}],
        "completionTime": ended and ended.isoformat(),
        "progress": {"step": 10_000, "epoch": 100, "percentage": 100.0, "loss": dice.random()},
        "conditions": [
            {"type": name, "status": "True", "reason": "Fine", "message": "As it should be.",
             "lastTransitionTime": created.isoformat(), "observedGeneration": 1}
            for name in ("Accepted", "Started", "Finished", "Published")
        ],
    }  # fmt: skip
    return JobRow(
        uid=f"{number:08x}-0000-4000-8000-{dice.randrange(16**12):012x}",
        namespace=f"team-{number % 4}",
        name=f"{kind}-{number:06d}",
        pipeline=document["spec"]["pipeline"],
        created_by=dice.choice(OWNERS),
        labels={"team": dice.choice(LABELS), "ticket": f"T{number}", "kind": kind},
        spec=document["spec"],
        status=status,
        phase=phase,
        generation=1,
        version=7,
        created_at=created,
        finished_at=ended,
    )


async def _fill_series(connection: Any, jobs: Sequence[int], points: int) -> int:
    """Store series of all jobs; return how many points they have."""
    batches = _event_batches()
    steps = _steps_of_runs(len(jobs), points)
    stored = 0
    some = 200
    for start in range(0, len(jobs), some):
        runs = [(jobs[n], n, int(steps[n])) for n in range(start, min(start + some, len(jobs)))]
        for table, columns, records in (
            ("attempts", ("job_id", "attempt", "stored"),
             [(job, 0, json.dumps([[0, _events(count) - 1]])) for job, _, count in runs]),
            ("metrics", ("id", "job_id", "name", "points", "last_attempt", "last_step",
                         "last_value"), _metrics(runs)),
            ("point_chunks", ("metric_id", "attempt", "first_sequence", "last_sequence", "points",
                              "payload"), [row for run in runs for row in _chunks(run)]),
            ("event_batches", ("job_id", "attempt", "first_sequence", "last_sequence", "payload",
                               "received_at"),
             [row for run in runs for row in _batches(run, batches)]),
        ):  # fmt: skip
            await connection.copy_records_to_table(table, columns=columns, records=records)
        stored += sum(POINTS_PER_EVENT * _events(count) for _, _, count in runs)
    await connection.execute("SELECT setval('metrics_id_seq', (SELECT max(id) FROM metrics))")
    return stored


def _steps_of_runs(runs: int, points: int) -> Any:
    """Return how many step events each run told: a few of many, and the first run's the most."""
    per_step = POINTS_PER_EVENT * (1 + 1 / _STEP_SHARE)
    longest = max(1, round(points * _LONGEST_SHARE / per_step))
    shares = np.random.default_rng(5).lognormal(0.0, 1.0, runs)
    shares *= (points / per_step - longest) / shares[1:].sum() if runs > 1 else 0
    counts = np.minimum(np.maximum(shares.round(), _STEP_SHARE), longest)
    counts[0] = longest
    return counts.astype(np.int64)


def _events(steps: int) -> int:
    return steps + steps // _STEP_SHARE


def _metrics(runs: Sequence[tuple[int, int, int]]) -> Iterator[tuple[Any, ...]]:
    for job, number, steps in runs:
        for place, name in enumerate(STEP_SERIES + EPOCH_SERIES):
            count = steps if place < len(STEP_SERIES) else steps // _STEP_SHARE
            yield (_metric(number, place), job, name, count, 0, count * 12, 0.25)


def _metric(number: int, place: int) -> int:
    return number * (len(STEP_SERIES) + len(EPOCH_SERIES)) + place + 1


def _chunks(run: tuple[int, int, int]) -> Iterator[tuple[Any, ...]]:
    _, number, steps = run
    dice = np.random.default_rng(number)
    begin = int((_BEGIN + timedelta(minutes=_MINUTES_BETWEEN * number)).timestamp() * 1000)
    sequences = np.arange(_events(steps))
    is_epoch = sequences % (_STEP_SHARE + 1) == _STEP_SHARE
    times = begin + sequences * 2000 + dice.integers(0, 200, len(sequences))
    for place in range(len(STEP_SERIES) + len(EPOCH_SERIES)):
        chosen = np.flatnonzero(is_epoch if place >= len(STEP_SERIES) else ~is_epoch)
        values = np.exp(-chosen / 4000) + dice.random(len(chosen)) / 10
        points = Points(chosen * 12, chosen // (_STEP_SHARE + 1) + 1, times[chosen], values)
        for start in range(0, len(chosen), _CHUNK):
            here = np.arange(start, min(start + _CHUNK, len(chosen)))
            first, last = int(chosen[here[0]]), int(chosen[here[-1]])
            payload = pack_points(points.take(here))
            yield (_metric(number, place), 0, first, last, len(here), payload)


def _event_batches() -> list[bytes]:
    uid = "00000000-0000-4000-8000-000000000000"
    posts = event_posts(uid, _BATCHES * _EVENTS_OF_BATCH, _EVENTS_OF_BATCH)
    return [zlib.compress(post.rstrip(b"\n"), 1) for post in posts]


def _batches(run: tuple[int, int, int], payloads: Sequence[bytes]) -> Iterator[tuple[Any, ...]]:
    job, number, steps = run
    for start in range(0, _events(steps), _EVENTS_OF_BATCH):
        last = min(start + _EVENTS_OF_BATCH, _events(steps)) - 1
        payload = payloads[(number + start // _EVENTS_OF_BATCH) % len(payloads)]
        payload = payload[: max(60, len(payload) * (last + 1 - start) // _EVENTS_OF_BATCH)]
        yield (job, 0, start, last, payload, _BEGIN)
