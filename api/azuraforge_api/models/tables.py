"""Tables of the model library."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from azuraforge_api.database.base import Base, Identifier

__all__ = ["AliasMoveRow", "AliasRow", "ModelRow", "ModelVersionRow"]


class ModelRow(Base):
    """One name in the library. Locked by whoever adds a version or moves an alias."""

    __tablename__ = "models"

    id: Mapped[int] = mapped_column(Identifier, primary_key=True)
    name: Mapped[str] = mapped_column(String(63), unique=True)
    last_number: Mapped[int]
    """Number of its newest version; numbers of deleted versions are never given again."""
    created_at: Mapped[datetime]


class ModelVersionRow(Base):
    """One trained model: what one run has made."""

    __tablename__ = "model_versions"
    __table_args__ = (
        UniqueConstraint("model_id", "number"),
        Index(None, "created_at", "id"),
        Index(None, "pipeline", "created_at", "id"),
    )

    id: Mapped[int] = mapped_column(Identifier, primary_key=True)
    model_id: Mapped[int] = mapped_column(ForeignKey("models.id"))
    number: Mapped[int]
    run_uid: Mapped[str] = mapped_column(String(63), unique=True)
    """Its run and the folder of its files: each run makes one version, however often it is seen."""
    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id"), index=True)
    pipeline: Mapped[str] = mapped_column(String(63))
    kind: Mapped[str] = mapped_column(String(63))
    metrics: Mapped[dict[str, Any]]
    """Dotted name to figure; a figure that is no number is null."""
    baselines: Mapped[dict[str, Any]]
    """Name of the baseline to its figures."""
    manifest: Mapped[dict[str, Any]]
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the weights, as they were when the version was registered."""
    bytes: Mapped[int] = mapped_column(Identifier)
    notes: Mapped[str] = mapped_column(Text)
    created_by: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    revision: Mapped[int]
    """Counts the changes of this row: the entity tag."""
    deleted_at: Mapped[datetime | None]
    files_gone_at: Mapped[datetime | None]
    """When its files were removed; what is known of it stays."""


class AliasRow(Base):
    """A word that stands for one version of a model."""

    __tablename__ = "model_aliases"

    model_id: Mapped[int] = mapped_column(
        ForeignKey("models.id"), primary_key=True, autoincrement=False
    )
    alias: Mapped[str] = mapped_column(String(63), primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("model_versions.id"), index=True)
    moved_at: Mapped[datetime]
    moved_by: Mapped[str] = mapped_column(String(200))


class AliasMoveRow(Base):
    """One move of an alias; kept for ever."""

    __tablename__ = "alias_moves"
    __table_args__ = (Index(None, "model_id", "id"),)

    id: Mapped[int] = mapped_column(Identifier, primary_key=True)
    model_id: Mapped[int] = mapped_column(ForeignKey("models.id"))
    alias: Mapped[str] = mapped_column(String(63))
    from_number: Mapped[int | None]
    """The version it stood for; null: it was new."""
    to_number: Mapped[int | None]
    """The version it stands for since; null: it was taken away."""
    moved_at: Mapped[datetime]
    moved_by: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(String(500))
