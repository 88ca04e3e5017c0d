"""The phase of a job with its reason and message: the one place where they are put into words.

Called by the planner, which knows which situation it is.
"""

from dataclasses import dataclass

from azuraforge_contract.status import AttemptStatus, JobStatus, Phase
from azuraforge_contract.training_job import TrainingJob
from azuraforge_lifecycle.classification import Outcome
from azuraforge_lifecycle.observed import Acceptance, Child, Notice, Verdict
from azuraforge_lifecycle.reasons import Reason
from azuraforge_lifecycle.wording import join_sentences

__all__ = [
    "Situation",
    "attempt_refused",
    "backing_off",
    "being_deleted",
    "cancelled",
    "failed",
    "held",
    "live",
    "name_in_use",
    "name_taken",
    "not_accepted",
    "starting",
    "stopping",
    "stray",
    "succeeded",
    "suspended",
]


@dataclass(frozen=True)
class Situation:
    """Where a job is, and why, in one word and in one line."""

    phase: Phase
    reason: str
    message: str


def held(status: JobStatus) -> Situation:
    """Return the situation as it was stored."""
    return Situation(status.phase, status.reason, status.message)


def not_accepted(acceptance: Acceptance | None) -> Situation:
    """Return the situation of a job whose check is not passed."""
    if acceptance is None:
        return Situation(Phase.PENDING, Reason.NOT_CHECKED, "The job has not been checked yet.")
    phase = Phase.FAILED if acceptance.verdict is Verdict.REFUSED else Phase.PENDING
    return Situation(phase, acceptance.reason, join_sentences(acceptance.message))


def backing_off(status: JobStatus, job: TrainingJob) -> Situation:
    """Return the situation between a failed attempt and the next."""
    last = status.attempts[-1]
    return Situation(
        Phase.PENDING,
        Reason.BACK_OFF,
        join_sentences(
            f"Attempt {last.index} ended: {last.reason}",
            last.message or "",
            f"{status.failures} of {job.spec.retry.max_attempts} attempts have failed; "
            f"the next starts at {status.retry_time}",
        ),
    )


def starting(index: int, *, in_queue: str | None) -> Situation:
    """Return the situation of an attempt that is being created."""
    if in_queue is not None:
        words = f"Attempt {index} waits for admission by queue {in_queue}."
        return Situation(Phase.QUEUED, Reason.QUEUED, words)
    return Situation(Phase.STARTING, Reason.ATTEMPT_STARTING, f"Attempt {index} is starting.")


def live(child: Child, job: TrainingJob, before: JobStatus) -> Situation:
    """Return the situation of a job with a live child that may go on."""
    if child.is_queued:
        queue = job.spec.queue.name if job.spec.queue else "of the cluster"
        return starting(child.index, in_queue=queue)
    if child.is_running:
        where = f" on {child.node}" if child.node else ""
        words = f"Attempt {child.index} is running{where}."
        return Situation(Phase.RUNNING, Reason.ATTEMPT_RUNNING, words)
    if child.notice is None:
        return starting(child.index, in_queue=None)
    reason = waiting_reason(child.notice)
    if before.phase is Phase.STARTING and before.reason == reason:
        # Kubelet and scheduler reword the same trouble all the time; each word would be a write.
        return held(before)
    words = f"Attempt {child.index} cannot start yet"
    return Situation(Phase.STARTING, reason, join_sentences(words, child.notice.message))


def waiting_reason(notice: Notice) -> str:
    """Return why a child waits; kubelet alternates between two words for an image pull error."""
    return Reason.IMAGE_PULL_BACK_OFF if notice.reason == "ErrImagePull" else notice.reason


def name_in_use(index: int) -> Situation:
    """Return the situation while a child of an earlier job of this name goes away."""
    words = f"Attempt {index} waits until the earlier child of the same name is deleted."
    return Situation(Phase.PENDING, Reason.NAME_IN_USE, words)


def name_taken(index: int, name: str) -> Situation:
    """Return the situation where someone else's child bears an attempt's name."""
    words = (
        f"Attempt {index} cannot be created: {name} exists and is not ours. "
        "Delete it, or give the job another name."
    )
    return Situation(Phase.FAILED, Reason.NAME_TAKEN, words)


def attempt_refused(index: int, refusal: Notice) -> Situation:
    """Return the situation where the creation of an attempt was refused for good."""
    words = f"Attempt {index} was refused: {refusal.reason}: {refusal.message}"
    return Situation(Phase.FAILED, Reason.ATTEMPT_REFUSED, join_sentences(words))


def stray(children: tuple[Child, ...]) -> Situation:
    """Return the situation while children that should not run are deleted."""
    names = ", ".join(str(child.index) for child in children)
    words = f"Waits until attempt {names}, which should no longer run, has ended."
    return Situation(Phase.PENDING, Reason.STRAY_ATTEMPT, words)


def being_deleted(child: Child) -> Situation:
    """Return the situation of an attempt that someone else has deleted and that still ends."""
    cause = f" ({child.disruption})" if child.disruption else ""
    words = f"Attempt {child.index} is being deleted{cause}; waits for its end."
    return Situation(_phase_of(child), Reason.ATTEMPT_DELETED, words)


def stopping(child: Child, job: TrainingJob) -> Situation:
    """Return the situation of an attempt that was asked to stop."""
    reason = Reason.CANCELLING if job.spec.cancel else Reason.SUSPENDING
    words = (
        f"Attempt {child.index} is being stopped at a checkpoint, "
        f"in at most {job.spec.shutdown.grace_seconds} s."
    )
    return Situation(_phase_of(child), reason, words)


def suspended(status: JobStatus) -> Situation:
    """Return the situation of a job that stands still on request."""
    step = status.checkpoint.step if status.checkpoint else None
    where = f"at step {step}" if step is not None else "before its first checkpoint"
    words = f"Suspended {where}. Set suspend to false to go on."
    return Situation(Phase.SUSPENDED, Reason.SUSPENDED, words)


def cancelled() -> Situation:
    """Return the situation of a job that was ended on request."""
    words = "Cancelled; what it has written is kept. A new job may resume from it."
    return Situation(Phase.CANCELLED, Reason.CANCELLED, words)


def succeeded(attempt: AttemptStatus) -> Situation:
    """Return the situation of a job whose model is finished."""
    return Situation(Phase.SUCCEEDED, Reason.SUCCEEDED, attempt.message or "")


def failed(outcome: Outcome, *, because: str = "") -> Situation:
    """Return the situation of a job that ended without a model."""
    message = join_sentences(outcome.message, because)
    return Situation(Phase.FAILED, outcome.reason, message)


def _phase_of(child: Child) -> Phase:
    if child.is_running:
        return Phase.RUNNING
    return Phase.QUEUED if child.is_queued else Phase.STARTING
