"""The two budgets of a job, failures and preemptions, and the wait before another attempt.

Called once per attempt, when its end is recorded.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from azuraforge_contract.status import JobStatus
from azuraforge_contract.training_job import Backoff, TrainingJob
from azuraforge_lifecycle.classification import Consequence, Outcome
from azuraforge_lifecycle.clock import elapsed_seconds, format_time, parse_time
from azuraforge_lifecycle.reasons import Reason

__all__ = ["Charge", "backoff_seconds", "charge", "rein_in_retry", "seconds_until_retry"]


@dataclass(frozen=True)
class Charge:
    """A status after an outcome was charged to its budgets."""

    status: JobStatus
    exhausted: Outcome | None = None
    """The outcome that ends the job, when no budget is left for another attempt."""
    because: str = ""
    """Why there is no other attempt."""


def backoff_seconds(backoff: Backoff, failures: int) -> int:
    """Return the wait after the n-th failure: it doubles each time, up to the longest."""
    doublings = min(max(failures, 1) - 1, backoff.max_seconds.bit_length())
    return min(backoff.initial_seconds << doublings, backoff.max_seconds)


def charge(status: JobStatus, job: TrainingJob, outcome: Outcome, now: datetime) -> Charge:
    """Charge an attempt's outcome to the budget that it counts against, if to any."""
    match outcome.consequence:
        case Consequence.RETRY:
            return _charge_failure(status, job, outcome, now)
        case Consequence.PREEMPT:
            return _charge_preemption(status, job, outcome, now)
        case _:
            return Charge(status)


def rein_in_retry(status: JobStatus, job: TrainingJob, now: datetime) -> JobStatus:
    """Return the status with a retry that is no further away than the longest wait.

    It is further away only when the clock was set back meanwhile; the wait then begins anew.
    """
    backoff = job.spec.retry.backoff
    if seconds_until_retry(status, now) <= backoff.max_seconds:
        return status
    due = now + timedelta(seconds=backoff_seconds(backoff, status.failures))
    return status.model_copy(update={"retry_time": format_time(due)})


def seconds_until_retry(status: JobStatus, now: datetime) -> float:
    """Return how long the next attempt has to wait; 0 when it is due."""
    if status.retry_time is None:
        return 0.0
    return elapsed_seconds(now, parse_time(status.retry_time))


def _charge_failure(status: JobStatus, job: TrainingJob, outcome: Outcome, now: datetime) -> Charge:
    failures = status.failures + 1
    status = status.model_copy(update={"failures": failures})
    allowed = job.spec.retry.max_attempts
    if failures >= allowed:
        return Charge(status, outcome, f"It was the last of {allowed} attempts")
    if outcome.reason == Reason.OOM_KILLED and not _has_checkpoint_moved_on(status, job):
        advice = "No checkpoint was saved since it began, so it would end alike again"
        return Charge(status, outcome, f"{advice}. Raise resources.memory")
    due = now + timedelta(seconds=backoff_seconds(job.spec.retry.backoff, failures))
    return Charge(status.model_copy(update={"retry_time": format_time(due)}))


def _charge_preemption(
    status: JobStatus, job: TrainingJob, outcome: Outcome, now: datetime
) -> Charge:
    allowed = job.spec.retry.max_preemptions
    if status.preemptions < allowed:
        status = status.model_copy(update={"preemptions": status.preemptions + 1})
        if status.attempts[-1].start is not None:
            return Charge(status)
        # Rejected before it ran: at once again would use up the budget within seconds.
        due = now + timedelta(seconds=job.spec.retry.backoff.initial_seconds)
        return Charge(status.model_copy(update={"retry_time": format_time(due)}))
    exhausted = Outcome(
        Consequence.FAIL, Reason.TOO_MANY_PREEMPTIONS, outcome.message, outcome.exit_code
    )
    return Charge(status, exhausted, f"It has survived {allowed} preemptions, the most allowed")


def _has_checkpoint_moved_on(status: JobStatus, job: TrainingJob) -> bool:
    """Whether the attempt saved a checkpoint that the next one can start from."""
    if status.checkpoint is None or job.spec.checkpoint.resume == "Never":
        return False
    began_at = status.attempts[-1].resumed_from_step
    return began_at is None or status.checkpoint.step > began_at
