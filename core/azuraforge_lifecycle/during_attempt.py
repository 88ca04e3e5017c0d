"""What to do while an attempt is open: watch it, stop it, or record its end.

Called by the planner. Whatever would do harm if it were concluded from a stale cache (that a child
is gone, that it went back from running to waiting, that its name is someone else's) is concluded
from a live reading only.
"""

from typing import Final

from azuraforge_contract.status import AttemptStatus, JobStatus, Phase
from azuraforge_lifecycle import situation as situations
from azuraforge_lifecycle.actions import ObserveLive, attempt_name
from azuraforge_lifecycle.between_attempts import (
    LOOK_AGAIN_SECONDS,
    create,
    decide_between_attempts,
    delete_all,
)
from azuraforge_lifecycle.budgets import charge
from azuraforge_lifecycle.classification import Consequence, Outcome, classify, explain_loss
from azuraforge_lifecycle.clock import stop_clocks, turn_clocks
from azuraforge_lifecycle.deadlines import deadline_of
from azuraforge_lifecycle.facts import take_over_facts
from azuraforge_lifecycle.ledger import close_attempt, is_stopping, record_child
from azuraforge_lifecycle.observed import Child, Owner
from azuraforge_lifecycle.reasons import Reason
from azuraforge_lifecycle.situation import Situation
from azuraforge_lifecycle.step import Step
from azuraforge_lifecycle.view import View

__all__ = ["decide_during_attempt"]

_ORDER: Final = {Phase.QUEUED: 0, Phase.STARTING: 1, Phase.RUNNING: 2}
_NEVER_RAN: Final = Outcome(Consequence.STOP, Reason.STOPPED, "It was stopped before it ran.")
_REQUEUED: Final = Outcome(
    Consequence.PREEMPT, Reason.PREEMPTED, "Its queue has taken the admission back."
)


def decide_during_attempt(status: JobStatus, attempt: AttemptStatus, view: View) -> Step:
    """Return the next step of a job whose attempt has not ended as far as is known."""
    child = view.observed.child(attempt.index)
    if child is None:
        return _without_child(status, attempt, view)
    if not child.is_ours:
        return _behind_occupant(status, attempt, child, view)
    if not child.phase.has_ended:
        return _with_live_child(status, child, view)
    outcome = classify(child, was_asked_to_stop=is_stopping(status))
    status = stop_clocks(status, child, view.now)
    status = record_child(take_over_facts(status, child), child, view.now)
    return _end(status, outcome, child, view)


def _without_child(status: JobStatus, attempt: AttemptStatus, view: View) -> Step:
    """Return the step of an attempt that is not created yet, or is gone."""
    strays = view.strays(status)
    if strays:
        actions = delete_all(strays, view)
        return Step(status=status, situation=situations.stray(strays), actions=actions)
    if attempt.start is not None or view.must_stop(status):
        return _end_absent(status, attempt, view)
    if view.observed.refusal is not None:
        refused = situations.attempt_refused(attempt.index, view.observed.refusal)
        return _fail(status, refused, view)
    return create(status, view)


def _behind_occupant(
    status: JobStatus, attempt: AttemptStatus, occupant: Child, view: View
) -> Step:
    """Return the step of an attempt whose name someone else's child bears."""
    if attempt.start is not None or view.must_stop(status):
        return _end_absent(status, attempt, view)
    if occupant.owner is Owner.PREDECESSOR or occupant.is_deleting:
        waiting = situations.name_in_use(attempt.index)
        return Step(status=status, situation=waiting, requeue_after_seconds=LOOK_AGAIN_SECONDS)
    if not view.observed.is_live:
        return _look_closer(status)
    name = attempt_name(view.job.metadata.name, attempt.index)
    return _fail(status, situations.name_taken(attempt.index, name), view)


def _with_live_child(status: JobStatus, child: Child, view: View) -> Step:
    """Return the step of an attempt whose child exists and has not ended."""
    has_gone_back = _ORDER.get(status.phase, 0) > _order_of(child)
    if has_gone_back and not view.observed.is_live:
        return _look_closer(status)
    is_requeued = child.is_queued and status.active_since is not None
    status = record_child(take_over_facts(status, child), child, view.now)
    status = turn_clocks(status, child, view.now)
    strays = delete_all(view.strays(status), view)
    if view.must_stop(status):
        actions = (*strays, *delete_all((child,), view))
        stopping = situations.stopping(child, view.job)
        return Step(status=status, situation=stopping, actions=actions)
    if is_requeued:  # at once, though its pod may still go away: the clock is stopped already
        charged = charge(status, view.job, _REQUEUED, view.now)
        if charged.exhausted is not None:
            return _give_up(status, charged.exhausted, charged.because, child, view)
        status = charged.status
    if child.is_deleting:
        return Step(status=status, situation=situations.being_deleted(child), actions=strays)
    deadline = deadline_of(status, view.job, child, view.now)
    if deadline is not None and deadline.has_passed:
        return _give_up(status, deadline.outcome, "", child, view)
    return Step(
        status=status,
        situation=situations.live(child, view.job, status),
        actions=strays,
        requeue_after_seconds=deadline.remaining_seconds if deadline is not None else None,
    )


def _end_absent(status: JobStatus, attempt: AttemptStatus, view: View) -> Step:
    """Record the end of an attempt that is gone, or that will now never be created."""
    if not view.observed.is_live:
        return _look_closer(status)
    status = stop_clocks(status, None, view.now)
    if attempt.start is None:
        return _end(status, _NEVER_RAN, None, view)
    outcome = explain_loss(was_asked_to_stop=is_stopping(status))
    return _end(status, outcome, None, view)


def _end(status: JobStatus, outcome: Outcome, child: Child | None, view: View) -> Step:
    """Record an attempt's end and go on to what follows from it."""
    status = close_attempt(status, outcome, child, view.now)
    if outcome.consequence is Consequence.SUCCEED:
        return Step(status=status, situation=situations.succeeded(status.attempts[-1]))
    if view.job.spec.cancel:
        return decide_between_attempts(status, view)
    if outcome.consequence is Consequence.FAIL:
        return Step(status=status, situation=situations.failed(outcome))
    charged = charge(status, view.job, outcome, view.now)
    if charged.exhausted is not None:
        failed = situations.failed(charged.exhausted, because=charged.because)
        return Step(status=charged.status, situation=failed)
    return decide_between_attempts(charged.status, view)


def _give_up(status: JobStatus, outcome: Outcome, because: str, child: Child, view: View) -> Step:
    """Fail a job whose child still lives; the child is stopped after that is recorded."""
    status = stop_clocks(status, child, view.now)
    status = close_attempt(status, outcome, child, view.now)
    failed = situations.failed(outcome, because=because)
    return Step(status=status, situation=failed, actions=delete_all((child,), view))


def _fail(status: JobStatus, failed: Situation, view: View) -> Step:
    """Fail a job whose open attempt has no child."""
    outcome = Outcome(Consequence.FAIL, failed.reason, failed.message)
    status = stop_clocks(status, None, view.now)
    return Step(status=close_attempt(status, outcome, None, view.now), situation=failed)


def _look_closer(status: JobStatus) -> Step:
    """Leave everything as it is until the children have been read from their source."""
    return Step(status=status, situation=situations.held(status), actions=(ObserveLive(),))


def _order_of(child: Child) -> int:
    if child.is_queued:
        return _ORDER[Phase.QUEUED]
    return _ORDER[Phase.RUNNING if child.is_running else Phase.STARTING]
