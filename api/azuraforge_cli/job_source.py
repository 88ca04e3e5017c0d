"""Reads the job that a person named: the file, with ``--set`` and ``--device`` written into it.

Called by ``run``, ``validate`` and ``jobs create``. The object stays a document until every problem
is known, so that all of them can be told at once.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from azuraforge_cli.overrides import apply_settings, choose_device
from azuraforge_contract.errors import JobFileError
from azuraforge_contract.training_job import TrainingJob, find_problems, read_job_file
from azuraforge_contract.validation import Problem, summarize
from azuraforge_contract.yaml_loader import JsonValue, load_object

__all__ = ["STDIN", "JobSource", "checked_job", "find_all_problems", "read_source"]

STDIN: Final = Path("-")
_TOLD: Final = frozenset({"status", "links"})
_TOLD_METADATA: Final = frozenset({"uid", "createdBy", "version"})
"""Together they are in no object but a service's."""
_SAID_METADATA: Final = frozenset({"name", "namespace", "labels", "annotations"})


@dataclass(frozen=True)
class JobSource:
    """A job as it was named on the command line.

    Attributes:
        name: the file as typed, for messages.
        folder: absolute folder to which relative paths in the job are relative.
        document: the object, with all changes of the command line.
    """

    name: str
    folder: Path
    document: dict[str, JsonValue]


def read_source(path: Path, settings: Sequence[str] = (), device: str | None = None) -> JobSource:
    """Return the job in a file, with the changes of the command line.

    Raises:
        JobFileError: the file cannot be read or holds no single object, or a change is wrong.
    """
    name = "standard input" if path == STDIN else str(path)
    document = apply_settings(_without_told(load_object(_read(path), source=name)), settings)
    if device is not None:
        document = choose_device(document, device)
    folder = Path.cwd() if path == STDIN else path.resolve().parent
    return JobSource(name, folder, document)


def _without_told(document: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Return a job without what a service tells beside it, so that `jobs get -o yaml` is a file."""
    metadata = document.get("metadata")
    if not isinstance(metadata, dict) or not metadata.keys() >= _TOLD_METADATA:
        return document  # a person's own, whose mistakes are told
    kept = {name: value for name, value in metadata.items() if name in _SAID_METADATA}
    return {
        name: kept if name == "metadata" else value
        for name, value in document.items()
        if name not in _TOLD
    }


def find_all_problems(document: dict[str, JsonValue]) -> list[Problem]:
    """Return what is wrong with a job: its own fields, its pipeline's name, and its config."""
    problems = find_problems(document)
    spec = document.get("spec")
    if not isinstance(spec, dict) or not isinstance(spec.get("pipeline"), str):
        return problems
    config = spec.get("config")
    config = {} if config is None else config
    if not isinstance(config, dict):
        return problems  # already among them
    return problems + _find_config_problems(str(spec["pipeline"]), config)


def checked_job(source: JobSource) -> TrainingJob:
    """Return the TrainingJob of a source, its config checked against its pipeline.

    Raises:
        JobFileError: every problem found, a line each.
    """
    problems = find_all_problems(source.document)
    if problems:
        count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
        raise JobFileError(f"{source.name} has {count}:\n{summarize(problems)}")
    return TrainingJob.model_validate(source.document)


def _read(path: Path) -> bytes:
    if path == STDIN:
        return sys.stdin.buffer.read()
    return read_job_file(path)


def _find_config_problems(pipeline: str, config: dict[str, JsonValue]) -> list[Problem]:
    # NumPy and the plugins are needed only here, once the file itself could be read.
    from azuraforge_core.pipelines.config_check import find_config_problems  # noqa: PLC0415
    from azuraforge_core.pipelines.registry import load_pipeline  # noqa: PLC0415

    try:
        installed = load_pipeline(pipeline)
    except JobFileError as error:
        path, _, message = error.message.partition(": ")
        return [Problem(path, message, error.remedy)]
    return find_config_problems(installed.pipeline, config)
