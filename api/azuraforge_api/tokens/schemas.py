"""Tokens as the API sends and takes them."""

from datetime import datetime

from pydantic import Field

from azuraforge_api.http.api_model import PLAIN, ApiModel, ApiRequest, Moment

__all__ = ["CreatedToken", "NewToken", "Token"]


class NewToken(ApiRequest):
    """A token that is wanted."""

    name: str = Field(min_length=1, max_length=100, pattern=PLAIN)
    """What it is for; shown as `createdBy` of what is made with it."""
    role: str = Field(default="editor", pattern="^(viewer|editor|admin)$")
    """What it may do: viewer sees, editor also makes and changes, admin also gives tokens."""
    expires_at: Moment | None = None
    """When it ends; null: never."""


class Token(ApiModel):
    """One token; its secret was shown when it was made."""

    id: int
    name: str
    role: str
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    """To the hour."""


class CreatedToken(Token):
    """A new token with its secret."""

    secret: str
    """Keep it: it cannot be shown again."""
