"""Tokens of programs; for admins."""

from datetime import datetime
from typing import Final

from azuraforge_client.calls import API, Call, Listing, Route, nothing, parsed_as
from azuraforge_client.documents import Document
from azuraforge_client.operations import AsyncResource, Iteration, Operation, Resource
from azuraforge_client.pages import listing

__all__ = ["AsyncTokens", "CreatedToken", "Token", "Tokens"]

_LIST: Final = Route("GET", f"{API}/tokens")
_CREATE: Final = Route("POST", f"{API}/tokens")
_REVOKE: Final = Route("DELETE", f"{API}/tokens/{{id}}", is_repeatable=True)


class Token(Document):
    """One token; its secret was shown when it was made."""

    id: int
    name: str
    role: str
    """viewer, editor or admin."""
    created_by: str
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None


class CreatedToken(Token):
    """A new token with its secret."""

    secret: str
    """Keep it: it cannot be shown again."""


def list_tokens(*, limit: int | None = None) -> Listing[Token]:
    """Go through tokens, newest first, also those that are revoked."""
    return listing(_LIST, Token, {"limit": limit})


def create_token(
    name: str, *, role: str = "editor", expires_at: datetime | None = None
) -> Call[CreatedToken]:
    """Create a token.

    Args:
        name: what it is for.
        role: viewer, editor or admin.
        expires_at: with a time zone; None: never.
    """
    ends = None if expires_at is None else expires_at.isoformat()
    body = {"name": name, "role": role, "expiresAt": ends}
    return Call(_CREATE, _CREATE.path, parsed_as(CreatedToken), json=body)


def revoke_token(token: int) -> Call[None]:
    """Revoke a token by its id; the next request with it is refused."""
    return Call(_REVOKE, _REVOKE.address(id=token), nothing)


class _Tokens:
    list = Iteration(list_tokens)
    create = Operation(create_token)
    revoke = Operation(revoke_token)


class Tokens(_Tokens, Resource):
    """Tokens, for the blocking client."""


class AsyncTokens(_Tokens, AsyncResource):
    """Tokens, for the asynchronous client."""
