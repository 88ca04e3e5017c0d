"""Tables of jobs."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from azuraforge_api.database.base import Base, Identifier

__all__ = ["JobRow"]


class JobRow(Base):
    """One job: the object as its backend last told it, and what lists are filtered by."""

    __tablename__ = "jobs"
    __table_args__ = (
        Index(None, "created_at", "id"),
        Index(None, "phase", "created_at", "id"),
        Index(None, "pipeline", "created_at", "id"),
        Index(None, "created_by", "created_at", "id"),
        Index(None, "namespace", "name", "created_at"),
        Index(None, "name", "id"),
        Index(
            None,
            "labels",
            postgresql_using="gin",
            postgresql_ops={"labels": "jsonb_path_ops"},
        ),
    )

    id: Mapped[int] = mapped_column(Identifier, primary_key=True)
    uid: Mapped[str] = mapped_column(String(63), unique=True)
    namespace: Mapped[str] = mapped_column(String(63))
    name: Mapped[str] = mapped_column(String(63))
    pipeline: Mapped[str] = mapped_column(String(63))
    created_by: Mapped[str] = mapped_column(String(200))
    """Whoever created it by REST, or `kubectl`, or who else the object says."""
    labels: Mapped[dict[str, Any]]
    spec: Mapped[dict[str, Any]]
    status: Mapped[dict[str, Any]]
    phase: Mapped[str] = mapped_column(String(16))
    generation: Mapped[int]
    object_version: Mapped[int | None] = mapped_column(Identifier)
    """The cluster's resourceVersion of the object that this row was taken from: nothing older is
    taken over. None where jobs are processes."""
    version: Mapped[int]
    """Counts the changes of this row: the entity tag."""
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    gone_at: Mapped[datetime | None]
    """When its object was deleted; the history stays."""
    publication: Mapped[dict[str, Any] | None]
    """What the model library says of it: ``model`` and the condition Published. Laid over the
    status where it is shown; the backend, which tells the status, knows nothing of the library."""
    files_gone_at: Mapped[datetime | None]
    """When its run's folder was removed after its retention."""
