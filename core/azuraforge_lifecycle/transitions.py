"""The events that people see: one for each transition between two statuses, none otherwise.

Called once per plan with the stored status and the one to store. Since they are derived from the
difference, planning again once the status is stored gives none.
"""

from collections.abc import Iterator
from typing import Final

from azuraforge_contract.status import (
    AttemptStatus,
    ConditionStatus,
    ConditionType,
    JobStatus,
    Phase,
)
from azuraforge_lifecycle.actions import RecordEvent
from azuraforge_lifecycle.ledger import is_stopping, open_attempt
from azuraforge_lifecycle.reasons import Reason
from azuraforge_lifecycle.wording import join_sentences

__all__ = ["events_between"]

_BECAME_TRUE: Final = {
    ConditionType.ACCEPTED: (Reason.ACCEPTED, "Pipeline, config and image were accepted."),
    ConditionType.QUEUED: (Reason.QUEUED, "The attempt waits for admission by its queue."),
    ConditionType.DATA_READY: (Reason.DATA_READY, "The data is open."),
    ConditionType.CHECKPOINT_AVAILABLE: (Reason.CHECKPOINT_SAVED, "A checkpoint is saved."),
    ConditionType.PUBLISHED: (Reason.PUBLISHED, "The model is in the library."),
    ConditionType.SUSPENDED: (Reason.SUSPENDED, "The job is suspended."),
}
_ENDS: Final = {
    Phase.SUCCEEDED: Reason.SUCCEEDED,
    Phase.CANCELLED: Reason.CANCELLED,
    Phase.FAILED: Reason.FAILED,
}


def events_between(before: JobStatus | None, after: JobStatus) -> tuple[RecordEvent, ...]:
    """Return the events of the transition from one status to the next, in the order of a life."""
    before = before or JobStatus()
    return (
        *_of_conditions(before, after),
        *_of_ended_attempts(before, after),
        *_of_new_attempts(before, after),
        *_of_open_attempt(before, after),
        *_of_phase(before, after),
    )


def _of_conditions(before: JobStatus, after: JobStatus) -> Iterator[RecordEvent]:
    for kind, (reason, message) in _BECAME_TRUE.items():
        if _became(kind, ConditionStatus.TRUE, before, after):
            yield RecordEvent("Normal", reason, message)
    if _became(ConditionType.ACCEPTED, ConditionStatus.FALSE, before, after):
        yield RecordEvent("Warning", Reason.NOT_ACCEPTED, after.message)
    if _accelerator_name(after) and not _accelerator_name(before):
        yield RecordEvent("Normal", Reason.ACCELERATOR_READY, _accelerator_name(after))
    if (
        before.phase is Phase.SUSPENDED
        and not after.phase.is_terminal
        and after.phase is not before.phase
    ):
        yield RecordEvent("Normal", Reason.RESUMED, "The job goes on.")


def _of_ended_attempts(before: JobStatus, after: JobStatus) -> Iterator[RecordEvent]:
    opened = open_attempt(before)
    first = opened.index if opened is not None else before.next_attempt
    for attempt in after.attempts:
        if attempt.index >= first and attempt.reason is not None:
            yield from _of_end(attempt, after)


def _of_end(attempt: AttemptStatus, after: JobStatus) -> Iterator[RecordEvent]:
    words = join_sentences(f"Attempt {attempt.index}: {attempt.reason}", attempt.message or "")
    if attempt.reason == Reason.STOPPED:
        yield RecordEvent("Normal", Reason.ATTEMPT_STOPPED, words)
    elif attempt.reason in {Reason.PREEMPTED, Reason.ATTEMPT_LOST}:
        yield RecordEvent("Warning", Reason.ATTEMPT_PREEMPTED, words)
    elif after.phase is not Phase.SUCCEEDED:
        yield RecordEvent("Warning", Reason.ATTEMPT_FAILED, words)


def _of_new_attempts(before: JobStatus, after: JobStatus) -> Iterator[RecordEvent]:
    for attempt in after.attempts:
        if attempt.index >= before.next_attempt:
            words = f"Attempt {attempt.index} is created."
            yield RecordEvent("Normal", Reason.ATTEMPT_CREATED, words)


def _of_open_attempt(before: JobStatus, after: JobStatus) -> Iterator[RecordEvent]:
    attempt = open_attempt(after)
    if attempt is None:
        return
    is_known = any(known.index == attempt.index and known.start for known in before.attempts)
    if before.phase is Phase.QUEUED and after.phase in {Phase.STARTING, Phase.RUNNING}:
        yield RecordEvent("Normal", Reason.ADMITTED, "The queue has admitted the attempt.")
    if before.phase is Phase.RUNNING and after.phase is Phase.QUEUED:
        yield RecordEvent("Warning", Reason.REQUEUED, "The queue has taken its admission back.")
    if attempt.start is not None and not is_known:
        yield RecordEvent("Normal", Reason.ATTEMPT_RUNNING, f"Attempt {attempt.index} runs.")
    if is_stopping(after) and not is_stopping(before):
        yield RecordEvent("Normal", Reason.STOPPING, after.message)
    unsaid = {Reason.ATTEMPT_STARTING, Reason.ATTEMPT_DELETED, before.reason}
    if after.phase is Phase.STARTING and after.reason not in unsaid and not is_stopping(after):
        yield RecordEvent("Warning", Reason.ATTEMPT_WAITING, after.message)


def _of_phase(before: JobStatus, after: JobStatus) -> Iterator[RecordEvent]:
    is_later = after.retry_time != before.retry_time or before.reason != Reason.BACK_OFF
    if after.reason == Reason.BACK_OFF and is_later:
        yield RecordEvent("Normal", Reason.BACK_OFF, after.message)
    reason = _ENDS.get(after.phase)
    if reason is not None and after.phase is not before.phase:
        words = join_sentences(after.reason, after.message)
        yield RecordEvent("Warning" if after.phase is Phase.FAILED else "Normal", reason, words)


def _accelerator_name(status: JobStatus) -> str:
    return (status.accelerator.name if status.accelerator is not None else None) or ""


def _became(
    kind: ConditionType, status: ConditionStatus, before: JobStatus, after: JobStatus
) -> bool:
    was, now = before.condition(kind), after.condition(kind)
    return now is not None and now.status is status and (was is None or was.status is not status)
