"""Queries on tokens."""

from datetime import UTC, datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from azuraforge_api.security.secrets import digest_of
from azuraforge_api.tokens.tables import TokenRow

__all__ = ["find_live_token"]


async def find_live_token(session: AsyncSession, secret: str) -> TokenRow | None:
    """Return the token of a secret, if it is neither revoked nor expired."""
    now = datetime.now(UTC)
    query = select(TokenRow).where(
        TokenRow.digest == digest_of(secret),
        TokenRow.revoked_at.is_(None),
        or_(TokenRow.expires_at.is_(None), TokenRow.expires_at > now),
    )
    return await session.scalar(query)
