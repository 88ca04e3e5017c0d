"""What can be trained there."""

from collections.abc import Mapping
from typing import Any, Final

from azuraforge_client.calls import API, Call, Listing, Route, parsed_as
from azuraforge_client.documents import Document
from azuraforge_client.errors import FieldProblem
from azuraforge_client.operations import AsyncResource, Iteration, Operation, Resource
from azuraforge_client.pages import listing

__all__ = ["AsyncPipelines", "ConfigVerdict", "Pipeline", "PipelineSummary", "Pipelines"]

_LIST: Final = Route("GET", f"{API}/pipelines")
_GET: Final = Route("GET", f"{API}/pipelines/{{pipeline}}")
_VALIDATE: Final = Route("POST", f"{API}/pipelines/{{pipeline}}/validate", is_repeatable=True)


class PipelineSummary(Document):
    """One pipeline in a list."""

    name: str
    """What `spec.pipeline` says."""
    title: str
    distribution: str
    """The package that brings it."""
    version: str
    is_usable: bool
    error: str = ""
    """What is wrong with its plugin."""


class PipelineMetric(Document):
    """One figure that a finished run has."""

    name: str
    title: str
    smaller_is_better: bool


class Pipeline(PipelineSummary):
    """A pipeline with its config."""

    description: str
    """Markdown."""
    config_schema: dict[str, Any]
    """JSON schema of `spec.config`."""
    defaults: dict[str, Any]
    metrics: list[PipelineMetric]


class ConfigVerdict(Document):
    """Whether a config is valid."""

    valid: bool
    errors: list[FieldProblem]


def list_pipelines() -> Listing[PipelineSummary]:
    """Go through the pipelines; one whose plugin is broken is there with its error."""
    return listing(_LIST, PipelineSummary, {})


def get_pipeline(pipeline: str) -> Call[Pipeline]:
    """Return a pipeline: what it is for, its config, defaults and figures."""
    return Call(_GET, _GET.address(pipeline=pipeline), parsed_as(Pipeline))


def validate_config(pipeline: str, config: Mapping[str, Any]) -> Call[ConfigVerdict]:
    """Return every mistake of a config, without creating a job."""
    address = _VALIDATE.address(pipeline=pipeline)
    return Call(_VALIDATE, address, parsed_as(ConfigVerdict), json={"config": dict(config)})


class _Pipelines:
    list = Iteration(list_pipelines)
    get = Operation(get_pipeline)
    validate = Operation(validate_config)


class Pipelines(_Pipelines, Resource):
    """Pipelines, for the blocking client."""


class AsyncPipelines(_Pipelines, AsyncResource):
    """Pipelines, for the asynchronous client."""
