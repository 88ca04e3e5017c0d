"""The table of changes."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from azuraforge_api.database.base import Base, Identifier

__all__ = ["AuditRow"]


class AuditRow(Base):
    """One change."""

    __tablename__ = "audit_entries"
    __table_args__ = (Index(None, "principal", "id"),)

    id: Mapped[int] = mapped_column(Identifier, primary_key=True)
    time: Mapped[datetime]
    principal: Mapped[str] = mapped_column(String(200))
    """Who."""
    method: Mapped[str] = mapped_column(String(10))
    path: Mapped[str] = mapped_column(String(500))
    status: Mapped[int]
    request_id: Mapped[str] = mapped_column(String(64))
    """Under which the log tells more."""
