"""Queries on login links and sessions."""

from datetime import UTC, datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from azuraforge_api.security.secrets import digest_of
from azuraforge_api.sessions.tables import LoginLinkRow, SessionRow

__all__ = ["find_live_session", "remove_expired", "remove_session", "use_link"]


async def use_link(session: AsyncSession, secret: str) -> LoginLinkRow | None:
    """Return the link of a secret and use it up; None where it is unknown, used or expired.

    Of two that open it at the same time, one is logged in.
    """
    now = datetime.now(UTC)
    statement = (
        update(LoginLinkRow)
        .where(
            LoginLinkRow.digest == digest_of(secret),
            LoginLinkRow.used_at.is_(None),
            LoginLinkRow.expires_at > now,
        )
        .values(used_at=now)
        .returning(LoginLinkRow)
    )
    return await session.scalar(statement)


async def find_live_session(session: AsyncSession, secret: str) -> SessionRow | None:
    """Return the session of a cookie, if it is not expired."""
    query = select(SessionRow).where(
        SessionRow.digest == digest_of(secret), SessionRow.expires_at > datetime.now(UTC)
    )
    return await session.scalar(query)


async def remove_session(session: AsyncSession, secret: str) -> None:
    """End the session of a cookie."""
    await session.execute(delete(SessionRow).where(SessionRow.digest == digest_of(secret)))


async def remove_expired(session: AsyncSession) -> None:
    """Forget links and sessions that nobody can use any more."""
    now = datetime.now(UTC)
    await session.execute(delete(LoginLinkRow).where(LoginLinkRow.expires_at <= now))
    await session.execute(delete(SessionRow).where(SessionRow.expires_at <= now))
