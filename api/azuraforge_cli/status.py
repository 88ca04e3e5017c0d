"""What ``azuraforge status`` prints."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer
import yaml
from rich.table import Table

from azuraforge_cli.commands.options import OutputFormat
from azuraforge_cli.display.figures import count_text, duration_text, loss_text
from azuraforge_cli.display.terminal import open_console
from azuraforge_contract.status import AttemptStatus, JobStatus
from azuraforge_contract.training_job import TrainingJob
from azuraforge_lifecycle.observed import ACCEPTED, Observed
from azuraforge_lifecycle.planner import plan
from azuraforge_local.executor_lock import is_executor_alive
from azuraforge_local.job_file import read_job
from azuraforge_local.observation import observe_children
from azuraforge_local.status_file import read_status

__all__ = ["print_status"]


def print_status(folder: Path, output: OutputFormat | None) -> None:
    """Print how a run stands.

    Raises:
        JobFileError: the folder is no run's.
        StorageError: a file in it is damaged.
    """
    job = read_job(folder).job
    status = _current_status(folder, job)
    if output is None:
        _print_table(folder, job, status)
        return
    document = {**job.to_document(), "status": status.to_document()}
    if output is OutputFormat.JSON:
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        typer.echo(yaml.safe_dump(document, sort_keys=False, allow_unicode=True), nl=False)


def _current_status(folder: Path, job: TrainingJob) -> JobStatus:
    """Return the status, derived afresh where no executor keeps it up to date."""
    stored = read_status(folder)
    if is_executor_alive(folder) or (stored is not None and stored.phase.is_terminal):
        return stored or JobStatus()
    observed = Observed(
        status=stored,
        children=observe_children(folder),
        is_live=True,
        acceptance=ACCEPTED,
    )
    return plan(job, observed, datetime.now(UTC)).status


def _print_table(folder: Path, job: TrainingJob, status: JobStatus) -> None:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, text in _rows(job, status):
        table.add_row(name, text)
    for attempt in status.attempts:
        table.add_row(f"attempt {attempt.index}", _attempt_text(attempt))
    open_console().print(table)
    if not status.phase.is_terminal and not is_executor_alive(folder):
        typer.echo(f"Nobody carries this run out. To go on: azuraforge run --resume --out {folder}")


def _rows(job: TrainingJob, status: JobStatus) -> list[tuple[str, str]]:
    rows = [
        ("job", f"{job.metadata.name} ({job.spec.pipeline} on {job.spec.device})"),
        ("phase", status.phase.value),
        ("why", f"{status.reason}: {status.message}".rstrip(": ")),
        ("active", duration_text(status.active_seconds)),
    ]
    if status.progress is not None:
        rows.append(("progress", _progress_text(status)))
    if status.checkpoint is not None:
        rows.append(("checkpoint", f"step {count_text(status.checkpoint.step)}"))
    return rows


def _progress_text(status: JobStatus) -> str:
    progress = status.progress
    if progress is None:
        return ""
    parts: list[str] = []
    if progress.percentage is not None:
        parts.append(f"{progress.percentage:.0f} %")
    if progress.epoch is not None:
        parts.append(f"epoch {progress.epoch} of {progress.total_epochs or '?'}")
    parts += [f"{metric.name} {loss_text(metric.value)}" for metric in progress.metrics]
    return ", ".join(parts)


def _attempt_text(attempt: AttemptStatus) -> str:
    resumed = attempt.resumed_from_step
    parts: list[Any] = [
        attempt.reason or "running",
        *([] if attempt.exit_code is None else [f"exit code {attempt.exit_code}"]),
        *([] if resumed is None else [f"resumed from step {count_text(resumed)}"]),
        *([attempt.message] if attempt.message else []),
    ]
    return ", ".join(parts)
