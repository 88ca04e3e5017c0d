"""Data sets over HTTP."""

import asyncio
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response, status
from fastapi.responses import StreamingResponse

from azuraforge_api.datasets.repository import (
    DatasetFilter,
    find_dataset,
    list_datasets,
    list_versions,
)
from azuraforge_api.datasets.schemas import (
    Dataset,
    DatasetPreview,
    DatasetQuery,
    DatasetVersion,
    DatasetVersionQuery,
    ReadingOptions,
    UploadQuery,
)
from azuraforge_api.datasets.service import (
    DatasetLibrary,
    get_version,
    reading_options,
    version_of,
)
from azuraforge_api.http.beneath import open_beneath
from azuraforge_api.http.dependencies import ReadSession
from azuraforge_api.http.file_answer import file_answer
from azuraforge_api.http.paging import Page, as_small_number, as_text, decode_token, page_of
from azuraforge_api.http.upload import request_pieces
from azuraforge_api.problems.problem import Problem
from azuraforge_api.problems.responses import problems
from azuraforge_api.security.authentication import Editor, Viewer
from azuraforge_contract.patterns import NAME_PATTERN

__all__ = ["router"]

router = APIRouter(prefix="/datasets", tags=["datasets"], responses=problems("unauthenticated"))
_BY_NAME: Final = "name"
_NEWEST: Final = "-version"
_MEDIA_TYPES: Final = (
    *("text/csv", "application/vnd.apache.parquet", "application/gzip"),
    *("application/octet-stream", "application/csv", "application/x-gzip"),
)
_FILE: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "The file's bytes: .csv, .csv.gz or .parquet.",
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}} for kind in _MEDIA_TYPES[:4]
        },
    }
}

DatasetName = Annotated[str, Path(alias="dataset", pattern=NAME_PATTERN, max_length=63)]
VersionNumber = Annotated[
    str, Path(alias="version", pattern=r"^([1-9][0-9]{0,8}|latest)$", description="Or `latest`.")
]


def _library(request: Request) -> DatasetLibrary:
    library: DatasetLibrary = request.app.state.datasets
    return library


Library = Annotated[DatasetLibrary, Depends(_library)]


@router.get("", responses=problems("invalid-request"))
async def list_all_datasets(
    _: Viewer, session: ReadSession, query: Annotated[DatasetQuery, Query()]
) -> Page[Dataset]:
    """List data sets by name."""
    after = decode_token(query.page, _BY_NAME, as_text)[0] if query.page else None
    wanted = DatasetFilter(text=query.text, created_by=query.created_by)
    found = await list_datasets(session, wanted, limit=query.limit, after=after)
    shown = [
        Dataset(
            name=each.row.name,
            created_by=each.row.created_by,
            created_at=each.row.created_at,
            versions=each.versions,
            latest=version_of(each.row.name, each.latest),
        )
        for each in found
    ]
    key = [shown[: query.limit][-1].name] if shown else []
    return page_of(shown, query.limit, _BY_NAME, key)


@router.get("/{dataset}", responses=problems("not-found", "invalid-request"))
async def get_dataset(_: Viewer, session: ReadSession, name: DatasetName) -> Dataset:
    """Show a data set with its newest version."""
    found = await list_datasets(session, DatasetFilter(name=name), limit=1)
    if not found:
        raise Problem(
            "not-found",
            f"There is no data set {name!r}.",
            remedy="`azuraforge datasets list`, or GET /api/v1/datasets, shows them.",
        )
    return Dataset(
        name=name,
        created_by=found[0].row.created_by,
        created_at=found[0].row.created_at,
        versions=found[0].versions,
        latest=version_of(name, found[0].latest),
    )


@router.delete(
    "/{dataset}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems("forbidden", "not-found", "conflict", "invalid-request"),
)
async def delete_dataset(_: Editor, library: Library, name: DatasetName) -> None:
    """Delete all versions of a data set; refused while a job that has not ended uses one."""
    await library.delete(name, None)


