"""Tables of events and series."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from azuraforge_api.database.base import Base, Identifier, JsonDocument

__all__ = ["AttemptRow", "EventBatchRow", "MetricRow", "PointChunkRow"]


class AttemptRow(Base):
    """One attempt of a run: which of its events are stored. Locked by whoever stores more."""

    __tablename__ = "attempts"

    job_id: Mapped[int] = mapped_column(
        ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    attempt: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    stored: Mapped[list[list[int]]] = mapped_column(JsonDocument)
    """Stretches of sequence numbers, first and last, ascending and apart."""


class EventBatchRow(Base):
    """Consecutive events of an attempt, as they were written."""

    __tablename__ = "event_batches"

    job_id: Mapped[int] = mapped_column(
        ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    attempt: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    first_sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last_sequence: Mapped[int]
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    """Their lines, compressed."""
    received_at: Mapped[datetime]


class MetricRow(Base):
    """One metric of a run, with its last point for lists and tables."""

    __tablename__ = "metrics"
    __table_args__ = (UniqueConstraint("job_id", "name"),)

    id: Mapped[int] = mapped_column(Identifier, primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(200))
    points: Mapped[int]
    last_attempt: Mapped[int]
    last_step: Mapped[int] = mapped_column(Identifier)
    last_value: Mapped[float]


class PointChunkRow(Base):
    """Points of a metric in one attempt, packed."""

    __tablename__ = "point_chunks"

    metric_id: Mapped[int] = mapped_column(
        ForeignKey("metrics.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    attempt: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    first_sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Sequence number of the event that its first point came with."""
    last_sequence: Mapped[int]
    points: Mapped[int]
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    """See ``points``."""
