"""What remains to be done once a job has ended: nothing that could bring it back.

Its phase, reason and times are final. Children that still run are stopped, their last words are
noted, and what is older than the time to live is removed.
"""

from datetime import datetime

from azuraforge_contract.status import JobStatus
from azuraforge_contract.training_job import TrainingJob
from azuraforge_lifecycle.actions import Action, DeleteAttempt, DeleteJob
from azuraforge_lifecycle.clock import elapsed_seconds
from azuraforge_lifecycle.facts import take_over_facts
from azuraforge_lifecycle.observed import Observed
from azuraforge_lifecycle.situation import held
from azuraforge_lifecycle.step import Step

__all__ = ["clean_up", "seconds_to_live"]


def seconds_to_live(status: JobStatus, job: TrainingJob, now: datetime) -> float | None:
    """Return how long a job that has ended is kept as it is; 0 when that is over, None for ever."""
    limit = job.spec.cleanup.ttl_seconds_after_finished
    if limit is None:
        return None
    return max(0.0, limit - elapsed_seconds(status.completion_time, now))


def clean_up(status: JobStatus, job: TrainingJob, observed: Observed, now: datetime) -> Step:
    """Return what to do for a job that has ended."""
    left = seconds_to_live(status, job, now)
    is_over = left == 0
    actions: tuple[Action, ...] = tuple(
        DeleteAttempt(child.index, job.spec.shutdown.grace_seconds)
        for child in observed.children
        if child.is_ours and not child.is_deleting and (child.may_run or is_over)
    )
    is_published = observed.model is not None or status.model is not None
    if is_over and is_published:
        actions = (*actions, DeleteJob())
    return Step(
        status=_with_last_words(status, observed),
        situation=held(status),
        actions=actions,
        requeue_after_seconds=left or None,
    )


def _with_last_words(status: JobStatus, observed: Observed) -> JobStatus:
    """Take over what the last child says at its end, such as the checkpoint saved at a deadline."""
    last = status.attempts[-1] if status.attempts else None
    child = observed.child(last.index) if last is not None else None
    if last is None or child is None or not child.is_ours or not child.phase.has_ended:
        return status
    if last.exit_code is None and child.exit_code is not None:
        noted = last.model_copy(update={"exit_code": child.exit_code})
        status = status.model_copy(update={"attempts": (*status.attempts[:-1], noted)})
    return take_over_facts(status, child)
