"""The service itself: who asks, whether it is well, what was changed."""

from datetime import datetime
from typing import Any, Final

from azuraforge_client.calls import API, Call, Listing, Route, parsed_as
from azuraforge_client.documents import Document
from azuraforge_client.operations import AsyncResource, Iteration, Operation, Resource
from azuraforge_client.pages import listing

__all__ = ["AsyncSystem", "AuditEntry", "Myself", "System"]

_HEALTH: Final = Route("GET", "/healthz")
_READINESS: Final = Route("GET", "/readyz")
_VERSION: Final = Route("GET", f"{API}/system/version")
_OPENAPI: Final = Route("GET", f"{API}/openapi.json")
_MYSELF: Final = Route("GET", f"{API}/session")
_LINK: Final = Route("POST", f"{API}/session/links")
_AUDIT: Final = Route("GET", f"{API}/audit")


class Health(Document):
    """That it answers."""

    status: str
    """ok."""


class Version(Document):
    """What runs there."""

    version: str


class Myself(Document):
    """Who asks."""

    name: str
    role: str
    """viewer, editor or admin."""
    kind: str
    """token, session or oidc."""


class LoginLink(Document):
    """A link that logs a browser in, once."""

    url: str


class AuditEntry(Document):
    """One change."""

    id: int
    time: datetime
    principal: str
    """Who."""
    method: str
    path: str
    status: int
    request_id: str


def check_health() -> Call[Health]:
    """Tell that the service answers; needs no token."""
    return Call(_HEALTH, _HEALTH.path, parsed_as(Health))


def check_readiness() -> Call[Health]:
    """Tell that requests are served; an `ApiProblem` says why not."""
    return Call(_READINESS, _READINESS.path, parsed_as(Health))


def get_version() -> Call[Version]:
    """Return the service's release."""
    return Call(_VERSION, _VERSION.path, parsed_as(Version))


def get_openapi() -> Call[dict[str, Any]]:
    """Return the service's own description of all that it does, OpenAPI 3.1."""
    return Call(_OPENAPI, _OPENAPI.path, parsed_as(dict[str, Any]))


def get_myself() -> Call[Myself]:
    """Return who the token belongs to, and what it may do."""
    return Call(_MYSELF, _MYSELF.path, parsed_as(Myself))


def create_login_link(name: str, *, role: str = "viewer") -> Call[LoginLink]:
    """Create a link that logs a person in, once; for admins."""
    return Call(_LINK, _LINK.path, parsed_as(LoginLink), json={"name": name, "role": role})


def list_changes(*, principal: str | None = None, limit: int | None = None) -> Listing[AuditEntry]:
    """Go through what was changed, newest first; for admins."""
    return listing(_AUDIT, AuditEntry, {"principal": principal, "limit": limit})


class _System:
    health = Operation(check_health)
    readiness = Operation(check_readiness)
    version = Operation(get_version)
    openapi = Operation(get_openapi)
    myself = Operation(get_myself)
    create_login_link = Operation(create_login_link)
    changes = Iteration(list_changes)


class System(_System, Resource):
    """The service itself, for the blocking client."""


class AsyncSystem(_System, AsyncResource):
    """The service itself, for the asynchronous client."""
