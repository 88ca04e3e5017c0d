"""Secrets that the service hands out: random, shown once, kept as digests."""

import hashlib
import secrets
from typing import Final

__all__ = ["TOKEN_PREFIX", "digest_of", "new_secret"]

TOKEN_PREFIX: Final = "azf_"  # noqa: S105 - how all of them begin, not one of them
"""Tells scanners for leaked secrets what they have found."""
_RANDOM_BYTES: Final = 32


def new_secret() -> str:
    """Return 256 random bits as text."""
    return TOKEN_PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)


def digest_of(secret: str) -> str:
    """Return what is stored of a secret: of 256 random bits, one round of SHA-256 is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()
