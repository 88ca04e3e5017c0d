"""The description of an installed plugin, for those who do not import its code.

Called by the command line.
"""

from typing import Any

from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from azuraforge_contract.plugin_descriptor import MetricEntry, PluginDescriptor
from azuraforge_core.pipelines.registry import InstalledPipeline

__all__ = ["MetricEntry", "PluginDescriptor", "describe_pipeline"]


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
