"""Tokens over HTTP; for admins."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, status

from azuraforge_api.http.api_model import ApiRequest
from azuraforge_api.http.dependencies import ReadSession, WriteSession
from azuraforge_api.http.paging import Limit, Page, PageToken, as_number, decode_token, page_of
from azuraforge_api.jobs.schemas import Owner
from azuraforge_api.problems.problem import Problem
from azuraforge_api.problems.responses import problems
from azuraforge_api.security.authentication import Admin
from azuraforge_api.security.principal import Role
from azuraforge_api.tokens.repository import find_token, list_token_rows
from azuraforge_api.tokens.schemas import CreatedToken, NewToken, Token
from azuraforge_api.tokens.service import create_token

__all__ = ["router"]

router = APIRouter(
    prefix="/tokens", tags=["tokens"], responses=problems("unauthenticated", "forbidden")
)
_ORDER = "-id"


class TokenQuery(ApiRequest):
    """Which tokens."""

    created_by: Owner = None
    """Given by this one."""
    limit: Limit = 50
    page: PageToken = None


@router.get("", responses=problems("invalid-request"))
async def list_tokens(
    _: Admin, session: ReadSession, query: Annotated[TokenQuery, Query()]
) -> Page[Token]:
    """List tokens, newest first, also those that are revoked."""
    after = decode_token(query.page, _ORDER, as_number)[0] if query.page else None
    rows = await list_token_rows(
        session, created_by=query.created_by, limit=query.limit, after=after
    )
    last = rows[: query.limit][-1].id if rows else 0
    return page_of([Token.model_validate(row) for row in rows], query.limit, _ORDER, [last])


@router.post("", status_code=status.HTTP_201_CREATED, responses=problems("invalid-request"))
async def create_one_token(admin: Admin, session: WriteSession, wanted: NewToken) -> CreatedToken:
    """Create a token; its secret is in this answer and nowhere else."""
    if wanted.expires_at is not None and wanted.expires_at <= datetime.now(UTC):
        raise Problem(
            "invalid-request",
            f"expiresAt: {wanted.expires_at.isoformat()} is over already.",
            remedy="Name a time to come, or leave it out: the token then ends when it is revoked.",
        )
    row, secret = await create_token(
        session,
        wanted.name,
        Role[wanted.role.upper()],
        created_by=admin.name,
        expires_at=wanted.expires_at,
    )
    return CreatedToken(**Token.model_validate(row).model_dump(by_alias=False), secret=secret)


@router.delete("/{id}", status_code=status.HTTP_204_NO_CONTENT, responses=problems("not-found"))
async def revoke_token(
    _: Admin, session: WriteSession, identity: Annotated[int, Path(alias="id", ge=1, le=2**53)]
) -> None:
    """Revoke a token; the next request with it is refused."""
    row = await find_token(session, identity)
    if row is None:
        raise Problem("not-found", f"There is no token {identity}.")
    row.revoked_at = row.revoked_at or datetime.now(UTC)
