"""What to do while no attempt is open: end, wait, or open the next one.

Called by the planner, and once an attempt's end is recorded.
"""

from azuraforge_contract.status import JobStatus
from azuraforge_lifecycle.actions import Action, CreateAttempt, DeleteAttempt
from azuraforge_lifecycle.budgets import rein_in_retry, seconds_until_retry
from azuraforge_lifecycle.conditions import is_accepted
from azuraforge_lifecycle.deadlines import active_deadline
from azuraforge_lifecycle.ledger import KEPT_ATTEMPTS, open_next
from azuraforge_lifecycle.observed import Child, Verdict
from azuraforge_lifecycle.situation import (
    Situation,
    backing_off,
    cancelled,
    failed,
    not_accepted,
    starting,
    stray,
    suspended,
)
from azuraforge_lifecycle.step import Step
from azuraforge_lifecycle.view import View

__all__ = ["LOOK_AGAIN_SECONDS", "create", "decide_between_attempts", "delete_all"]

LOOK_AGAIN_SECONDS = 30.0
"""When something that nobody may announce, such as a missing plugin, is looked for again."""


def decide_between_attempts(status: JobStatus, view: View) -> Step:
    """Return the next step of a job that has no open attempt."""
    if view.job.spec.cancel:
        return Step(status=status, situation=cancelled())
    strays = view.strays(status)
    if strays:
        actions = delete_all(strays, view)
        return Step(status=status, situation=stray(strays), actions=actions)
    if view.job.spec.suspend:
        return Step(status=status, situation=suspended(status))
    obstacle = _obstacle(status, view)
    if obstacle is not None:
        return obstacle
    status = rein_in_retry(status, view.job, view.now)
    wait = seconds_until_retry(status, view.now)
    if wait > 0:
        situation = backing_off(status, view.job)
        return Step(status=status, situation=situation, requeue_after_seconds=wait)
    status = open_next(status, view.job, view.now)
    return create(status, view)


def create(status: JobStatus, view: View) -> Step:
    """Return the step that creates the open attempt's child; the status says so beforehand."""
    attempt = status.attempts[-1]
    queue = view.job.spec.queue
    action = CreateAttempt(attempt.index, queue is not None, status.image)
    situation = starting(attempt.index, in_queue=queue.name if queue else None)
    actions: tuple[Action, ...] = (*_forgotten(status, view), action)
    return Step(status=status, situation=situation, actions=actions)


def delete_all(children: tuple[Child, ...], view: View) -> tuple[Action, ...]:
    """Return the deletion of children, but for those that are being deleted already."""
    grace = view.job.spec.shutdown.grace_seconds
    return tuple(DeleteAttempt(child.index, grace) for child in children if not child.is_deleting)


def _forgotten(status: JobStatus, view: View) -> tuple[Action, ...]:
    """Return the deletion of ended children whose records the status no longer keeps."""
    oldest_kept = status.next_attempt - KEPT_ATTEMPTS
    return delete_all(
        tuple(
            child for child in view.observed.children if child.is_ours and child.index < oldest_kept
        ),
        view,
    )


def _obstacle(status: JobStatus, view: View) -> Step | None:
    """Return the step of a job that may not go on: not accepted, or out of time."""
    acceptance = view.observed.acceptance
    is_free = acceptance is not None and acceptance.verdict is Verdict.ACCEPTED
    if not is_free and not is_accepted(status):
        situation: Situation = not_accepted(acceptance)
        again = None if situation.phase.is_terminal else LOOK_AGAIN_SECONDS
        return Step(status=status, situation=situation, requeue_after_seconds=again)
    deadline = active_deadline(status, view.job, view.now)
    if deadline is not None and deadline.has_passed:
        return Step(status=status, situation=failed(deadline.outcome))
    return None
