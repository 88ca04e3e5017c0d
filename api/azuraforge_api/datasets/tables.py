"""Tables of data sets."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from azuraforge_api.database.base import Base, Identifier

__all__ = ["DatasetRow", "DatasetVersionRow"]


class DatasetRow(Base):
    """A name, for ever: it is there for people while a version of it is."""

    __tablename__ = "datasets"

    id: Mapped[int] = mapped_column(Identifier, primary_key=True)
    name: Mapped[str] = mapped_column(String(63), unique=True)
    created_by: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]


class DatasetVersionRow(Base):
    """One content of a data set; the row stays when its file is deleted, for jobs name it."""

    __tablename__ = "dataset_versions"
    __table_args__ = (UniqueConstraint("dataset_id", "number"),)

    id: Mapped[int] = mapped_column(Identifier, primary_key=True)
    dataset_id: Mapped[int] = mapped_column(ForeignKey("datasets.id"))
    number: Mapped[int]
    """From 1; never given twice."""
    digest: Mapped[str] = mapped_column(String(64), index=True)
    """SHA-256 of the bytes, under which they lie."""
    bytes: Mapped[int] = mapped_column(BigInteger)
    file_name: Mapped[str] = mapped_column(String(200))
    options: Mapped[dict[str, Any]]
    """How it is read: what a job's source says where it does not say otherwise."""
    preview: Mapped[dict[str, Any]]
    created_by: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
