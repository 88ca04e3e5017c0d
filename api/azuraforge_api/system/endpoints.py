"""Health, readiness and version."""

from importlib.metadata import version

from fastapi import APIRouter
from pydantic import BaseModel

from azuraforge_api.database.migrations import check_schema
from azuraforge_api.http.dependencies import AppDatabase
from azuraforge_api.problems.problem import Problem
from azuraforge_api.security.authentication import Viewer

__all__ = ["probes", "router"]

probes = APIRouter(tags=["system"])
router = APIRouter(prefix="/system", tags=["system"])


class Health(BaseModel):
    """That the process answers."""

    status: str
    """ok."""


class Version(BaseModel):
    """What runs here."""

    version: str
    """The release."""


@probes.get("/healthz")
async def show_health() -> Health:
    """Tell that the process answers; needs nothing else to be there."""
    return Health(status="ok")


@probes.get("/readyz")
async def show_readiness(database: AppDatabase) -> Health:
    """Tell whether requests can be served: the database answers and its schema is at head."""
    trouble = await check_schema(database)
    if trouble is not None:
        raise Problem("unavailable", trouble, remedy="Run `azuraforge db upgrade`.")
    return Health(status="ok")


@router.get("/version")
async def show_version(_: Viewer) -> Version:
    """Tell the release."""
    return Version(version=version("azuraforge"))
