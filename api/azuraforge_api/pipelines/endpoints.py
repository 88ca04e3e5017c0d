"""Pipelines over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request

from azuraforge_api.http.paging import Page
from azuraforge_api.jobs.dependencies import Creation
from azuraforge_api.pipelines.schemas import (
    ConfigToCheck,
    ConfigVerdict,
    Metric,
    PipelineDetails,
    PipelineSummary,
)
from azuraforge_api.pipelines.service import Pipeline, PipelineCatalog
from azuraforge_api.problems.problem import Problem
from azuraforge_api.problems.responses import problems
from azuraforge_api.security.authentication import Viewer

__all__ = ["AppPipelines", "router"]

router = APIRouter(prefix="/pipelines", tags=["pipelines"], responses=problems("unauthenticated"))

PipelineName = Annotated[str, Path(alias="pipeline", max_length=63)]


def _pipelines(request: Request) -> PipelineCatalog:
    catalog: PipelineCatalog = request.app.state.pipelines
    return catalog


AppPipelines = Annotated[PipelineCatalog, Depends(_pipelines)]


@router.get("")
async def list_pipelines(_: Viewer, catalog: AppPipelines) -> Page[PipelineSummary]:
    """List the installed pipelines; one whose plugin is broken is listed with its error."""
    found = await catalog.pipelines()
    return Page(items=[_summary(pipeline) for pipeline in found.values()])


@router.get("/{pipeline}", responses=problems("not-found"))
async def get_pipeline(_: Viewer, catalog: AppPipelines, name: PipelineName) -> PipelineDetails:
    """Show a pipeline: what it is for, the schema of its config, defaults, figures."""
    pipeline = await _find(catalog, name)
    described = pipeline.descriptor
    return PipelineDetails(
        **_summary(pipeline).model_dump(by_alias=False),
        description=described.description if described else "",
        config_schema=described.config_schema if described else {},
        defaults=described.defaults if described else {},
        metrics=[Metric.model_validate(each) for each in described.metrics] if described else [],
    )


@router.post("/{pipeline}/validate", responses=problems("not-found", "invalid-request"))
async def validate_config(
    _: Viewer,
    catalog: AppPipelines,
    creation: Creation,
    name: PipelineName,
    wanted: ConfigToCheck,
) -> ConfigVerdict:
    """Tell every mistake of a config, without creating a job."""
    await _find(catalog, name)
    errors = await creation.find_config_problems(name, wanted.config)
    return ConfigVerdict(valid=not errors, errors=errors)


async def _find(catalog: PipelineCatalog, name: str) -> Pipeline:
    found = await catalog.find(name)
    if found is None:
        raise Problem(
            "not-found",
            f"No pipeline is called {name!r}.",
            remedy="`azuraforge plugins list --remote`, or GET /api/v1/pipelines, shows them.",
        )
    return found


def _summary(pipeline: Pipeline) -> PipelineSummary:
    known = pipeline.descriptor or pipeline.broken
    return PipelineSummary(
        name=pipeline.name,
        title=pipeline.descriptor.title if pipeline.descriptor else "",
        distribution=known.distribution if known else "",
        version=known.version if known else "",
        is_usable=pipeline.descriptor is not None,
        error=pipeline.broken.error if pipeline.broken else "",
    )
