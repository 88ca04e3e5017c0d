"""The audit log over HTTP; for admins."""

from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy import select

from azuraforge_api.audit.schemas import AuditEntry, AuditQuery
from azuraforge_api.audit.tables import AuditRow
from azuraforge_api.http.dependencies import ReadSession
from azuraforge_api.http.paging import Page, as_number, decode_token, page_of
from azuraforge_api.problems.responses import problems
from azuraforge_api.security.authentication import Admin

__all__ = ["router"]

router = APIRouter(
    prefix="/audit", tags=["audit"], responses=problems("unauthenticated", "forbidden")
)
_ORDER = "-id"


@router.get("", responses=problems("invalid-request"))
async def list_changes(
    _: Admin, session: ReadSession, query: Annotated[AuditQuery, Query()]
) -> Page[AuditEntry]:
    """List changes, newest first."""
    statement = select(AuditRow).order_by(AuditRow.id.desc()).limit(query.limit + 1)
    if query.principal is not None:
        statement = statement.where(AuditRow.principal == query.principal)
    if query.page is not None:
        statement = statement.where(AuditRow.id < decode_token(query.page, _ORDER, as_number)[0])
    rows = list(await session.scalars(statement))
    last = rows[: query.limit][-1].id if rows else 0
    return page_of([AuditEntry.model_validate(row) for row in rows], query.limit, _ORDER, [last])
