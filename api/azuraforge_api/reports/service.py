"""Finds the files of reports; called by the endpoints."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from azuraforge_api.backends.backend import Backend
from azuraforge_api.http.beneath import open_beneath
from azuraforge_api.jobs.service import get_job
from azuraforge_api.models.service import get_version, run_of
from azuraforge_api.problems.problem import Problem
from azuraforge_api.reports.schemas import Compared

__all__ = ["find_compared", "read_report", "run_folder"]

_PAGE: Final = "report/report.html"
_LARGEST_PAGE: Final = 64 * 1024 * 1024


def run_folder(backend: Backend, uid: str) -> Path:
    """Return the folder of a run.

    Raises:
        Problem: it is not in reach.
    """
    folder = backend.run_folder(uid)
    if folder is None:
        raise Problem(
            "not-found",
            f"The files of run {uid} are not in reach of this service.",
            remedy="They were removed after their retention, or lie on a volume of another place.",
        )
    return folder


async def read_report(run: Path) -> bytes:
    """Return the page of a run's report.

    Raises:
        Problem: there is none.
    """
    return await asyncio.to_thread(_read, run)


async def find_compared(
    session: AsyncSession, backend: Backend, items: Sequence[Compared]
) -> list[tuple[str, Path]]:
    """Return what the things to compare are called, and their runs' folders.

    Raises:
        Problem: one is not there, or is named twice.
    """
    found = [await _find(session, backend, item) for item in items]
    folders = [folder for _, folder in found]
    for number, folder in enumerate(folders):
        if folder in folders[:number]:
            first = folders.index(folder)
            raise Problem(
                "invalid-request",
                f"items.{first} and items.{number} are the same run.",
                remedy="Name each once.",
            )
    return found


async def _find(session: AsyncSession, backend: Backend, item: Compared) -> tuple[str, Path]:
    if item.model is not None:
        version = await get_version(session, item.model, item.version)
        return f"{item.model}-{version.version.number}", run_of(backend, version)
    job = await get_job(session, str(item.run), item.namespace)
    return job.name, run_folder(backend, job.uid)


def _read(run: Path) -> bytes:
    try:
        file = open_beneath(run, _PAGE)
    except Problem:
        raise Problem(
            "not-found", "The run has no report.", remedy="It is written when the run has finished."
        ) from None
    with os.fdopen(file.descriptor, "rb") as stream:
        if file.bytes > _LARGEST_PAGE:
            raise Problem("conflict", f"The report has {file.bytes} bytes: too many to show.")
        return stream.read(_LARGEST_PAGE)
