"""Queries on tokens."""

from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from azuraforge_api.security.secrets import digest_of
from azuraforge_api.tokens.tables import TokenRow

__all__ = ["find_live_token", "find_token", "list_token_rows", "needs_note_of_use", "note_use"]

_USE_PRECISION: Final = timedelta(hours=1)


async def find_live_token(session: AsyncSession, secret: str) -> TokenRow | None:
    """Return the token of a secret, if it is neither revoked nor expired."""
    now = datetime.now(UTC)
    query = select(TokenRow).where(
        TokenRow.digest == digest_of(secret),
        TokenRow.revoked_at.is_(None),
        or_(TokenRow.expires_at.is_(None), TokenRow.expires_at > now),
    )
    return await session.scalar(query)


async def find_token(session: AsyncSession, identity: int) -> TokenRow | None:
    """Return a token, whatever its state."""
    return await session.get(TokenRow, identity)


async def list_token_rows(
    session: AsyncSession, *, created_by: str | None, limit: int, after: int | None
) -> list[TokenRow]:
    """Return one token more than the limit where more follow, newest first."""
    query = select(TokenRow).order_by(TokenRow.id.desc()).limit(limit + 1)
    if created_by is not None:
        query = query.where(TokenRow.created_by == created_by)
    if after is not None:
        query = query.where(TokenRow.id < after)
    return list(await session.scalars(query))


def needs_note_of_use(token: TokenRow) -> bool:
    """Return whether the note of its last use is older than it may be."""
    used = token.last_used_at
    return used is None or datetime.now(UTC) - used > _USE_PRECISION


async def note_use(session: AsyncSession, identity: int) -> None:
    """Note that a token was used now."""
    statement = update(TokenRow).where(TokenRow.id == identity)
    await session.execute(statement.values(last_used_at=datetime.now(UTC)))
