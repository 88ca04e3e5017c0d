"""The model library over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response, status

from azuraforge_api.http.dependencies import AppDatabase, ReadSession, WriteSession
from azuraforge_api.http.entity_tag import IfMatch, check_if_match, set_entity_tag
from azuraforge_api.http.paging import Page, page_of
from azuraforge_api.models.aliases import remove_alias
from azuraforge_api.models.dependencies import AliasName, ModelName, VersionReference
from azuraforge_api.models.files import remove_version_files
from azuraforge_api.models.repository import (
    MODEL_ORDER,
    MOVE_ORDER,
    VERSION_ORDER,
    ModelFilter,
    list_models,
    list_moves,
    list_versions,
)
from azuraforge_api.models.schemas import (
    Alias,
    AliasMove,
    AliasTarget,
    ModelQuery,
    ModelResource,
    MoveQuery,
    VersionChange,
    VersionQuery,
    VersionResource,
    VersionSummary,
)
from azuraforge_api.models.service import (
    delete_version,
    get_model,
    get_version,
    model_resources,
    point_alias,
    version_resource,
    version_summaries,
)
from azuraforge_api.problems.problem import Problem
from azuraforge_api.problems.responses import problems
from azuraforge_api.security.authentication import Editor, Viewer

__all__ = ["router"]

router = APIRouter(prefix="/models", tags=["models"], responses=problems("unauthenticated"))


@router.get("", responses=problems("invalid-request"))
async def list_all_models(
    _: Viewer, session: ReadSession, query: Annotated[ModelQuery, Query()]
) -> Page[ModelResource]:
    """List models by name, each with its newest version."""
    wanted = ModelFilter(
        text=query.text, pipeline=query.pipeline, alias=query.alias, created_by=query.created_by
    )
    rows = await list_models(session, wanted, limit=query.limit, token=query.page)
    shown = rows[: query.limit]
    page = page_of(rows, query.limit, MODEL_ORDER, [shown[-1].name] if shown else [])
    return Page(items=await model_resources(session, shown), next=page.next)


@router.get("/{model}", responses=problems("not-found"))
async def get_one_model(_: Viewer, session: ReadSession, name: ModelName) -> ModelResource:
    """Show a model with its aliases and its newest version."""
    found = await model_resources(session, [await get_model(session, name)])
    if not found:
        raise Problem("not-found", f"Model {name} has no version: all were deleted.")
    return found[0]


@router.get("/{model}/versions", responses=problems("not-found", "invalid-request"))
async def list_model_versions(
    _: Viewer, session: ReadSession, name: ModelName, query: Annotated[VersionQuery, Query()]
) -> Page[VersionSummary]:
    """List a model's versions, the newest first."""
    model = await get_model(session, name)
    rows = await list_versions(
        session, model.id, created_by=query.created_by, limit=query.limit, token=query.page
    )
    shown = rows[: query.limit]
    page = page_of(rows, query.limit, VERSION_ORDER, [shown[-1].number] if shown else [])
    return Page(items=await version_summaries(session, name, shown), next=page.next)


@router.get("/{model}/versions/{version}", responses=problems("not-found"))
async def get_one_version(
    _: Viewer,
    session: ReadSession,
    response: Response,
    name: ModelName,
    reference: VersionReference,
) -> VersionResource:
    """Show a version by its number or an alias: figures beside baselines, lineage, manifest."""
    found = await get_version(session, name, reference)
    set_entity_tag(response, found.version.revision)
    return await version_resource(session, found)


@router.patch(
    "/{model}/versions/{version}",
    responses=problems("forbidden", "not-found", "stale", "invalid-request", "malformed-body"),
)
async def change_version(
    _: Editor,
    session: WriteSession,
    response: Response,
    name: ModelName,
    reference: VersionReference,
    change: VersionChange,
    if_match: IfMatch = None,
) -> VersionResource:
    """Write notes about a version."""
    found = await get_version(session, name, reference, is_locked=True)
    check_if_match(if_match, found.version.revision)
    if found.version.notes != change.notes:
        found.version.notes = change.notes
        found.version.revision += 1
    set_entity_tag(response, found.version.revision)
    return await version_resource(session, found)


@router.delete(
    "/{model}/versions/{version}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems("forbidden", "not-found", "conflict", "stale"),
)
async def delete_model_version(
    _: Editor,
    request: Request,
    database: AppDatabase,
    name: ModelName,
    reference: VersionReference,
    if_match: IfMatch = None,
) -> None:
    """Delete a version and its files; one that an alias stands for is protected."""
    async with database.write() as session:
        found = await get_version(session, name, reference, is_locked=True)
        check_if_match(if_match, found.version.revision)
        await delete_version(session, found)
    state = request.app.state  # files go only when nothing leads to them any more
    await remove_version_files(state.backend, state.settings, found.version.run_uid)


@router.put(
    "/{model}/aliases/{alias}",
    responses=problems("forbidden", "not-found", "conflict", "invalid-request", "malformed-body"),
)
async def put_alias(
    principal: Editor,
    session: WriteSession,
    name: ModelName,
    alias: AliasName,
    target: AliasTarget,
) -> Alias:
    """Let an alias stand for a version, perhaps only if that is better."""
    return await point_alias(session, name, alias, target, by=principal.name)


@router.delete(
    "/{model}/aliases/{alias}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems("forbidden", "not-found", "invalid-request"),
)
async def delete_alias(
    principal: Editor, session: WriteSession, name: ModelName, alias: AliasName
) -> None:
    """Take an alias away; the version stays."""
    model = await get_model(session, name, is_locked=True)
    await remove_alias(session, model, alias, by=principal.name)


@router.get("/{model}/alias-moves", responses=problems("not-found", "invalid-request"))
async def list_alias_moves(
    _: Viewer, session: ReadSession, name: ModelName, query: Annotated[MoveQuery, Query()]
) -> Page[AliasMove]:
    """List who moved which alias when, the newest first."""
    model = await get_model(session, name)
    rows = await list_moves(session, model.id, limit=query.limit, token=query.page)
    shown = rows[: query.limit]
    page = page_of(rows, query.limit, MOVE_ORDER, [shown[-1].id] if shown else [])
    return Page(items=[AliasMove.model_validate(row) for row in shown], next=page.next)
