"""The eleven conditions, derived anew each time; only the time of their last change is kept.

Called once per plan, after everything else is decided.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from azuraforge_contract.exit_codes import ExitCode
from azuraforge_contract.status import Condition, ConditionStatus, ConditionType, JobStatus, Phase
from azuraforge_contract.training_job import TrainingJob
from azuraforge_lifecycle.clock import format_time
from azuraforge_lifecycle.ledger import is_stopping
from azuraforge_lifecycle.observed import Acceptance, Verdict
from azuraforge_lifecycle.reasons import Reason

__all__ = ["derive_conditions", "is_accepted"]


@dataclass(frozen=True)
class _State:
    """A condition without its times."""

    status: ConditionStatus
    reason: str
    message: str = ""


_Derived = dict[ConditionType, _State]
_UNKNOWN: Final = _State(ConditionStatus.UNKNOWN, Reason.NOT_REPORTED)


def is_accepted(status: JobStatus) -> bool:
    """Whether the job was accepted; it stays so, whatever becomes of its plugin."""
    accepted = status.condition(ConditionType.ACCEPTED)
    return accepted is not None and accepted.status is ConditionStatus.TRUE


def derive_conditions(
    status: JobStatus, job: TrainingJob, acceptance: Acceptance | None, now: datetime
) -> tuple[Condition, ...]:
    """Return all conditions of a job, in the order of their types.

    Args:
        status: as it will be stored, but with its conditions as they were.
        job: whose status it is.
        acceptance: the verdict on it; None leaves the condition as it was.
        now: the time of whatever has changed.
    """
    derived = {
        ConditionType.ACCEPTED: _accepted(status, acceptance),
        **_of_attempt(status, job),
        **_of_job(status),
    }
    return tuple(_condition(status, job, kind, derived[kind], now) for kind in ConditionType)


def _condition(
    status: JobStatus, job: TrainingJob, kind: ConditionType, state: _State, now: datetime
) -> Condition:
    before = status.condition(kind)
    is_same = before is not None and before.status is state.status
    return Condition(
        type=kind,
        status=state.status,
        reason=state.reason,
        message=state.message,
        last_transition_time=before.last_transition_time
        if before is not None and is_same
        else format_time(now),
        observed_generation=job.metadata.generation,
    )


def _accepted(status: JobStatus, acceptance: Acceptance | None) -> _State:
    before = status.condition(ConditionType.ACCEPTED)
    if before is not None and (acceptance is None or is_accepted(status)):
        return _State(before.status, before.reason, before.message)
    if acceptance is None:
        return _State(ConditionStatus.UNKNOWN, Reason.NOT_CHECKED)
    holds = _truth(acceptance.verdict is Verdict.ACCEPTED)
    return _State(holds, acceptance.reason, acceptance.message)


def _of_attempt(status: JobStatus, job: TrainingJob) -> _Derived:
    is_running = status.phase is Phase.RUNNING
    has_checkpoint = status.checkpoint is not None
    return {
        ConditionType.QUEUED: _queued(status, job),
        ConditionType.DATA_READY: _data_ready(status),
        ConditionType.ACCELERATOR_READY: _accelerator_ready(status, job),
        ConditionType.RUNNING: _State(_truth(is_running), status.reason, status.message),
        ConditionType.PROGRESSING: _State(
            _truth(status.reason == Reason.ATTEMPT_RUNNING), status.reason
        ),
        ConditionType.CHECKPOINT_AVAILABLE: _State(
            _truth(has_checkpoint),
            Reason.CHECKPOINT_SAVED if has_checkpoint else Reason.NO_CHECKPOINT,
        ),
    }


def _of_job(status: JobStatus) -> _Derived:
    model = status.model
    published = (
        _State(ConditionStatus.TRUE, Reason.PUBLISHED, f"Published as {model.name}.")
        if model is not None
        else _State(ConditionStatus.FALSE, Reason.NOT_PUBLISHED)
    )
    return {
        ConditionType.SUSPENDED: _suspended(status),
        ConditionType.PUBLISHED: published,
        ConditionType.COMPLETE: _end(status, Phase.SUCCEEDED),
        ConditionType.FAILED: _end(status, Phase.FAILED),
    }


def _queued(status: JobStatus, job: TrainingJob) -> _State:
    if status.phase is Phase.QUEUED:
        return _State(ConditionStatus.TRUE, Reason.QUEUED, status.message)
    was_queued = job.spec.queue is not None and status.next_attempt > 0
    return _State(ConditionStatus.FALSE, Reason.ADMITTED if was_queued else Reason.NOT_QUEUED)


def _data_ready(status: JobStatus) -> _State:
    failure = _failure(status, ExitCode.BAD_DATA)
    if failure is not None or status.dataset is None:
        return failure or _UNKNOWN
    return _State(ConditionStatus.TRUE, Reason.DATA_READY)


def _accelerator_ready(status: JobStatus, job: TrainingJob) -> _State:
    if job.spec.device == "cpu":
        return _State(ConditionStatus.TRUE, Reason.CPU_REQUESTED)
    failure = _failure(status, ExitCode.ACCELERATOR_UNAVAILABLE)
    found = status.accelerator
    if failure is not None or found is None or not found.is_found:
        return failure or _UNKNOWN
    return _State(ConditionStatus.TRUE, Reason.ACCELERATOR_READY, found.name or "")


def _failure(status: JobStatus, code: ExitCode) -> _State | None:
    """Return the condition's state where the last attempt ended with a certain exit code."""
    last = status.attempts[-1] if status.attempts else None
    if last is None or last.exit_code != code:
        return None
    return _State(ConditionStatus.FALSE, last.reason or "", last.message or "")


def _suspended(status: JobStatus) -> _State:
    if status.phase is Phase.SUSPENDED:
        return _State(ConditionStatus.TRUE, Reason.SUSPENDED, status.message)
    if is_stopping(status):
        return _State(ConditionStatus.FALSE, Reason.STOPPING, status.message)
    return _State(ConditionStatus.FALSE, Reason.NOT_SUSPENDED)


def _end(status: JobStatus, phase: Phase) -> _State:
    if status.phase is phase:
        return _State(ConditionStatus.TRUE, status.reason, status.message)
    reason = status.reason if status.phase.is_terminal else Reason.UNFINISHED
    return _State(ConditionStatus.FALSE, reason)


def _truth(holds: bool) -> ConditionStatus:
    return ConditionStatus.TRUE if holds else ConditionStatus.FALSE
