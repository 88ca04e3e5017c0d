"""The statements that store a batch of events, built once: building them takes longer than running.

Only ``repository`` runs them.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from sqlalchemy import Executable, Table, bindparam, case, func, insert, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from azuraforge_api.jobs.tables import JobRow
from azuraforge_api.tracking.tables import AttemptRow, EventBatchRow, MetricRow, PointChunkRow

__all__ = [
    "FIND_RUN",
    "FIND_TAILS",
    "LOCK_ATTEMPT",
    "NEW_BATCH",
    "NOTE_STORED",
    "Statements",
    "statements",
]

_JOBS: Final[Table] = JobRow.__table__  # type: ignore[assignment]  # a declared class has a Table
_ATTEMPTS: Final[Table] = AttemptRow.__table__  # type: ignore[assignment]  # the same
_BATCHES: Final[Table] = EventBatchRow.__table__  # type: ignore[assignment]  # the same
_METRICS: Final[Table] = MetricRow.__table__  # type: ignore[assignment]  # the same
_CHUNKS: Final[Table] = PointChunkRow.__table__  # type: ignore[assignment]  # the same
_OF_ATTEMPT: Final = (
    _ATTEMPTS.c.job_id == bindparam("of_job"),
    _ATTEMPTS.c.attempt == bindparam("of_attempt"),
)

FIND_RUN: Final = select(_JOBS.c.id, _JOBS.c.namespace).where(_JOBS.c.uid == bindparam("of_run"))
LOCK_ATTEMPT: Final = select(_ATTEMPTS.c.stored).where(*_OF_ATTEMPT).with_for_update()
NOTE_STORED: Final = update(_ATTEMPTS).where(*_OF_ATTEMPT).values(stored=bindparam("stored"))
NEW_BATCH: Final = insert(_BATCHES)


@dataclass(frozen=True)
class Statements:
    """What each database says in its own way.

    Attributes:
        new_attempt: an attempt, unless it is there.
        note_points: counts points to a metric, created where it is new; returns name and id.
        put_chunk: a chunk, in the place of the one that began at the same event.
    """

    new_attempt: Executable
    note_points: Executable
    put_chunk: Executable


@cache
def statements(dialect: str) -> Statements:
    """Return the statements of a database."""
    new: Any = (postgresql if dialect == "postgresql" else sqlite).insert
    return Statements(
        new_attempt=new(_ATTEMPTS).on_conflict_do_nothing(),
        note_points=_note_points(new(_METRICS)),
        put_chunk=_put_chunk(new(_CHUNKS)),
    )


def _note_points(statement: Any) -> Executable:
    new = statement.excluded
    is_later = tuple_(new.last_attempt, new.last_step) >= tuple_(
        _METRICS.c.last_attempt, _METRICS.c.last_step
    )
    latest = {
        column: case((is_later, new[column]), else_=_METRICS.c[column])
        for column in ("last_attempt", "last_step", "last_value")
    }
    upsert: Executable = statement.on_conflict_do_update(
        index_elements=["job_id", "name"], set_={"points": _METRICS.c.points + new.points, **latest}
    ).returning(_METRICS.c.name, _METRICS.c.id)
    return upsert


def _put_chunk(statement: Any) -> Executable:
    replaced = {name: statement.excluded[name] for name in ("last_sequence", "points", "payload")}
    upsert: Executable = statement.on_conflict_do_update(
        index_elements=["metric_id", "attempt", "first_sequence"], set_=replaced
    )
    return upsert


def _find_tails() -> Executable:
    other = _CHUNKS.alias()
    last = (
        select(func.max(other.c.first_sequence))
        .where(other.c.metric_id == _METRICS.c.id, other.c.attempt == bindparam("of_attempt"))
        .scalar_subquery()
    )
    columns = ("metric_id", "first_sequence", "last_sequence", "points", "payload")
    return (
        select(*(_CHUNKS.c[name] for name in columns))
        .join(_METRICS, _CHUNKS.c.metric_id == _METRICS.c.id)
        .where(
            _METRICS.c.id.in_(bindparam("of_metrics", expanding=True)),
            _CHUNKS.c.attempt == bindparam("of_attempt"),
            _CHUNKS.c.first_sequence == last,
            _CHUNKS.c.points < bindparam("below"),
        )
    )


FIND_TAILS: Final = _find_tails()
