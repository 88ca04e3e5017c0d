"""Jobs over HTTP."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response, status

from azuraforge_api.http.dependencies import AppBackend, AppDatabase, AppSettings, ReadSession
from azuraforge_api.http.documents import read_document
from azuraforge_api.http.entity_tag import IfMatch, check_if_match, set_entity_tag
from azuraforge_api.http.paging import Page
from azuraforge_api.jobs.dependencies import Creation, FoundJob
from azuraforge_api.jobs.listing import read_page
from azuraforge_api.jobs.schemas import JobChange, JobQuery, JobResource, NewRun
from azuraforge_api.jobs.service import (
    change_job,
    get_job,
    new_document,
    resource_of,
)
from azuraforge_api.jobs.tables import JobRow
from azuraforge_api.problems.problem import Problem
from azuraforge_api.problems.responses import problems
from azuraforge_api.security.authentication import Editor, Viewer
from azuraforge_contract.status import Phase

__all__ = ["router"]

router = APIRouter(prefix="/jobs", tags=["jobs"], responses=problems("unauthenticated"))


def _shown(settings: AppSettings) -> Callable[[JobRow], JobResource]:
    return partial(resource_of, grafana_url=settings.grafana_url)


Shown = Annotated[Callable[[JobRow], JobResource], Depends(_shown)]
"""Makes a resource of a row."""
_JOB_FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "A job file.",
        "content": {
            "application/json": {"schema": {"type": "object"}},
            "application/yaml": {"schema": {"type": "string"}},
        },
    }
}


@router.get("", response_model=Page[JobResource], responses=problems("invalid-request"))
async def list_jobs(
    _: Viewer,
    session: ReadSession,
    settings: AppSettings,
    query: Annotated[JobQuery, Query()],
) -> Response:
    """List jobs, also those whose objects are gone."""
    content = await read_page(session, query, settings.grafana_url)
    return Response(content, media_type="application/json")


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    openapi_extra=_JOB_FILE,
    responses=problems(
        "forbidden",
        "invalid-job",
        "malformed-body",
        "unsupported-media-type",
        "conflict",
        "cluster-refused",
        "unavailable",
    ),
)
async def create_job(
    principal: Editor,
    request: Request,
    response: Response,
    creation: Creation,
    shown: Shown,
) -> JobResource:
    """Create a job from a job file."""
    row = await creation.create(await read_document(request), principal.name)
    set_entity_tag(response, row.version)
    return shown(row)


@router.get("/{job}", responses=problems("not-found"))
async def get_one_job(
    _: Viewer,
    response: Response,
    row: FoundJob,
    shown: Shown,
) -> JobResource:
    """Show one job."""
    set_entity_tag(response, row.version)
    return shown(row)


@router.patch("/{job}", responses=problems("forbidden", "not-found", "conflict", "stale"))
async def change_one_job(  # noqa: PLR0913 - FastAPI injects its dependencies one by one
    _: Editor,
    *,
    response: Response,
    backend: AppBackend,
    database: AppDatabase,
    row: FoundJob,
    change: JobChange,
    shown: Shown,
    if_match: IfMatch = None,
) -> JobResource:
    """Suspend, resume or cancel a job."""
    check_if_match(if_match, row.version)
    await change_job(backend, row, change)
    async with database.read() as session:
        changed = await get_job(session, row.uid)
    set_entity_tag(response, changed.version)
    return shown(changed)


@router.delete(
    "/{job}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems("forbidden", "not-found", "conflict", "stale"),
)
async def delete_job(
    _: Editor,
    backend: AppBackend,
    row: FoundJob,
    if_match: IfMatch = None,
) -> None:
    """Delete a job's object, processes and pods; its history and its model stay."""
    check_if_match(if_match, row.version)
    await backend.delete(row.uid)


@router.post(
    "/{job}/retry",
    status_code=status.HTTP_201_CREATED,
    responses=problems("forbidden", "not-found", "conflict", "invalid-job"),
)
async def retry_job(
    principal: Editor,
    database: AppDatabase,
    creation: Creation,
    row: FoundJob,
    shown: Shown,
    request: NewRun | None = None,
) -> JobResource:
    """Create a new job that goes on from this one's checkpoint, or starts afresh without one."""
    if not Phase(row.phase).is_terminal:
        raise Problem(
            "conflict",
            f"{row.name} is {row.phase}: it has not ended yet.",
            remedy="Wait for its end or cancel it; a clone trains beside it.",
        )
    async with database.read() as session:
        document = await new_document(session, row, request or NewRun(), resumes=True)
    return shown(await creation.create(document, principal.name))


@router.post(
    "/{job}/clone",
    status_code=status.HTTP_201_CREATED,
    responses=problems("forbidden", "not-found", "conflict", "invalid-job"),
)
async def clone_job(
    principal: Editor,
    database: AppDatabase,
    creation: Creation,
    row: FoundJob,
    shown: Shown,
    request: NewRun | None = None,
) -> JobResource:
    """Create a new job like this one, with changes, that starts from the beginning."""
    async with database.read() as session:
        document = await new_document(session, row, request or NewRun(), resumes=False)
    return shown(await creation.create(document, principal.name))
