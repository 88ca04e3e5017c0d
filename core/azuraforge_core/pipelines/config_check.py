"""Checking ``spec.config`` against its plugin, before anything is read or started."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from azuraforge_contract.errors import JobFileError
from azuraforge_contract.validation import Problem, StrictModel, explain, summarize
from azuraforge_core.pipelines.pipeline import Pipeline

__all__ = ["CONFIG_PATH", "find_config_problems", "parse_config"]

CONFIG_PATH = "spec.config"

ConfigT = TypeVar("ConfigT", bound=StrictModel)


def find_config_problems(pipeline: Pipeline[Any], config: Mapping[str, Any]) -> list[Problem]:
    """Return every problem of a config, each with its path in the job file."""
    try:
        pipeline.config_model.model_validate(config)
    except ValidationError as error:
        return explain(error, pipeline.config_model, prefix=CONFIG_PATH)
    return []


def parse_config(pipeline: Pipeline[ConfigT], config: Mapping[str, Any]) -> ConfigT:
    """Return the config as the plugin's own model.

    Raises:
        JobFileError: every problem found, a line each.
    """
    problems = find_config_problems(pipeline, config)
    if problems:
        raise JobFileError(
            summarize(problems),
            remedy=f"`azuraforge plugins show {pipeline.name}` lists the fields.",
        )
    return pipeline.config_model.model_validate(config)
