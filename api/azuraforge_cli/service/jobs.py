"""What ``azuraforge jobs`` does."""

import itertools
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import typer

from azuraforge_cli.commands.options import ServiceOutput
from azuraforge_cli.failures import CommandExitCode, CommandFailure
from azuraforge_cli.job_source import read_source
from azuraforge_cli.overrides import apply_settings
from azuraforge_cli.result import exit_code_of
from azuraforge_cli.service.connection import open_service
from azuraforge_cli.service.following import follow_job
from azuraforge_cli.service.job_views import TITLES, WIDE_TITLES, job_facts, job_row
from azuraforge_cli.service.printing import print_document, print_documents, print_facts, print_rows
from azuraforge_client import Client
from azuraforge_client.resources.job_documents import Job
from azuraforge_client.resources.jobs import JobFilter
from azuraforge_contract.errors import JobFileError
from azuraforge_contract.status import JobStatus, Phase

__all__ = [
    "Again",
    "Waiting",
    "change_job",
    "create_again",
    "create_job",
    "delete_job",
    "list_jobs",
    "phase_named",
    "show_job",
    "wait_for_job",
]

_LOOK_SECONDS: Final = 2.0
_WIDTHS: Final = (28, 11, 8, 20, 6, 12)


@dataclass(frozen=True)
class Again:
    """A job to be made from one that was.

    Attributes:
        job: uid or name of that one.
        how: whether it goes on from the other's checkpoint.
        name: of the new one; None: the next free.
        settings: changes of the config, ``config.training.epochs=3``.
        follows: whether to follow it to its end.
    """

    job: str
    how: Literal["retry", "clone"]
    name: str | None
    settings: Sequence[str]
    follows: bool


@dataclass(frozen=True)
class Waiting:
    """What is waited for.

    Attributes:
        job: uid or name.
        phases: any of these; none: the job's end.
        timeout_seconds: for so long; None: for ever.
    """

    job: str
    phases: tuple[str, ...]
    timeout_seconds: float | None


def list_jobs(
    wanted: JobFilter, most: int, output: ServiceOutput | None, *, is_watched: bool
) -> None:
    """Print jobs, the first ``most`` of them (0: all); go on with their changes where watched."""
    is_wide = output is ServiceOutput.WIDE
    with open_service() as client:
        if is_watched:
            _watch(client, wanted, most, is_wide=is_wide)
            return
        jobs = list(_first(client, wanted, most))
    if output in {ServiceOutput.JSON, ServiceOutput.YAML}:
        print_documents((job.to_document() for job in jobs), output)
        return
    rows = [job_row(job, is_wide=is_wide) for job in jobs]
    print_rows(WIDE_TITLES if is_wide else TITLES, rows, nothing="There is no such job.")


def _first(client: Client, wanted: JobFilter, most: int) -> Iterator[Job]:
    if most and "limit" not in wanted:
        wanted = {**wanted, "limit": min(most, 500)}
    return itertools.islice(client.jobs.list(**wanted), most or None)


def _watch(client: Client, wanted: JobFilter, most: int, *, is_wide: bool) -> None:
    """Print a line whenever a job changed, until Ctrl-C."""
    seen: dict[str, int] = {}
    _print_line(WIDE_TITLES if is_wide else TITLES)
    while True:
        for job in _first(client, wanted, most):
            if seen.get(job.uid) != job.metadata.version:
                seen[job.uid] = job.metadata.version
                _print_line(job_row(job, is_wide=is_wide))
        time.sleep(_LOOK_SECONDS)


def _print_line(cells: Sequence[str]) -> None:
    widths = itertools.chain(_WIDTHS, itertools.repeat(0))
    typer.echo("  ".join(f"{cell:<{width}}" for cell, width in zip(cells, widths)).rstrip())  # noqa: B905 - the widths never end


def show_job(job: str, namespace: str | None, output: ServiceOutput | None) -> None:
    """Print one job."""
    with open_service() as client:
        found = client.jobs.get(job, namespace=namespace)
    _show(found, output)


def _show(job: Job, output: ServiceOutput | None) -> None:
    if output in {ServiceOutput.JSON, ServiceOutput.YAML}:
        print_document(job.to_document(), output)
    else:
        print_facts(job_facts(job))


