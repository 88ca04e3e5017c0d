"""What links and sessions mean."""

from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from azuraforge_api.problems.problem import Problem
from azuraforge_api.security.principal import Principal, PrincipalKind, Role
from azuraforge_api.security.secrets import digest_of, new_secret
from azuraforge_api.sessions.repository import remove_expired, use_link
from azuraforge_api.sessions.tables import LoginLinkRow, SessionRow

__all__ = ["SESSION_LIFETIME", "create_link", "log_in", "principal_of_session"]

SESSION_LIFETIME: Final = timedelta(days=7)
_LINK_LIFETIME: Final = timedelta(minutes=15)


async def create_link(session: AsyncSession, name: str, role: Role) -> str:
    """Create a link that logs in whoever opens it first, and return its secret."""
    await remove_expired(session)
    secret = new_secret()
    expires = datetime.now(UTC) + _LINK_LIFETIME
    session.add(
        LoginLinkRow(digest=digest_of(secret), name=name, role=role.word, expires_at=expires)
    )
    return secret


async def log_in(session: AsyncSession, link_secret: str) -> str:
    """Use a link up and return the secret of a new session.

    Raises:
        Problem: the link is unknown, used or expired.
    """
    link = await use_link(session, link_secret)
    if link is None:
        raise Problem(
            "unauthenticated",
            "This login link is unknown, was used already or has expired.",
            remedy="Ask an admin for a new one: POST /api/v1/session/links gives it. "
            "`azuraforge up` prints one at each start.",
        )
    now, secret = datetime.now(UTC), new_secret()
    session.add(
        SessionRow(
            digest=digest_of(secret),
            name=link.name,
            role=link.role,
            created_at=now,
            expires_at=now + SESSION_LIFETIME,
        )
    )
    return secret


def principal_of_session(row: SessionRow) -> Principal:
    """Return who is logged in."""
    return Principal(row.name, Role[row.role.upper()], PrincipalKind.SESSION)
