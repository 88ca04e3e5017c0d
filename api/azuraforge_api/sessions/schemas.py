"""Sessions as the API sends them."""

from pydantic import Field

from azuraforge_api.http.api_model import PLAIN, ApiModel, ApiRequest

__all__ = ["Login", "LoginLink", "Myself", "NewLoginLink"]


class Login(ApiRequest):
    """The secret of a login link; it is in the body, so that no log keeps it."""

    code: str = Field(min_length=10, max_length=200)


class NewLoginLink(ApiRequest):
    """Whom a link shall log in."""

    name: str = Field(min_length=1, max_length=200, pattern=PLAIN)
    """Shown as `createdBy` of what the person makes."""
    role: str = Field(default="viewer", pattern="^(viewer|editor|admin)$")
    """What the person may do."""


class LoginLink(ApiModel):
    """A link that works once, for fifteen minutes."""

    url: str


class Myself(ApiModel):
    """Who asks."""

    name: str
    role: str
    kind: str
    """token, session or oidc."""
