"""Changes as the API sends them."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from azuraforge_api.http.api_model import ApiModel, ApiRequest
from azuraforge_api.http.paging import Limit, PageToken

__all__ = ["AuditEntry", "AuditQuery"]


class AuditEntry(ApiModel):
    """One change."""

    id: int
    time: datetime
    principal: str
    """Who."""
    method: str
    path: str
    status: int
    """How it was answered."""
    request_id: str
    """Under which the log tells more."""


class AuditQuery(ApiRequest):
    """Which changes."""

    principal: Annotated[str, Field(max_length=200)] | None = None
    """Of this one."""
    limit: Limit = 50
    page: PageToken = None