def create_job(
    file: Path, settings: Sequence[str], output: ServiceOutput | None, *, follows: bool
) -> int:
    """Create a job from a job file; return the command's exit code."""
    document = read_source(file, settings).document
    with open_service() as client:
        return _report(client, client.jobs.create(document), output, follows=follows)


def create_again(wanted: Again, namespace: str | None, output: ServiceOutput | None) -> int:
    """Create a job from one that was; return the command's exit code."""
    config = _config_of(wanted.settings)
    with open_service() as client:
        act = client.jobs.retry if wanted.how == "retry" else client.jobs.clone
        made = act(wanted.job, name=wanted.name, config=config, namespace=namespace)
        return _report(client, made, output, follows=wanted.follows)


def _config_of(settings: Sequence[str]) -> dict[str, Any] | None:
    if not settings:
        return None
    spec: Any = apply_settings({}, settings).get("spec")
    if (
        not isinstance(spec, dict)
        or set(spec) != {"config"}
        or not isinstance(spec["config"], dict)
    ):
        raise JobFileError(
            "A job made from another can only differ in its config.",
            remedy="Write --set config.training.epochs=3; or create it from a file.",
        )
    return dict(spec["config"])


def _report(client: Client, job: Job, output: ServiceOutput | None, *, follows: bool) -> int:
    if follows:
        return follow_job(client, job, as_json=output is ServiceOutput.JSON)
    if output in {ServiceOutput.JSON, ServiceOutput.YAML}:
        print_document(job.to_document(), output)
    else:
        typer.echo(f"Created {job.name} ({job.uid}). azuraforge jobs follow {job.name}")
    return 0


def change_job(
    job: str, change: Literal["suspend", "resume", "cancel"], namespace: str | None
) -> None:
    """Suspend, resume or cancel a job."""
    with open_service() as client:
        act = {
            "suspend": client.jobs.suspend,
            "resume": client.jobs.resume,
            "cancel": client.jobs.cancel,
        }[change]
        changed = act(job, namespace=namespace)
    typer.echo(f"{changed.name}: asked to {change}; it is {changed.status.phase}.")


def delete_job(job: str, namespace: str | None) -> None:
    """Delete a job's object."""
    with open_service() as client:
        found = client.jobs.get(job, namespace=namespace)
        client.jobs.delete(found.uid)
    typer.echo(f"Deleted {found.name} ({found.uid}); its history and its model stay.")


def wait_for_job(wanted: Waiting, namespace: str | None) -> int:
    """Wait; return the command's exit code.

    Raises:
        CommandFailure: it did not come in time, or never can.
        JobFileError: there is no such phase.
    """
    phases = [phase_named(word) for word in wanted.phases]
    give_up = None
    if wanted.timeout_seconds is not None:
        give_up = time.monotonic() + wanted.timeout_seconds
    with open_service() as client:
        uid = client.jobs.get(wanted.job, namespace=namespace).uid
        while True:
            job = client.jobs.get(uid)
            phase = job.status.phase
            if phase in phases:
                typer.echo(f"{job.name} is {phase}.")
                return 0
            if job.status.is_terminal or job.metadata.deletion_timestamp is not None:
                return _end(job, wanted)
            if give_up is not None and time.monotonic() >= give_up:
                raise CommandFailure(
                    f"{job.name} is still {phase} after {wanted.timeout_seconds:g} s.",
                    CommandExitCode.TIMED_OUT,
                )
            time.sleep(_LOOK_SECONDS if give_up is None else min(_LOOK_SECONDS, 0.5))


def phase_named(word: str) -> Phase:
    """Return the phase that a person means, however it is capitalized.

    Raises:
        JobFileError: there is none.
    """
    try:
        return Phase(word.capitalize())
    except ValueError:
        raise JobFileError(
            f"There is no phase {word!r}.", remedy=f"Use one of {', '.join(Phase)}."
        ) from None


def _end(job: Job, wanted: Waiting) -> int:
    """Return the exit code of a job that has ended and is in no phase that was waited for."""
    if wanted.phases:
        raise CommandFailure(
            f"{job.name} has ended as {job.status.phase}, never {' or '.join(wanted.phases)}.",
            CommandExitCode.CONFLICT,
        )
    typer.echo(f"{job.name} is {job.status.phase}. {job.status.message}".rstrip())
    return exit_code_of(JobStatus.model_validate(job.status.to_document()))
