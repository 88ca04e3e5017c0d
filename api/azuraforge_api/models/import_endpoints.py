"""Import of runs over HTTP."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, status

from azuraforge_api.http.upload import request_pieces
from azuraforge_api.models.importing import RunImport
from azuraforge_api.models.repository import versions_of_runs
from azuraforge_api.models.schemas import ImportQuery, VersionResource
from azuraforge_api.models.service import get_version, version_resource
from azuraforge_api.problems.problem import Problem
from azuraforge_api.problems.responses import problems
from azuraforge_api.security.authentication import Editor

__all__ = ["router"]

router = APIRouter(prefix="/models", tags=["models"], responses=problems("unauthenticated"))
_ZIP: Final = "application/zip"
_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "The folder of a finished run as a zip file.",
        "content": {_ZIP: {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.post(
    "/import",
    status_code=status.HTTP_201_CREATED,
    openapi_extra=_BODY,
    responses=problems(
        "forbidden", "malformed-body", "data-error", "invalid-request", "too-large", "conflict",
        "unsupported-media-type",
    ),
)  # fmt: skip
async def import_run(
    principal: Editor, request: Request, query: Annotated[ImportQuery, Query()]
) -> VersionResource:
    """Take a run that was trained elsewhere into the library."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _ZIP:
        raise Problem(
            "unsupported-media-type",
            f"The content type is {kind or 'not given'}.",
            remedy=f"Send the run's folder as {_ZIP}.",
        )
    state = request.app.state
    imports = RunImport(state.settings, state.database, state.mirror, state.ingest)
    uid = await imports.take(request_pieces(request), query, by=principal.name)
    async with state.database.read() as session:
        made = (await versions_of_runs(session, [uid])).get(uid)
        if made is None:
            raise Problem("conflict", f"The version that run {uid} had made here was deleted.")
        found = await get_version(session, made.name, str(made.version.number))
        return await version_resource(session, found)
