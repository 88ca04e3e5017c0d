"""Health, readiness, version and metrics."""

from importlib.metadata import version
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel

from azuraforge_api.database.schema_watch import SchemaWatch
from azuraforge_api.problems.problem import Problem
from azuraforge_api.problems.responses import problems
from azuraforge_api.security.authentication import Viewer
from azuraforge_api.system.exposition import CONTENT_TYPE, Exposition

__all__ = ["probes", "router", "scrapes"]

probes = APIRouter(tags=["system"])
router = APIRouter(prefix="/system", tags=["system"])
scrapes = APIRouter(tags=["system"], responses=problems("unauthenticated"))


class Health(BaseModel):
    """That the process answers."""

    status: str
    """ok."""


class Version(BaseModel):
    """What runs here."""

    version: str
    """The release."""


def _schema(request: Request) -> SchemaWatch:
    watch: SchemaWatch = request.app.state.schema
    return watch


AppSchema = Annotated[SchemaWatch, Depends(_schema)]


@probes.get("/healthz")
async def show_health() -> Health:
    """Tell that the process answers; needs nothing else to be there."""
    return Health(status="ok")


@probes.get("/readyz")
async def show_readiness(watch: AppSchema) -> Health:
    """Tell whether requests can be served: the database answers and its schema is at head."""
    state = await watch.trouble()
    if state is not None:
        detail = state.trouble or "The schema has just come to its head; work is being taken up."
        raise Problem("unavailable", detail, remedy=state.remedy if state.trouble else "")
    return Health(status="ok")


@router.get("/version")
async def show_version(_: Viewer) -> Version:
    """Tell the release."""
    return Version(version=version("azuraforge"))


@scrapes.get("/metrics", response_class=PlainTextResponse)
async def show_metrics(_: Viewer, request: Request) -> PlainTextResponse:
    """Tell the metrics of this process, for Prometheus."""
    exposition: Exposition = request.app.state.exposition
    return PlainTextResponse(await exposition.text(), media_type=CONTENT_TYPE)
