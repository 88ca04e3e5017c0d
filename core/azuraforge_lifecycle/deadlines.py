"""The limits in time that a live child is under: exactly one at any moment, or none.

Waiting for its queue it is ``queueSeconds``, then ``startSeconds`` until its first sign of life,
then ``activeSeconds``. That of ``noProgressSeconds`` is the trainer's own.
"""

from dataclasses import dataclass
from datetime import datetime

from azuraforge_contract.status import ConditionStatus, ConditionType, JobStatus
from azuraforge_contract.training_job import TrainingJob
from azuraforge_lifecycle.classification import Consequence, Outcome
from azuraforge_lifecycle.clock import elapsed_seconds, parse_time
from azuraforge_lifecycle.observed import Child
from azuraforge_lifecycle.reasons import Reason
from azuraforge_lifecycle.situation import waiting_reason
from azuraforge_lifecycle.wording import join_sentences

__all__ = ["Deadline", "active_deadline", "deadline_of"]


@dataclass(frozen=True)
class Deadline:
    """A limit in time, and what it means when it has passed."""

    remaining_seconds: float
    outcome: Outcome

    @property
    def has_passed(self) -> bool:
        """Whether no time is left."""
        return self.remaining_seconds <= 0


def deadline_of(
    status: JobStatus, job: TrainingJob, child: Child, now: datetime
) -> Deadline | None:
    """Return the deadline that a live child is under.

    Args:
        status: with its clocks turned for this child, and its conditions as they were stored.
        job: whose deadlines.
        child: one that has not ended.
        now: the time.
    """
    if child.is_queued:
        return _queue_deadline(status, job, now)
    if child.is_running:
        return active_deadline(status, job, now)
    return _start_deadline(status, job, child, now)


def active_deadline(status: JobStatus, job: TrainingJob, now: datetime) -> Deadline | None:
    """Return the deadline on the time of running, summed over attempts."""
    limit = job.spec.deadlines.active_seconds
    if limit is None:
        return None
    active = status.active_seconds + elapsed_seconds(status.active_since, now)
    words = f"It has run for {limit} s, as long as deadlines.activeSeconds allows."
    outcome = Outcome(Consequence.FAIL, Reason.ACTIVE_DEADLINE_EXCEEDED, words)
    return Deadline(limit - active, outcome)


def _queue_deadline(status: JobStatus, job: TrainingJob, now: datetime) -> Deadline | None:
    limit = job.spec.deadlines.queue_seconds
    if limit is None:
        return None
    words = f"It has waited {limit} s for admission, as long as deadlines.queueSeconds allows."
    outcome = Outcome(Consequence.FAIL, Reason.QUEUE_DEADLINE_EXCEEDED, words)
    return Deadline(limit - elapsed_seconds(status.queued_since, now), outcome)


def _start_deadline(
    status: JobStatus, job: TrainingJob, child: Child, now: datetime
) -> Deadline | None:
    limit = job.spec.deadlines.start_seconds
    if limit is None:
        return None
    reason: str = Reason.START_DEADLINE_EXCEEDED
    words = f"It did not start within {limit} s, as deadlines.startSeconds asks."
    if child.notice is not None:
        reason = waiting_reason(child.notice)
        words = join_sentences(words, f"{child.notice.reason}: {child.notice.message}")
    waited = elapsed_seconds(_starting_since(status, child, now), now)
    return Deadline(limit - waited, Outcome(Consequence.FAIL, reason, words))


def _starting_since(status: JobStatus, child: Child, now: datetime) -> datetime:
    """Return the child's creation or its admission by a queue, whichever was later."""
    queued = status.condition(ConditionType.QUEUED)
    if queued is None:
        return child.created_at
    if queued.status is ConditionStatus.TRUE:
        return now
    return max(child.created_at, parse_time(queued.last_transition_time))
