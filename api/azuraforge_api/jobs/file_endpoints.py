"""What a run leaves and says while it runs: events, logs, files."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import Field
from sqlalchemy.exc import SQLAlchemyError

from azuraforge_api.backends.backend import Backend, LogLine
from azuraforge_api.http.api_model import ApiModel, ApiRequest
from azuraforge_api.http.beneath import list_beneath, open_beneath
from azuraforge_api.http.dependencies import AppBackend, AppDatabase
from azuraforge_api.http.file_answer import file_answer
from azuraforge_api.ingest.run_ingest import RunIngest
from azuraforge_api.jobs.dependencies import FoundJob
from azuraforge_api.jobs.event_stream import parse_event_id, stream_events
from azuraforge_api.jobs.schemas import NamespaceName
from azuraforge_api.logs.loki_logs import LokiLogs, LokiUnavailableError
from azuraforge_api.problems.problem import Problem
from azuraforge_api.problems.responses import problems
from azuraforge_api.security.authentication import Viewer

__all__ = ["router"]

router = APIRouter(
    prefix="/jobs/{job}", tags=["jobs"], responses=problems("unauthenticated", "not-found")
)
_SOURCE = "X-Log-Source"
_TYPES = {".html": "text/plain", ".json": "application/json", ".jsonl": "application/x-ndjson"}
"""A page of a run may carry a stranger's script: here it is text, the reports' address shows it."""
_CONTENT: dict[str, Any] = {kind: {} for kind in ("application/octet-stream", *_TYPES.values())}


def _loki(request: Request) -> LokiLogs | None:
    logs: LokiLogs | None = request.app.state.loki
    return logs


def _ingest(request: Request) -> RunIngest:
    ingest: RunIngest = request.app.state.ingest
    return ingest


AppIngest = Annotated[RunIngest, Depends(_ingest)]
AppLoki = Annotated[LokiLogs | None, Depends(_loki)]


class LogQuery(ApiRequest):
    """Which lines of a log."""

    attempt: Annotated[int, Field(ge=0, le=10_000)] | None = None
    """Of this attempt; none: of all."""
    follow: bool = False
    """Go on until the job has ended."""
    namespace: NamespaceName = None
    """Where a name is looked for; none: anywhere."""


class Artifact(ApiModel):
    """One file of a run."""

    path: str
    """Below the run's folder."""
    bytes: int
    """Its size."""


@router.get(
    "/events",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}}, **problems("invalid-request")},
)
async def stream_job_events(
    _: Viewer,
    request: Request,
    database: AppDatabase,
    backend: AppBackend,
    ingest: AppIngest,
    job: FoundJob,
    last_event_id: Annotated[str | None, Header(alias="Last-Event-ID", max_length=40)] = None,
) -> StreamingResponse:
    """Follow a job to its end as server-sent events; `Last-Event-ID` goes on after that event."""
    after = parse_event_id(last_event_id)

    async def look() -> None:
        with suppress(SQLAlchemyError, OSError):  # whoever looks again finds all
            folder = await asyncio.to_thread(backend.run_folder, job.uid)
            if folder is not None:
                await ingest.look(job.uid, folder)

    events = stream_events(database, request.app.state.feed, job.uid, after, look=look)
    return StreamingResponse(
        events, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"}
    )


@router.get(
    "/logs",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/plain": {}, "application/x-ndjson": {}}}},
)
async def read_job_logs(
    _: Viewer,
    request: Request,
    backend: AppBackend,
    loki: AppLoki,
    job: FoundJob,
    wanted: Annotated[LogQuery, Query()],
) -> StreamingResponse:
    """Read what trainers printed, as text or, with `Accept: application/x-ndjson`, as JSON.

    The header `X-Log-Source` says where the lines are from: `loki`, or `backend`, which is the pods
    in a cluster and the runs' files on one machine.
    """
    source, lines = "backend", None
    if loki is not None:
        with suppress(LokiUnavailableError):
            source, lines = (
                "loki",
                await loki.read(job, attempt=wanted.attempt, follow=wanted.follow),
            )
    if lines is None:
        source, lines = (
            "backend",
            backend.read_logs(job.uid, attempt=wanted.attempt, follow=wanted.follow),
        )
    as_json = "application/x-ndjson" in request.headers.get("accept", "")
    media_type = "application/x-ndjson" if as_json else "text/plain"
    return StreamingResponse(
        _encoded(lines, as_json=as_json), media_type=media_type, headers={_SOURCE: source}
    )


@router.get("/artifacts")
async def list_artifacts(_: Viewer, backend: AppBackend, job: FoundJob) -> list[Artifact]:
    """List the files of a run."""
    folder = _folder(backend, job.uid)
    found = await asyncio.to_thread(list_beneath, folder)
    return [Artifact(path=path, bytes=size) for path, size in found]


@router.get(
    "/artifacts/{path:path}",
    response_class=StreamingResponse,
    responses={
        200: {"content": _CONTENT},
        206: {"content": _CONTENT, "description": "The range asked for."},
        **problems("range-not-satisfiable"),
    },
)
async def read_artifact(
    _: Viewer,
    backend: AppBackend,
    job: FoundJob,
    path: Annotated[str, Path(max_length=500)],
    wanted_range: Annotated[str | None, Header(alias="Range", max_length=100)] = None,
) -> StreamingResponse:
    """Download a file of a run, or a range of it."""
    folder = _folder(backend, job.uid)
    file = await asyncio.to_thread(open_beneath, folder, path)
    kind = _TYPES.get(FilePath(path).suffix, "application/octet-stream")
    return file_answer(file, name=FilePath(path).name, media_type=kind, wanted_range=wanted_range)


def _folder(backend: Backend, uid: str) -> FilePath:
    folder = backend.run_folder(uid)
    if folder is None:
        raise Problem(
            "not-found",
            f"The files of run {uid} are not in reach of this service.",
            remedy="They were removed after their retention, or lie on a volume of another place.",
        )
    return folder


async def _encoded(lines: AsyncIterator[LogLine], *, as_json: bool) -> AsyncIterator[bytes]:
    async for line in lines:
        if as_json:
            document = {"attempt": line.attempt, "number": line.number, "text": line.text}
            yield json.dumps(document, ensure_ascii=False).encode() + b"\n"
        else:
            yield line.text.encode() + b"\n"
