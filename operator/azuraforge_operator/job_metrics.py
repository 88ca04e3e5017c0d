"""What a change of a job's status adds to the metrics.

Called once for each status that was stored, with the one before it: metrics count transitions, so
a restart of the operator counts nothing twice.
"""

from collections.abc import Iterator
from datetime import datetime

from azuraforge_contract.status import (
    AttemptStatus,
    ConditionStatus,
    ConditionType,
    DatasetStatus,
    JobStatus,
    Phase,
)
from azuraforge_contract.training_job import TrainingJob
from azuraforge_lifecycle.reasons import Reason
from azuraforge_operator.metrics import OTHER, Metrics
from azuraforge_operator.reconciling.job_key import JobKey

__all__ = ["record_transition"]


def record_transition(
    metrics: Metrics, job: TrainingJob, before: JobStatus | None, after: JobStatus
) -> None:
    """Count what has happened between two stored statuses."""
    before = before or JobStatus()
    metrics.last_values.note(JobKey(job.metadata.namespace, job.metadata.name), after)
    _record_times(metrics, job, before, after)
    for attempt in _ended_between(before, after):
        _record_end(metrics, job, attempt, after)
    if after.dataset is not None and after.dataset != before.dataset:
        _record_dataset(metrics, after.dataset)
    if after.phase.is_terminal and not before.phase.is_terminal:
        metrics.jobs_finished.labels(after.phase.value, _bounded(after.reason)).inc()


def _record_times(metrics: Metrics, job: TrainingJob, before: JobStatus, after: JobStatus) -> None:
    created = job.metadata.creation_timestamp
    accepted = after.condition(ConditionType.ACCEPTED)
    if created and accepted is not None and _is_true(after) and not _is_true(before):
        metrics.accepted_seconds.observe(_seconds(created, accepted.last_transition_time))
    if before.queued_since is not None and after.queued_since is None:
        metrics.queued_seconds.observe(max(0.0, after.queued_seconds - before.queued_seconds))
    if created and before.start_time is None and after.start_time is not None:
        metrics.start_seconds.observe(_seconds(created, after.start_time))


def _ended_between(before: JobStatus, after: JobStatus) -> Iterator[AttemptStatus]:
    known = {attempt.index for attempt in before.attempts if attempt.reason is not None}
    oldest = min((attempt.index for attempt in before.attempts), default=0)
    for attempt in after.attempts:
        if attempt.reason is not None and attempt.index not in known and attempt.index >= oldest:
            yield attempt


def _record_end(
    metrics: Metrics, job: TrainingJob, attempt: AttemptStatus, status: JobStatus
) -> None:
    metrics.attempts.labels(_bounded(attempt.reason or "")).inc()
    if job.spec.device == "gpu" and attempt.start is not None and attempt.end is not None:
        whole = _seconds(attempt.start, attempt.end)
        useful = whole if status.phase is Phase.SUCCEEDED else _kept_seconds(attempt, status)
        count = job.spec.gpu.count if job.spec.gpu else 1
        metrics.gpu_seconds.labels("useful").inc(min(useful, whole) * count)
        metrics.gpu_seconds.labels("lost").inc(max(0.0, whole - useful) * count)


def _record_dataset(metrics: Metrics, dataset: DatasetStatus) -> None:
    outcome = dataset.cache if dataset.cache in {"Hit", "Miss", "Stale", "Uncached"} else OTHER
    metrics.cache_opens.labels(outcome).inc()
    metrics.cache_bytes.labels(outcome).inc(dataset.bytes or 0)
    if dataset.seconds is not None:
        metrics.dataset_seconds.observe(dataset.seconds)


def _kept_seconds(attempt: AttemptStatus, status: JobStatus) -> float:
    """Return how long an attempt ran until the checkpoint that outlives it."""
    checkpoint = status.checkpoint
    if checkpoint is None or checkpoint.time is None or attempt.start is None:
        return 0.0
    return _seconds(attempt.start, checkpoint.time)


def _is_true(status: JobStatus) -> bool:
    accepted = status.condition(ConditionType.ACCEPTED)
    return accepted is not None and accepted.status is ConditionStatus.TRUE


def _seconds(since: str, until: str) -> float:
    passed = datetime.fromisoformat(until) - datetime.fromisoformat(since)
    return max(0.0, passed.total_seconds())


def _bounded(reason: str) -> str:
    """Return a reason as a label: trainers may give words of their own."""
    return reason if reason in set(Reason) else OTHER
