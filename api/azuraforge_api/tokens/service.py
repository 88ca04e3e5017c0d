"""What a token means."""

from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from azuraforge_api.security.principal import Principal, PrincipalKind, Role
from azuraforge_api.security.secrets import digest_of, new_secret
from azuraforge_api.tokens.tables import TokenRow

__all__ = ["create_token", "principal_of"]


async def create_token(
    session: AsyncSession,
    name: str,
    role: Role,
    *,
    created_by: str,
    expires_at: datetime | None = None,
    secret: str | None = None,
) -> tuple[TokenRow, str]:
    """Create a token and return it with its secret, which cannot be read again.

    Args:
        session: a writing transaction.
        name: what it is for.
        role: what it may do.
        created_by: who wants it.
        expires_at: when it ends; None: never.
        secret: a preset one; None: a random one.
    """
    chosen = secret or new_secret()
    row = TokenRow(
        name=name,
        digest=digest_of(chosen),
        role=role.word,
        created_by=created_by,
        created_at=datetime.now(UTC),
        expires_at=expires_at,
    )
    session.add(row)
    await session.flush()
    return row, chosen


def principal_of(token: TokenRow) -> Principal:
    """Return whom a token stands for."""
    return Principal(token.name, Role[token.role.upper()], PrincipalKind.TOKEN)