@router.get("/{dataset}/versions", responses=problems("not-found", "invalid-request"))
async def list_dataset_versions(
    _: Viewer,
    session: ReadSession,
    name: DatasetName,
    query: Annotated[DatasetVersionQuery, Query()],
) -> Page[DatasetVersion]:
    """List the versions of a data set, newest first."""
    row = await find_dataset(session, name)
    if row is None:
        raise Problem(
            "not-found",
            f"There is no data set {name!r}.",
            remedy="`azuraforge datasets list`, or GET /api/v1/datasets, shows them.",
        )
    after = decode_token(query.page, _NEWEST, as_small_number)[0] if query.page else None
    rows = await list_versions(
        session, row.id, created_by=query.created_by, limit=query.limit, after=after
    )
    key = [rows[: query.limit][-1].number] if rows else []
    return page_of([version_of(name, each) for each in rows], query.limit, _NEWEST, key)


@router.post(
    "/{dataset}/versions",
    status_code=status.HTTP_201_CREATED,
    openapi_extra=_FILE,
    responses={
        200: {"model": DatasetVersion, "description": "These bytes are a version already."},
        **problems("forbidden", "malformed-body", "data-error", "invalid-request"),
        **problems("too-large", "quota-exceeded", "unsupported-media-type"),
    },
)
async def upload_dataset_version(
    principal: Editor,
    request: Request,
    response: Response,
    library: Library,
    name: DatasetName,
    query: Annotated[UploadQuery, Query()],
) -> DatasetVersion:
    """Upload a table; the first version makes the data set, the same bytes are the same version."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _MEDIA_TYPES:
        raise Problem(
            "unsupported-media-type",
            f"The content type is {kind or 'not given'}.",
            remedy=f"Send the file's bytes as {', '.join(_MEDIA_TYPES[:4])}.",
        )
    version, is_new = await library.upload(name, query, request_pieces(request), principal.name)
    if not is_new:
        response.status_code = status.HTTP_200_OK
    return version


@router.get("/{dataset}/versions/{version}", responses=problems("not-found", "invalid-request"))
async def get_dataset_version(
    _: Viewer, session: ReadSession, name: DatasetName, version: VersionNumber
) -> DatasetVersion:
    """Show one version."""
    return version_of(name, await get_version(session, name, _number(version)))


@router.delete(
    "/{dataset}/versions/{version}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems("forbidden", "not-found", "conflict", "invalid-request"),
)
async def delete_dataset_version(
    _: Editor,
    library: Library,
    name: DatasetName,
    version: Annotated[int, Path(ge=1, le=999_999_999)],
) -> None:
    """Delete one version; its number is never given again."""
    await library.delete(name, version)


@router.get(
    "/{dataset}/versions/{version}/preview",
    responses=problems("not-found", "invalid-request", "data-error"),
)
async def preview_dataset_version(
    _: Viewer,
    session: ReadSession,
    library: Library,
    name: DatasetName,
    version: VersionNumber,
    query: Annotated[ReadingOptions, Query()],
) -> DatasetPreview:
    """Show a table as training will see it; read in another way where the query says so."""
    row = await get_version(session, name, _number(version))
    options = reading_options(query)
    if not options:
        return DatasetPreview.model_validate(row.preview)
    return await library.previews.look(library.files.file(row.digest), options)


@router.get(
    "/{dataset}/versions/{version}/content",
    response_class=StreamingResponse,
    responses={
        200: {"content": {"application/octet-stream": {}}},
        206: {"content": {"application/octet-stream": {}}, "description": "The range asked for."},
        **problems("not-found", "invalid-request", "range-not-satisfiable"),
    },
)
async def download_dataset_version(
    _: Viewer,
    session: ReadSession,
    library: Library,
    name: DatasetName,
    version: VersionNumber,
    wanted_range: Annotated[str | None, Header(alias="Range", max_length=200)] = None,
) -> StreamingResponse:
    """Download a version's bytes as they were uploaded."""
    row = await get_version(session, name, _number(version))
    path = library.files.file(row.digest).relative_to(library.files.folder).as_posix()
    file = await asyncio.to_thread(open_beneath, library.files.folder, path)
    saved_as = row.file_name or f"{name}-{row.number}.{row.preview['form']}"
    return file_answer(
        file, name=saved_as, media_type="application/octet-stream", wanted_range=wanted_range
    )


def _number(version: str) -> int | None:
    return None if version == "latest" else int(version)
