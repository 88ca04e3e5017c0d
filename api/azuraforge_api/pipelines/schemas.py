"""Pipelines as the API sends them."""

from typing import Any

from pydantic import Field

from azuraforge_api.http.api_model import ApiModel, ApiRequest, JsonObject
from azuraforge_api.problems.problem import FieldProblem

__all__ = ["ConfigToCheck", "ConfigVerdict", "Metric", "PipelineDetails", "PipelineSummary"]


class PipelineSummary(ApiModel):
    """One pipeline in a list."""

    name: str
    """What `spec.pipeline` says."""
    title: str
    """A few words; empty where the plugin is broken."""
    distribution: str
    """The package that brings it."""
    version: str
    """That package's version."""
    is_usable: bool
    """Whether jobs can be made with it."""
    error: str
    """What is wrong with its plugin; empty where nothing is."""


class Metric(ApiModel):
    """One figure that a finished run has."""

    name: str
    """Dotted name, such as test.mse."""
    title: str
    """A few words."""
    smaller_is_better: bool
    """Which way is up."""


class PipelineDetails(PipelineSummary):
    """All that a form needs to know of a pipeline."""

    description: str
    """What it is for, Markdown."""
    config_schema: dict[str, Any]
    """JSON schema (draft 2020-12) of `spec.config`: `title`, `description` and `x-ui` are for
    forms."""
    defaults: dict[str, Any]
    """What a field is where a config does not say; required fields are absent."""
    metrics: list[Metric]
    """The figures of a finished run, the most important one first."""


class ConfigToCheck(ApiRequest):
    """A config that somebody is about to use."""

    config: JsonObject = Field(default_factory=dict)
    """What `spec.config` would be."""


class ConfigVerdict(ApiModel):
    """Whether a config is valid."""

    valid: bool
    """Whether a job with it would be taken."""
    errors: list[FieldProblem]
    """Every mistake, each with its path, in the words of `azuraforge validate`; and what a job by
    REST may not name, or names and is not there."""
