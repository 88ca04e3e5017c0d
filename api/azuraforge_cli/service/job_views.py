"""Jobs of a service as rows and as facts."""

from typing import Final

from azuraforge_cli.display.figures import count_text, duration_text, loss_text
from azuraforge_cli.service.printing import age_text
from azuraforge_client.resources.job_documents import Attempt, Job

__all__ = ["TITLES", "WIDE_TITLES", "job_facts", "job_row"]

TITLES: Final = ("NAME", "PHASE", "PROGRESS", "PIPELINE", "DEVICE", "AGE")
WIDE_TITLES: Final = (*TITLES, "NAMESPACE", "OWNER", "MODEL", "UID", "WHY")

_SHOWN_METRICS: Final = 4
"""A finished run has dozens: -o yaml shows all."""


def job_row(job: Job, *, is_wide: bool) -> list[str]:
    """Return a job's cells."""
    pipeline, device = str(job.spec.get("pipeline", "")), str(job.spec.get("device", "gpu"))
    age = age_text(job.metadata.creation_timestamp)
    cells = [job.name, _phase(job), _short_progress(job), pipeline, device, age]
    if not is_wide:
        return cells
    metadata = job.metadata
    return [
        *cells,
        metadata.namespace,
        metadata.created_by,
        _model(job),
        metadata.uid,
        job.status.message,
    ]


def job_facts(job: Job) -> list[tuple[str, str]]:
    """Return what is known of a job, a line each."""
    metadata, status = job.metadata, job.status
    device = job.spec.get("device", "gpu")
    ended = metadata.finish_timestamp
    facts = [
        ("job", f"{job.name} ({job.spec.get('pipeline')} on {device})"),
        ("uid", metadata.uid),
        ("namespace", metadata.namespace),
        ("created", f"{age_text(metadata.creation_timestamp)} ago by {metadata.created_by}"),
        ("ended", f"{age_text(ended)} ago" if ended else ""),
        ("phase", _phase(job)),
        ("why", f"{status.reason}: {status.message}".rstrip(": ").removeprefix(": ")),
        ("active", duration_text(status.active_seconds)),
        ("progress", _progress(job)),
        ("model", _model(job)),
    ]
    return facts + [(f"attempt {each.index}", _attempt(each)) for each in status.attempts]


def _phase(job: Job) -> str:
    return f"{job.status.phase}, deleted" if job.metadata.deletion_timestamp else job.status.phase


def _short_progress(job: Job) -> str:
    progress = job.status.progress
    if progress is None or progress.percentage is None:
        return ""
    return f"{progress.percentage:.0f} %"


def _progress(job: Job) -> str:
    progress = job.status.progress
    if progress is None:
        return ""
    parts = [_short_progress(job)]
    if progress.epoch is not None:
        parts.append(f"epoch {progress.epoch} of {progress.total_epochs or '?'}")
    if progress.step is not None:
        parts.append(f"step {count_text(progress.step)}")
    shown = progress.metrics[:_SHOWN_METRICS]
    parts += [f"{metric.name} {loss_text(metric.value)}" for metric in shown]
    return ", ".join(part for part in parts if part)


def _model(job: Job) -> str:
    model = job.status.model
    if model is None:
        return ""
    return model.name if model.version is None else f"{model.name}@{model.version}"


def _attempt(attempt: Attempt) -> str:
    code = attempt.exit_code
    parts = [
        attempt.reason or "running",
        *([] if code is None else [f"exit code {code}"]),
        *([attempt.message] if attempt.message else []),
    ]
    return ", ".join(parts)
