"""The planner: what to do next for one job, as a pure function of what is seen.

Called by every executor, whenever something has changed or the time asked for has passed. See the
package's docstring for what executors promise in return.
"""

from datetime import datetime

from azuraforge_contract.status import JobStatus, Phase
from azuraforge_contract.training_job import TrainingJob
from azuraforge_lifecycle.actions import Plan
from azuraforge_lifecycle.between_attempts import decide_between_attempts
from azuraforge_lifecycle.cleanup import clean_up, seconds_to_live
from azuraforge_lifecycle.clock import format_time
from azuraforge_lifecycle.conditions import derive_conditions
from azuraforge_lifecycle.config_hash import hash_config
from azuraforge_lifecycle.during_attempt import decide_during_attempt
from azuraforge_lifecycle.facts import note_request
from azuraforge_lifecycle.ledger import adopt_unknown, open_attempt
from azuraforge_lifecycle.observed import Observed
from azuraforge_lifecycle.step import Step
from azuraforge_lifecycle.transitions import events_between
from azuraforge_lifecycle.view import View

__all__ = ["plan"]


def plan(job: TrainingJob, observed: Observed, now: datetime) -> Plan:
    """Return what to store, what to do, and when to look again.

    Args:
        job: the TrainingJob as it is now.
        observed: its stored status, its children, and whatever else is known.
        now: the time, aware.
    """
    before = observed.status or JobStatus()
    if observed.is_deletion_requested:
        return Plan((), before)  # the garbage collector removes the children with the job
    if before.phase.is_terminal:
        step = clean_up(before, job, observed, now)
        acceptance = None
    else:
        step = _advance(before, View(job, observed, now))
        acceptance = observed.acceptance
    status = _finished_status(step, job, observed, now)
    conditions = derive_conditions(status, job, acceptance, now)
    status = status.model_copy(update={"conditions": conditions})
    events = events_between(observed.status, status)
    requeue = step.requeue_after_seconds
    if status.phase.is_terminal and not before.phase.is_terminal:
        requeue = seconds_to_live(status, job, now)
    return Plan((*step.actions, *events), status, requeue)


def _advance(status: JobStatus, view: View) -> Step:
    """Return the next step of a job that has not ended."""
    status = adopt_unknown(note_request(status, view.job), view.job, view.observed.children)
    attempt = open_attempt(status)
    if attempt is None:
        return decide_between_attempts(status, view)
    return decide_during_attempt(status, attempt, view)


def _finished_status(step: Step, job: TrainingJob, observed: Observed, now: datetime) -> JobStatus:
    """Return the status to store, but for its conditions."""
    situation, status = step.situation, step.status
    completion_time = status.completion_time
    if situation.phase.is_terminal and completion_time is None:
        is_last_attempt = situation.phase is Phase.SUCCEEDED
        completion_time = status.attempts[-1].end if is_last_attempt else format_time(now)
    return status.model_copy(
        update={
            "observed_generation": job.metadata.generation,
            "phase": situation.phase,
            "reason": situation.reason,
            "message": situation.message,
            "completion_time": completion_time,
            "retry_time": None if situation.phase.is_terminal else status.retry_time,
            "config_hash": status.config_hash or hash_config(job.spec.config),
            "model": observed.model or status.model,
        }
    )
