"""What an executor sees: the input of the planner beside the job and the time.

Executors (the operator, the API's local backend, ``azuraforge run``) build these facts; nothing
here decides anything. All times are aware and in UTC.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Self

from azuraforge_contract.status import (
    AcceleratorStatus,
    CheckpointStatus,
    DatasetStatus,
    JobStatus,
    ModelStatus,
    Progress,
)
from azuraforge_contract.termination import TerminationMessage
from azuraforge_lifecycle.reasons import Reason

__all__ = [
    "ACCEPTED",
    "Acceptance",
    "Child",
    "ChildPhase",
    "Notice",
    "Observed",
    "Owner",
    "Report",
    "Verdict",
]


class Verdict(StrEnum):
    """What the check of pipeline, config and image said."""

    ACCEPTED = "Accepted"
    REFUSED = "Refused"
    """Wrong for good: the spec cannot be changed."""
    WAITING = "Waiting"
    """What it needs is not there yet, such as the plugin; looked for again."""


@dataclass(frozen=True)
class Acceptance:
    """The verdict on a job before its first attempt."""

    verdict: Verdict
    reason: Reason = Reason.ACCEPTED
    message: str = ""
    """For a refusal: the path of the field, what was expected, what to do."""


ACCEPTED: Final = Acceptance(Verdict.ACCEPTED)


class Owner(StrEnum):
    """Whose child it is that bears the name of one of our attempts."""

    OURS = "Ours"
    """Its controller is this very TrainingJob, by uid."""
    PREDECESSOR = "Predecessor"
    """Its controller is an earlier TrainingJob of this name; it will be garbage-collected."""
    FOREIGN = "Foreign"
    """Someone else made it."""


class ChildPhase(StrEnum):
    """How far a child is. Once ended it stays ended."""

    WAITING = "Waiting"
    """No process yet: queued, unscheduled, pulling its image; or evicted by its queue."""
    RUNNING = "Running"
    """A process runs, or may still run on a node that does not answer."""
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    """Ended otherwise: no process of it runs any more."""

    @property
    def has_ended(self) -> bool:
        """Whether no process of the child runs or will run."""
        return self in {ChildPhase.SUCCEEDED, ChildPhase.FAILED}


@dataclass(frozen=True)
class Notice:
    """The scheduler's, the kubelet's or the API server's own words."""

    reason: str
    message: str = ""


@dataclass(frozen=True, kw_only=True)
class Report:
    """What an attempt tells about itself, while it lasts or in its last words."""

    resumed_from_step: int | None = None
    progress: Progress | None = None
    checkpoint: CheckpointStatus | None = None
    dataset: DatasetStatus | None = None
    accelerator: AcceleratorStatus | None = None
    memory_bytes: int | None = None

    @classmethod
    def from_termination(cls, message: TerminationMessage) -> Self:
        """Return the facts in a termination message."""
        return cls(
            resumed_from_step=message.resumed_from_step,
            progress=message.progress,
            checkpoint=message.checkpoint,
            dataset=message.dataset,
            accelerator=message.accelerator,
            memory_bytes=message.memory_bytes,
        )


@dataclass(frozen=True, kw_only=True)
class Child:
    """One attempt as it is in the world: a batch/v1 Job with its pod, or a local process.

    A child is there as long as its Job **or any of its pods** is; its record, for a local process.
    """

    index: int
    """Attempt, from 0; the child's name is :func:`attempt_name` of it."""
    phase: ChildPhase
    created_at: datetime
    owner: Owner = Owner.OURS
    is_deleting: bool = False
    """Whether its deletion was asked for, by us or by others."""
    is_suspended: bool = False
    """Whether a queue holds it back or has taken its admission away."""
    started_at: datetime | None = None
    """When its process began to run."""
    ended_at: datetime | None = None
    exit_code: int | None = None
    """Exit code of the process, 128 + signal for a signal; None when none is known."""
    is_oom_killed: bool = False
    disruption: str | None = None
    """Reason of the pod's DisruptionTarget condition, or ``Evicted``; None when undisturbed."""
    notice: Notice | None = None
    """Why it waits, or why it could not run."""
    termination: str | None = None
    """Text of the termination message; None while running."""
    report: Report | None = None
    """What its events said lately, where the executor reads them; a throttled summary, since every
    change of it is a write of the status."""
    memory_limit_bytes: int | None = None
    node: str | None = None
    pod: str | None = None
    image: str | None = None
    """Image with digest."""

    @property
    def is_ours(self) -> bool:
        """Whether this very TrainingJob made it."""
        return self.owner is Owner.OURS

    @property
    def may_run(self) -> bool:
        """Whether it is ours and a process of it runs or may yet run."""
        return self.is_ours and not self.phase.has_ended

    @property
    def is_running(self) -> bool:
        """Whether a process of it runs, or may still run."""
        return self.phase is ChildPhase.RUNNING

    @property
    def is_queued(self) -> bool:
        """Whether it waits for admission by a queue and no process of it runs."""
        return self.is_suspended and self.phase is ChildPhase.WAITING


@dataclass(frozen=True, kw_only=True)
class Observed:
    """Everything an executor knows of one job."""

    status: JobStatus | None = None
    """The status as stored; None before the first write."""
    children: tuple[Child, ...] = ()
    """Every child of this job, and whatever else bears the name of the attempt in
    ``status.job_ref`` or of the next one."""
    is_live: bool = False
    """Whether ``children`` were read from the source itself **after** ``status`` was read, so that
    what is missing is gone. False for a watch's cache; always True for local processes."""
    acceptance: Acceptance | None = None
    """None while it has not been checked."""
    refusal: Notice | None = None
    """Why the last creation of the open attempt was refused for good (invalid, forbidden)."""
    model: ModelStatus | None = None
    """The model in the library, once it is there."""
    is_deletion_requested: bool = False

    def child(self, index: int) -> Child | None:
        """Return the child that bears the name of an attempt."""
        return next((child for child in self.children if child.index == index), None)
