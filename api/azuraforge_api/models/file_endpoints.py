"""The files of versions over HTTP: the folder as a zip file, single files, ONNX."""

import asyncio
from pathlib import PurePosixPath
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path
from fastapi.responses import StreamingResponse

from azuraforge_api.http.beneath import open_beneath
from azuraforge_api.http.dependencies import AppSettings, AppWorkers
from azuraforge_api.http.file_answer import file_answer
from azuraforge_api.models.archive import list_model_files, model_archive
from azuraforge_api.models.dependencies import VersionFiles
from azuraforge_api.models.files import onnx_folder
from azuraforge_api.models.schemas import ModelFile
from azuraforge_api.problems.responses import problems

__all__ = ["router"]

router = APIRouter(
    prefix="/models/{model}/versions/{version}",
    tags=["models"],
    responses=problems("unauthenticated", "not-found"),
)
_FILE = "application/octet-stream"
_RANGES: dict[int | str, dict[str, Any]] = {
    200: {"content": {_FILE: {}}},
    206: {"content": {_FILE: {}}, "description": "The range asked for."},
    **problems("range-not-satisfiable"),
}
WantedRange = Annotated[str | None, Header(alias="Range", max_length=100)]


@router.get("/files")
async def list_version_files(served: VersionFiles) -> list[ModelFile]:
    """List the files of a version."""
    files = await asyncio.to_thread(list_model_files, served.run)
    return [ModelFile(path=path, bytes=size) for path, size in files]


@router.get("/files/{path:path}", response_class=StreamingResponse, responses=_RANGES)
async def read_version_file(
    served: VersionFiles,
    path: Annotated[str, Path(max_length=500)],
    wanted_range: WantedRange = None,
) -> StreamingResponse:
    """Download a file of a version, or a range of it."""
    file = await asyncio.to_thread(open_beneath, served.run, f"model/{path}")
    shown = PurePosixPath(path).name
    return file_answer(file, name=shown, media_type=_FILE, wanted_range=wanted_range)


@router.get(
    "/download",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/zip": {}}}},
)
async def download_version(served: VersionFiles) -> StreamingResponse:
    """Download a version's folder as a zip file."""
    return StreamingResponse(
        model_archive(served.run, served.title),
        media_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{served.title}.zip"'},
    )


@router.get(
    "/onnx",
    response_class=StreamingResponse,
    responses=_RANGES | problems("conflict", "invalid-request", "deadline-exceeded", "unavailable"),
)
async def export_version(
    served: VersionFiles,
    settings: AppSettings,
    workers: AppWorkers,
    wanted_range: WantedRange = None,
) -> StreamingResponse:
    """Download a version as ONNX; it is exported when it is asked for first."""
    version = served.found.version
    folder = onnx_folder(settings, version.run_uid, version.digest)
    if not await asyncio.to_thread((folder / "model.onnx").is_file):
        facts = {"run": str(served.run), "out": str(folder)}
        await workers.ask("export", facts, key=version.run_uid)
    file = await asyncio.to_thread(open_beneath, folder, "model.onnx")
    name = f"{served.title}.onnx"
    return file_answer(file, name=name, media_type=_FILE, wanted_range=wanted_range)
