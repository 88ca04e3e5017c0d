"""The attempts of a job as its status records them: opened before they exist, closed once.

An attempt is open from the write that announces it until its end is recorded. There is at most one,
and it is the last of ``status.attempts``.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from azuraforge_contract.status import AttemptStatus, JobStatus
from azuraforge_contract.training_job import TrainingJob
from azuraforge_lifecycle.actions import attempt_name
from azuraforge_lifecycle.classification import Outcome
from azuraforge_lifecycle.clock import format_time
from azuraforge_lifecycle.observed import Child
from azuraforge_lifecycle.reasons import Reason
from azuraforge_lifecycle.wording import one_line

__all__ = [
    "KEPT_ATTEMPTS",
    "adopt_unknown",
    "close_attempt",
    "is_stopping",
    "open_attempt",
    "open_next",
    "record_child",
]

KEPT_ATTEMPTS: Final = 10
"""How many attempts a status keeps; older children are deleted with their records."""


def open_attempt(status: JobStatus) -> AttemptStatus | None:
    """Return the attempt that has not ended as far as is known, if there is one."""
    last = status.attempts[-1] if status.attempts else None
    return last if last is not None and last.reason is None else None


def is_stopping(status: JobStatus) -> bool:
    """Whether the open attempt was asked to stop, as far as the status says.

    It stays so until the attempt has ended, even if the request is taken back meanwhile: its
    deletion cannot be.
    """
    asked = {Reason.SUSPENDING, Reason.CANCELLING}
    return open_attempt(status) is not None and status.reason in asked


def open_next(status: JobStatus, job: TrainingJob, now: datetime) -> JobStatus:
    """Announce the next attempt, before it is created."""
    attempt = AttemptStatus(
        index=status.next_attempt, resumed_from_step=_expected_step(status, job)
    )
    since = format_time(now) if job.spec.queue is not None else None
    return _with_new(status, job, attempt).model_copy(update={"queued_since": since})


def adopt_unknown(status: JobStatus, job: TrainingJob, children: Iterable[Child]) -> JobStatus:
    """Take up children that the status has forgotten, since it was lost or restored.

    Indexes once used are never used again. The latest child is the open attempt.
    """
    latest = max((child.index for child in children if child.is_ours), default=-1)
    if latest < status.next_attempt:
        return status
    if open_attempt(status) is not None:
        return status.model_copy(update={"next_attempt": latest + 1})
    return _with_new(status, job, AttemptStatus(index=latest))


def record_child(status: JobStatus, child: Child, now: datetime) -> JobStatus:
    """Note where and since when the open attempt runs, and which image.

    Nothing is noted before it runs: pod and node would be a write each, of little use to anybody.
    """
    if child.started_at is None and not child.is_running:
        return status
    attempt = _noted(status.attempts[-1], child)
    start = attempt.start or format_time(child.started_at or now)
    return _with_last(status, attempt.model_copy(update={"start": start})).model_copy(
        update={
            "start_time": status.start_time or start,
            "image": status.image or child.image,
        }
    )


def close_attempt(
    status: JobStatus, outcome: Outcome, child: Child | None, now: datetime
) -> JobStatus:
    """Record how the open attempt ended."""
    attempt = status.attempts[-1]
    end = now
    if child is not None:
        attempt, end = _noted(attempt, child), child.ended_at or now
    closed = attempt.model_copy(
        update={
            "reason": outcome.reason,
            "message": one_line(outcome.message),
            "exit_code": outcome.exit_code,
            "end": format_time(end),
        }
    )
    return _with_last(status, closed)


def _noted(attempt: AttemptStatus, child: Child) -> AttemptStatus:
    return attempt.model_copy(
        update={"node": child.node or attempt.node, "pod": child.pod or attempt.pod}
    )


def _expected_step(status: JobStatus, job: TrainingJob) -> int | None:
    """Return the step that the next attempt will resume from, until it says so itself."""
    if status.checkpoint is None or job.spec.checkpoint.resume == "Never":
        return None
    return status.checkpoint.step


def _with_new(status: JobStatus, job: TrainingJob, attempt: AttemptStatus) -> JobStatus:
    return status.model_copy(
        update={
            "attempts": (*status.attempts, attempt)[-KEPT_ATTEMPTS:],
            "next_attempt": attempt.index + 1,
            "job_ref": attempt_name(job.metadata.name, attempt.index),
            "retry_time": None,
        }
    )


def _with_last(status: JobStatus, attempt: AttemptStatus) -> JobStatus:
    return status.model_copy(update={"attempts": (*status.attempts[:-1], attempt)})
