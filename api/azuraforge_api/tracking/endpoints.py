"""Metrics and series of runs over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query

from azuraforge_api.http.dependencies import ReadSession
from azuraforge_api.jobs.dependencies import FoundRun
from azuraforge_api.problems.responses import problems
from azuraforge_api.security.authentication import Viewer
from azuraforge_api.tracking.repository import find_metrics
from azuraforge_api.tracking.schemas import MetricSummary, Series, SeriesList, SeriesQuery
from azuraforge_api.tracking.service import read_series

__all__ = ["router"]

router = APIRouter(
    prefix="/runs/{run}", tags=["tracking"], responses=problems("unauthenticated", "not-found")
)


@router.get("/metrics")
async def list_metrics(_: Viewer, session: ReadSession, job: FoundRun) -> list[MetricSummary]:
    """List a run's metrics with their last values."""
    return [MetricSummary.model_validate(row) for row in await find_metrics(session, job.id)]


@router.get("/series", responses=problems("invalid-request"))
async def get_series(
    _: Viewer, session: ReadSession, job: FoundRun, query: Annotated[SeriesQuery, Query()]
) -> SeriesList:
    """Return series of a run, with fewer points where there are many, every peak kept."""
    found = await read_series(
        session, job.id, query.name, axis=query.axis, maximum_points=query.max_points
    )
    return SeriesList(
        series=[
            Series(
                name=name,
                points=len(points),
                steps=points.steps.tolist(),
                epochs=points.epochs.tolist(),
                times=points.times.tolist(),
                values=points.values.tolist(),
            )
            for name in query.name
            if (points := found.get(name)) is not None
        ]
    )
