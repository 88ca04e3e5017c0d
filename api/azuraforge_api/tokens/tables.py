"""Tables of tokens."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from azuraforge_api.database.base import Base, Identifier

__all__ = ["TokenRow", "TrainerTokenRow"]


class TokenRow(Base):
    """One bearer token; the secret itself is nowhere."""

    __tablename__ = "tokens"

    id: Mapped[int] = mapped_column(Identifier, primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    """What it is for."""
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    role: Mapped[str] = mapped_column(String(16))
    created_by: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    """To the hour: it is not written at every request."""


class TrainerTokenRow(Base):
    """The token of a run whose trainer is a process of this machine; good until the job ends."""

    __tablename__ = "trainer_tokens"

    run_uid: Mapped[str] = mapped_column(String(63), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
