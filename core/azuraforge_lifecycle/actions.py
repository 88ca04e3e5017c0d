"""What an executor is asked to do: the output of the planner beside the status."""

from dataclasses import dataclass
from typing import Literal

from azuraforge_contract.status import JobStatus
from azuraforge_lifecycle.reasons import Reason

__all__ = [
    "Action",
    "CreateAttempt",
    "DeleteAttempt",
    "DeleteJob",
    "ObserveLive",
    "Plan",
    "RecordEvent",
    "attempt_name",
]


def attempt_name(job_name: str, index: int) -> str:
    """Return the name of an attempt's child; the same for whoever asks, however often."""
    return f"{job_name}-{index}"


@dataclass(frozen=True)
class CreateAttempt:
    """Create the child of an attempt; success too where it is there already and is ours."""

    index: int
    suspended_for_queue: bool = False
    """Create it suspended and labelled for its queue, and never touch either again."""
    image: str | None = None
    """Image with digest that earlier attempts ran; None: resolve the spec's or the plugin's."""


@dataclass(frozen=True)
class DeleteAttempt:
    """Delete a child of ours with its processes; success too where it is gone already."""

    index: int
    grace_seconds: int
    """Time between the request to stop (SIGTERM) and SIGKILL."""


@dataclass(frozen=True)
class DeleteJob:
    """Delete the TrainingJob itself; its time to live is over and its model is published."""


@dataclass(frozen=True)
class ObserveLive:
    """Read the children from the source itself and plan again with ``Observed.is_live``.

    Asked for where a conclusion from a stale cache would do harm.
    """


@dataclass(frozen=True)
class RecordEvent:
    """Tell people of a transition. Never repeated; lost when the executor dies before it."""

    type: Literal["Normal", "Warning"]
    reason: Reason
    message: str


Action = CreateAttempt | DeleteAttempt | DeleteJob | ObserveLive | RecordEvent


@dataclass(frozen=True)
class Plan:
    """What to store, what to do afterwards, and when to look again at the latest."""

    actions: tuple[Action, ...]
    status: JobStatus
    requeue_after_seconds: float | None = None
    """None: only a change of what is observed can matter."""
