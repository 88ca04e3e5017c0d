"""Tables of webhooks and of their deliveries."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from azuraforge_api.database.base import Base, Identifier, JsonDocument

__all__ = ["DeliveryRow", "WebhookRow"]


class WebhookRow(Base):
    """One receiver."""

    __tablename__ = "webhooks"

    id: Mapped[int] = mapped_column(Identifier, primary_key=True)
    url: Mapped[str] = mapped_column(String(2000))
    events: Mapped[list[str]] = mapped_column(JsonDocument)
    pipeline: Mapped[str | None] = mapped_column(String(63))
    owner: Mapped[str | None] = mapped_column(String(200))
    secret: Mapped[str] = mapped_column(String(200))
    """As it is: what signs cannot be a digest. No answer but that of its making shows it."""
    is_active: Mapped[bool]
    created_by: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    version: Mapped[int]
    """Counts the changes of this row: the entity tag."""


class DeliveryRow(Base):
    """One message for one receiver, written together with what it tells."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        UniqueConstraint("webhook_id", "event_id"),
        Index(None, "state", "next_attempt_at"),
        Index(None, "webhook_id", "id"),
    )

    id: Mapped[int] = mapped_column(Identifier, primary_key=True)
    uid: Mapped[str] = mapped_column(String(32), unique=True)
    """The same for every attempt: what receivers tell repetitions by."""
    webhook_id: Mapped[int] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"))
    event_id: Mapped[str] = mapped_column(String(100))
    event: Mapped[str] = mapped_column(String(16))
    body: Mapped[str] = mapped_column(Text)
    """The same for every attempt."""
    state: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int]
    """How many were begun."""
    next_attempt_at: Mapped[datetime | None]
    """When it is due; while an attempt runs, when it would be given up for lost."""
    answer_status: Mapped[int | None]
    error: Mapped[str | None] = mapped_column(String(300))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
