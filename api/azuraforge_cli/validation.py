"""What ``azuraforge validate`` prints."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import typer

from azuraforge_cli.job_source import find_all_problems, read_source
from azuraforge_contract.errors import JobFileError
from azuraforge_contract.exit_codes import ExitCode
from azuraforge_contract.validation import Problem

__all__ = ["validate_file"]


def validate_file(
    path: Path, settings: Sequence[str], device: str | None, *, as_json: bool
) -> ExitCode:
    """Print whether a job file is valid, and every problem that it has; return the exit code."""
    try:
        source = read_source(path, settings, device)
        problems = find_all_problems(source.document)
    except JobFileError as error:
        if not as_json:
            raise
        problems = [Problem("", error.message, error.remedy)]
    code = ExitCode.BAD_CONFIG if problems else ExitCode.SUCCEEDED
    if as_json:
        document = {"valid": not problems, "problems": [asdict(problem) for problem in problems]}
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
        return code
    if not problems:
        typer.echo(_verdict(source.name, source.document))
        return code
    count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
    typer.echo(f"Error: {source.name} has {count}:", err=True)
    for problem in problems:
        typer.echo(f"  {problem}", err=True)
    return code


def _verdict(name: str, document: Mapping[str, object]) -> str:
    metadata, spec = document["metadata"], document["spec"]
    job = metadata["name"] if isinstance(metadata, dict) else None
    pipeline = spec["pipeline"] if isinstance(spec, dict) else None
    return f"{name} is valid: {job}, pipeline {pipeline}."
