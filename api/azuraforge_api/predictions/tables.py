"""The table of predictions."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from azuraforge_api.database.base import Base, Identifier

__all__ = ["PredictionRow"]


class PredictionRow(Base):
    """One forecast that was given out; the oldest ones of a version are forgotten."""

    __tablename__ = "predictions"
    __table_args__ = (
        Index(None, "version_id", "id"),
        Index(None, "created_at", "id"),
        Index(None, "created_by", "id"),
    )

    id: Mapped[int] = mapped_column(Identifier, primary_key=True)
    uid: Mapped[str] = mapped_column(String(32), unique=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("model_versions.id", ondelete="CASCADE"))
    created_by: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    request: Mapped[dict[str, Any]]
    """What was asked for, without rows that were sent."""
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    """The answer as JSON, compressed."""
    score: Mapped[dict[str, Any] | None]
    """How it came out, where actual values were posted."""
    scored_at: Mapped[datetime | None]
