"""A plugin described in JSON: all that a form, an operator or an API needs to know of it.

The command line prints it; the operator and the API read it from a ConfigMap, so that they import
no plugin's code.
"""

from typing import Any

from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from azuraforge_contract.format_version import FORMAT_VERSION
from azuraforge_contract.validation import StrictModel
from azuraforge_core.pipelines.registry import InstalledPipeline

__all__ = ["MetricEntry", "PluginDescriptor", "describe_pipeline"]


class MetricEntry(StrictModel):
    """One figure that a finished run has."""

    name: str
    """Dotted name in ``metrics.json``."""
    title: str
    """A few words."""
    smaller_is_better: bool
    """Which way is up."""


class PluginDescriptor(StrictModel):
    """What a plugin is and takes."""

    format_version: int = FORMAT_VERSION
    name: str
    """What ``spec.pipeline`` says."""
    title: str
    """A few words."""
    description: str
    """What it is for, Markdown."""
    distribution: str
    """The package that brings it."""
    version: str
    """That package's version."""
    config_schema: dict[str, Any]
    """JSON schema (draft 2020-12) of ``spec.config``."""
    defaults: dict[str, Any]
    """What a field is where a config does not say; required fields are absent."""
    metrics: tuple[MetricEntry, ...]
    """The figures of a finished run, the most important one first."""


def describe_pipeline(installed: InstalledPipeline) -> PluginDescriptor:
    """Return the descriptor of an installed plugin."""
    pipeline = installed.pipeline
    return PluginDescriptor(
        name=pipeline.name,
        title=pipeline.title,
        description=pipeline.description,
        distribution=installed.distribution,
        version=installed.version,
        config_schema=pipeline.config_model.model_json_schema(by_alias=True),
        defaults=_defaults(pipeline.config_model),
        metrics=tuple(
            MetricEntry(
                name=metric.name, title=metric.title, smaller_is_better=metric.smaller_is_better
            )
            for metric in pipeline.metrics
        ),
    )


def _defaults(model: type[BaseModel]) -> dict[str, Any]:
    """Return the defaults of a model as JSON; a required model shows its own fields' defaults."""
    found: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        nested = field.annotation
        if not field.is_required():
            default = field.get_default(call_default_factory=True)
            found[field.alias or name] = to_jsonable_python(default, by_alias=True)
        elif isinstance(nested, type) and issubclass(nested, BaseModel):
            found[field.alias or name] = _defaults(nested)
    return found
