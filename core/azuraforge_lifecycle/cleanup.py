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

__all__ = ["clean_up"]


def clean_up(status: JobStatus, job: TrainingJob, observed: Observed, now: datetime) -> Step:
    """Return what to do for a job that has ended."""
    age_left = _time_to_live_left(status, job, now)
    is_over = age_left is not None and age_left <= 0
    actions: tuple[Action, ...] = tuple(
        DeleteAttempt(child.index, job.spec.shutdown.grace_seconds)
        for child in observed.children
        if child.is_ours and not child.is_deleting and (child.is_live or is_over)
    )
    if is_over and status.model is not None:
        actions = (*actions, DeleteJob())
    return Step(
        status=_with_last_words(status, observed),
        situation=held(status),
        actions=actions,
        requeue_after_seconds=None if is_over else age_left,
    )


def _time_to_live_left(status: JobStatus, job: TrainingJob, now: datetime) -> float | None:
    limit = job.spec.cleanup.ttl_seconds_after_finished
    return None if limit is None else limit - elapsed_seconds(status.completion_time, now)


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
