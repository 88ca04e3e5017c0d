"""Speaks for the installed plugins to a process that imports none of their code.

Called by the API as a process of its own: ``python -m azuraforge_core.pipelines describe`` writes
the descriptors of all plugins (or of those named) and the errors of those that are broken;
``check NAME`` reads a config as JSON and writes its problems, those included that no schema can
say. What a plugin itself prints goes to standard error.
"""

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from azuraforge_contract.errors import JobFileError
from azuraforge_contract.validation import Problem
from azuraforge_core.pipelines.config_check import find_config_problems
from azuraforge_core.pipelines.descriptor import describe_pipeline
from azuraforge_core.pipelines.registry import (
    BrokenPlugin,
    InstalledPipeline,
    discover_pipelines,
    load_pipeline,
)

__all__: list[str] = []


def _describe(names: Sequence[str]) -> dict[str, Any]:
    catalog = discover_pipelines(names)
    plugins, broken = [], list(catalog.broken)
    for found in catalog.pipelines:
        described = _described(found)
        if isinstance(described, BrokenPlugin):
            broken.append(described)
        else:
            plugins.append(described)
    return {"plugins": plugins, "broken": [asdict(each) for each in broken]}


def _described(found: InstalledPipeline) -> dict[str, Any] | BrokenPlugin:
    try:
        return describe_pipeline(found).model_dump(mode="json")
    except Exception as error:  # noqa: BLE001 - a stranger's model may raise anything
        sentence = f"its config has no schema: {type(error).__name__}: {error}."
        return BrokenPlugin(found.pipeline.name, found.distribution, found.version, sentence)


def _check(name: str, config: dict[str, Any]) -> dict[str, Any]:
    try:
        problems = find_config_problems(load_pipeline(name).pipeline, config)
    except JobFileError as error:
        path, _, message = error.message.partition(": ")
        problems = [Problem(path, message, error.remedy)]
    return {"problems": [asdict(problem) for problem in problems]}


def _main(arguments: Sequence[str]) -> int:
    answers = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    match arguments:
        case ["describe", *names]:
            document = _describe(names)
        case ["check", name]:
            document = _check(name, json.load(sys.stdin))
        case _:
            sys.stderr.write("usage: python -m azuraforge_core.pipelines describe | check NAME\n")
            return 64
    with os.fdopen(answers, "w", encoding="utf-8") as stream:
        json.dump(document, stream)
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
