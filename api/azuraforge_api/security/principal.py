"""Who sent a request."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

__all__ = ["Principal", "PrincipalKind", "Role"]


class Role(IntEnum):
    """What one may do; each may do what the one before may."""

    VIEWER = 1
    """See everything."""
    EDITOR = 2
    """Create and change jobs, data sets, models, predictions."""
    ADMIN = 3
    """Create and revoke tokens, see the audit log."""

    @property
    def word(self) -> str:
        """Return the role as it is written."""
        return self.name.lower()


class PrincipalKind(StrEnum):
    """How a request proved whose it is."""

    TOKEN = "token"  # noqa: S105 - a word, not a secret
    SESSION = "session"
    OIDC = "oidc"


@dataclass(frozen=True)
class Principal:
    """Who sent a request.

    Attributes:
        name: shown as ``createdBy`` and in the audit log.
        role: what it may do.
        kind: how it proved itself.
    """

    name: str
    role: Role
    kind: PrincipalKind
