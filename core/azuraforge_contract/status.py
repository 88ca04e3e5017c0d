"""The status document of a TrainingJob: the same in a cluster, in the API and on a laptop."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

__all__ = [
    "AcceleratorStatus",
    "AttemptStatus",
    "CheckpointStatus",
    "Condition",
    "ConditionStatus",
    "ConditionType",
    "DatasetStatus",
    "JobStatus",
    "MetricValue",
    "ModelStatus",
    "Phase",
    "Progress",
]


class Phase(StrEnum):
    """Where a job is in its life, derived from its conditions for people to read."""

    PENDING = "Pending"
    """Accepted or not yet; no attempt exists, or one waits for its turn again."""
    QUEUED = "Queued"
    """An attempt waits for admission by a queue."""
    STARTING = "Starting"
    """An attempt exists but does not run yet."""
    RUNNING = "Running"
    """An attempt runs."""
    SUSPENDED = "Suspended"
    """Stopped at a checkpoint on request; may go on."""
    CANCELLED = "Cancelled"
    """Ended for good on request."""
    SUCCEEDED = "Succeeded"
    """The model is finished."""
    FAILED = "Failed"
    """Ended without a model; the reason says why."""

    @property
    def is_terminal(self) -> bool:
        """Whether nothing follows this phase."""
        return self in {Phase.CANCELLED, Phase.SUCCEEDED, Phase.FAILED}


class ConditionType(StrEnum):
    """The conditions of a job; all are present from the first status on."""

    ACCEPTED = "Accepted"
    QUEUED = "Queued"
    DATA_READY = "DataReady"
    ACCELERATOR_READY = "AcceleratorReady"
    RUNNING = "Running"
    PROGRESSING = "Progressing"
    CHECKPOINT_AVAILABLE = "CheckpointAvailable"
    SUSPENDED = "Suspended"
    PUBLISHED = "Published"
    COMPLETE = "Complete"
    FAILED = "Failed"


class ConditionStatus(StrEnum):
    """Whether a condition holds."""

    TRUE = "True"
    FALSE = "False"
    UNKNOWN = "Unknown"


class _StatusModel(BaseModel):
    """Names are camelCase in the document; unknown fields of a newer release are kept out."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="ignore",
        frozen=True,
        use_attribute_docstrings=True,
    )


class Condition(_StatusModel):
    """One condition, as metav1.Condition."""

    type: ConditionType
    status: ConditionStatus
    reason: str
    """CamelCase word."""
    message: str = ""
    """One sentence for people."""
    last_transition_time: str
    """RFC 3339 time at which ``status`` last changed."""
    observed_generation: int
    """Generation of the spec that this was derived from."""


class MetricValue(_StatusModel):
    """The latest value of one metric, as Katib reads them."""

    name: str
    value: float


class Progress(_StatusModel):
    """How far training is. In a cluster this part has its own field owner."""

    percentage: Annotated[float, Field(ge=0, le=100)] | None = None
    epoch: int | None = None
    total_epochs: int | None = None
    step: int | None = None
    eta_seconds: float | None = None
    samples_per_second: float | None = None
    metrics: tuple[MetricValue, ...] = ()
    last_heartbeat_time: str | None = None
    attempt: int | None = None


class CheckpointStatus(_StatusModel):
    """The latest checkpoint known."""

    path: str | None = None
    """Relative to the run's folder."""
    step: int
    digest: str | None = None
    bytes: int | None = None
    time: str | None = None


class AcceleratorStatus(_StatusModel):
    """The GPU asked for and the one found."""

    requested: str | None = None
    observed: str | None = None
    name: str | None = None
    driver: str | None = None
    memory_gi: float | None = None
    compute_capability: str | None = None
    verdict: str | None = None


class DatasetStatus(_StatusModel):
    """The data that the attempt trained on."""

    cache: str | None = None
    """Hit, Miss, Stale or Uncached."""
    digest: str | None = None
    bytes: int | None = None
    seconds: float | None = None


class AttemptStatus(_StatusModel):
    """One attempt, kept after its pod is gone; the last ten are."""

    index: int
    reason: str | None = None
    """Why it ended; null while it lasts."""
    message: str | None = None
    exit_code: int | None = None
    node: str | None = None
    pod: str | None = None
    resumed_from_step: int | None = None
    start: str | None = None
    end: str | None = None


class ModelStatus(_StatusModel):
    """The published model."""

    name: str
    version: int | None = None
    uri: str | None = None


class JobStatus(_StatusModel):
    """The whole status."""

    observed_generation: int = 0
    phase: Phase = Phase.PENDING
    reason: str = ""
    """CamelCase word that says why the phase is what it is."""
    message: str = ""
    """One line that says why, for people."""
    conditions: tuple[Condition, ...] = ()
    start_time: str | None = None
    """When the first attempt began to run."""
    completion_time: str | None = None
    """When the job became terminal."""
    queued_seconds: float = 0.0
    """Time spent waiting for admission, summed over attempts."""
    active_seconds: float = 0.0
    """Time spent running, summed over attempts; suspended time does not count."""
    queued_since: str | None = None
    """Since when an attempt waits for admission, not yet in ``queued_seconds``; null: none does."""
    active_since: str | None = None
    """Since when an attempt runs, not yet in ``active_seconds``; null: none does."""
    next_attempt: int = 0
    """Index of the next attempt to create; never goes back."""
    failures: int = 0
    """Attempts that counted against ``retry.maxAttempts``."""
    preemptions: int = 0
    """Preemptions survived; each counted against ``retry.maxPreemptions``."""
    retry_time: str | None = None
    """When the next attempt is due; null when none waits."""
    config_hash: str | None = None
    """sha256 of ``spec.config``."""
    image: str | None = None
    """Image with digest, pinned at the first attempt."""
    progress: Progress | None = None
    checkpoint: CheckpointStatus | None = None
    accelerator: AcceleratorStatus | None = None
    dataset: DatasetStatus | None = None
    attempts: tuple[AttemptStatus, ...] = ()
    job_ref: str | None = None
    """Name of the current child: a batch/v1 Job, or a local process."""
    model: ModelStatus | None = None

    def condition(self, kind: ConditionType) -> Condition | None:
        """Return one condition, or None before the first status."""
        return next((found for found in self.conditions if found.type is kind), None)

    def to_document(self) -> dict[str, Any]:
        """Return the status as JSON values, without what is not known."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)
