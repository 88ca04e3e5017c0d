"""What endpoints ask for of jobs: the one that an address names, and the way to a new one."""

from typing import Annotated

from fastapi import Depends, Path, Query, Request

from azuraforge_api.http.api_model import PLAIN
from azuraforge_api.http.dependencies import AppDatabase
from azuraforge_api.jobs.creation import JobCreation
from azuraforge_api.jobs.service import get_job
from azuraforge_api.jobs.tables import JobRow
from azuraforge_api.security.authentication import Viewer

__all__ = ["Creation", "FoundJob", "FoundRun", "JobReference", "Namespace", "RunReference"]

_WHAT = "A job's uid, or its name: the newest one."
JobReference = Annotated[str, Path(alias="job", max_length=63, description=_WHAT)]
RunReference = Annotated[str, Path(alias="run", max_length=63, description=_WHAT)]
Namespace = Annotated[
    str | None,
    Query(max_length=63, pattern=PLAIN, description="Where a name is looked for; none: anywhere."),
]


def _creation(request: Request) -> JobCreation:
    creation: JobCreation = request.app.state.creation
    return creation


async def _found_job(
    _: Viewer, database: AppDatabase, reference: JobReference, namespace: Namespace = None
) -> JobRow:
    async with database.read() as session:
        return await get_job(session, reference, namespace)


async def _found_run(
    _: Viewer, database: AppDatabase, reference: RunReference, namespace: Namespace = None
) -> JobRow:
    async with database.read() as session:
        return await get_job(session, reference, namespace)


Creation = Annotated[JobCreation, Depends(_creation)]
FoundJob = Annotated[JobRow, Depends(_found_job)]
"""The job of ``/jobs/{job}``; viewers may."""
FoundRun = Annotated[JobRow, Depends(_found_run)]
"""The job of ``/runs/{run}``; viewers may."""
