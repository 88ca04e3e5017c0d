"""Follows a job of a service as `azuraforge run` follows one of this machine, in the same words."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum

import typer
from pydantic import ValidationError

from azuraforge_cli.display.json_lines import JsonDisplay
from azuraforge_cli.display.live import LiveDisplay
from azuraforge_cli.display.plain import PlainDisplay
from azuraforge_cli.display.terminal import open_console
from azuraforge_cli.failures import CommandExitCode
from azuraforge_cli.result import exit_code_of
from azuraforge_cli.service.log_line import readable_line
from azuraforge_client import Client
from azuraforge_client.resources.job_documents import Job
from azuraforge_client.resources.job_events import JobEvent
from azuraforge_contract.events import decode_event
from azuraforge_contract.status import JobStatus, Phase
from azuraforge_local.display import Display, RunTitle
from azuraforge_local.event_tail import SeenEvent

__all__ = ["LogForm", "follow_job", "print_logs"]


class LogForm(Enum):
    """How lines of a log are printed."""

    READABLE = "readable"
    """Time, level and message."""
    RAW = "raw"
    """As the trainer printed them."""
    JSON = "json"
    """With their place."""


def follow_job(client: Client, job: Job, *, as_json: bool) -> int:
    """Show a job to its end; return its exit code."""
    status = JobStatus()
    try:
        with _shown(job, as_json=as_json) as display:
            for event in client.jobs.events(job.uid):
                status = _show(display, event) or status
                display.tick(None)
    except KeyboardInterrupt:
        words = f"{job.name} goes on. azuraforge jobs follow {job.name}; to end it: azuraforge jobs"
        typer.echo(f"\n{words} cancel {job.name}", err=True)
        return CommandExitCode.INTERRUPTED
    if not as_json:
        _print_end(client.jobs.get(job.uid), status)
    return exit_code_of(status)


def _show(display: Display, event: JobEvent) -> JobStatus | None:
    """Show one event; return the status where that is what changed."""
    try:
        if event.kind == "status":
            status = JobStatus.model_validate(event.data)
            display.show_status(status)
            return status
        line = json.dumps(event.data, ensure_ascii=False)
        display.show_event(SeenEvent(decode_event(line), line))
    except ValidationError:
        return None  # a newer service tells what this release has no words for
    return None


def _print_end(job: Job, status: JobStatus) -> None:
    if status.phase is Phase.SUCCEEDED:
        model = job.status.model
        made = f" It made {model.name}@{model.version}." if model and model.version else ""
        typer.echo(f"{job.name} has succeeded.{made}")
    else:
        typer.echo(f"{job.name} is {status.phase}. {status.message}".rstrip(), err=True)
        if status.phase is Phase.FAILED:
            typer.echo(f"What its trainers printed: azuraforge logs {job.uid}", err=True)


@contextmanager
def _shown(job: Job, *, as_json: bool) -> Iterator[Display]:
    display = _choose_display(as_json=as_json)
    retry = job.spec.get("retry") or {}
    title = RunTitle(
        job=job.name,
        uid=job.uid,
        pipeline=str(job.spec.get("pipeline", "")),
        device=str(job.spec.get("device", "gpu")),
        folder=None,
        is_resumed=job.spec.get("resumeFrom") is not None,
        max_attempts=int(retry.get("maxAttempts", 1)),
    )
    display.open(title)
    try:
        yield display
    finally:
        display.close()


def _choose_display(*, as_json: bool) -> Display:
    if as_json:
        return JsonDisplay()
    return LiveDisplay(open_console()) if sys.stdout.isatty() else PlainDisplay()


def print_logs(
    client: Client, job: str, attempt: int | None, *, follow: bool, form: LogForm
) -> int:
    """Print what a job's trainers printed; return the command's exit code."""
    try:
        for line in client.jobs.logs(job, attempt=attempt, follow=follow):
            if form is LogForm.JSON:
                document = {"attempt": line.attempt, "number": line.number, "text": line.text}
                typer.echo(json.dumps(document, ensure_ascii=False))
            else:
                typer.echo(line.text if form is LogForm.RAW else readable_line(line.text))
    except KeyboardInterrupt:
        if follow:
            words = f"The job goes on. azuraforge logs -f {job}; to end it: azuraforge jobs cancel"
            typer.echo(f"\n{words} {job}", err=True)
        return CommandExitCode.INTERRUPTED
    return 0
