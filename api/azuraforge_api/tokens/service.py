"""What a token means."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from pydantic import SecretStr
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from azuraforge_api.security.principal import Principal, PrincipalKind, Role
from azuraforge_api.security.secrets import digest_of, new_secret
from azuraforge_api.tokens.tables import TokenRow

__all__ = ["create_token", "ensure_admin_token", "principal_of"]

_PRESET: Final = "preset admin"
_SETTINGS: Final = "settings"
"""Name and creator of a token that the settings preset."""


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


async def ensure_admin_token(session: AsyncSession, preset: SecretStr | None) -> None:
    """Create the token that the settings preset, unless it is there; one preset before it ends.

    Several processes may do so at the same time. A token that was revoked stays so.
    """
    if preset is None:
        return
    secret = preset.get_secret_value()
    digest = digest_of(secret)
    former = (
        TokenRow.name == _PRESET,
        TokenRow.created_by == _SETTINGS,
        TokenRow.digest != digest,
        TokenRow.revoked_at.is_(None),
    )
    await session.execute(update(TokenRow).where(*former).values(revoked_at=datetime.now(UTC)))
    if await session.scalar(select(TokenRow.id).where(TokenRow.digest == digest)) is None:
        with suppress(IntegrityError):  # another process was quicker
            async with session.begin_nested():
                await create_token(
                    session, _PRESET, Role.ADMIN, created_by=_SETTINGS, secret=secret
                )


def principal_of(token: TokenRow) -> Principal:
    """Return whom a token stands for."""
    return Principal(token.name, Role[token.role.upper()], PrincipalKind.TOKEN)
