"""The status document of a TrainingJob: the same in a cluster, in the API and on a laptop."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
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


def _to_six_digits(value: float) -> float:
    return float(f"{value:.6g}")


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
    """What it is about."""
    status: ConditionStatus
    """Whether it holds."""
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
    """Dotted name, such as train.loss."""
    value: Annotated[float, AfterValidator(_to_six_digits)]
    """Its latest value, to six digits: `kubectl get` prints it so. The events have it whole."""


class Progress(_StatusModel):
    """How far training is. In a cluster this part has its own field owner."""

    percentage: Annotated[float, Field(ge=0, le=100)] | None = None
    """Finished steps in per cent of all; early stopping may end sooner."""
    epoch: int | None = None
    """Epoch under way, from 1."""
    total_epochs: int | None = None
    """Most epochs that there will be."""
    step: int | None = None
    """Finished training steps, summed over attempts."""
    eta_seconds: float | None = None
    """Seconds that remain at the present speed."""
    samples_per_second: float | None = None
    """Training windows per second."""
    metrics: tuple[MetricValue, ...] = ()
    """Latest figures, such as train.loss."""
    last_heartbeat_time: str | None = None
    """RFC 3339 time at which the trainer told this."""
    attempt: int | None = None
    """Attempt that told this."""


class CheckpointStatus(_StatusModel):
    """The latest checkpoint known."""

    path: str | None = None
    """File, relative to the run's folder."""
    step: int
    """Training step that it was saved after."""
    digest: str | None = None
    """Digest of the file."""
    bytes: int | None = None
    """Size of the file."""
    time: str | None = None
    """RFC 3339 time at which it was saved."""


class AcceleratorStatus(_StatusModel):
    """The GPU asked for and the one found."""

    requested: str | None = None
    """Number and resource asked for, such as 1 nvidia.com/gpu; cpu where no GPU was."""
    observed: str | None = None
    """UUID of the GPU that the attempt found; cpu where it needed none."""
    name: str | None = None
    """The GPU's product name."""
    driver: str | None = None
    """Version of its driver."""
    memory_gi: float | None = None
    """Its memory in GiB."""
    compute_capability: str | None = None
    """CUDA compute capability, such as 9.0."""
    verdict: str | None = None
    """What the preflight said of it."""

    @property
    def is_found(self) -> bool:
        """Whether an attempt has said which GPU it runs on; what is asked for does not tell."""
        return self.name is not None


class DatasetStatus(_StatusModel):
    """The data that the attempt trained on."""

    cache: str | None = None
    """Hit, Miss, Stale or Uncached."""
    digest: str | None = None
    """Digest of the data."""
    bytes: int | None = None
    """Size of the data."""
    seconds: float | None = None
    """Time that opening or filling took."""


class AttemptStatus(_StatusModel):
    """One attempt, kept after its pod is gone; the last ten are."""

    index: int
    """Counts attempts from 0; the last part of the child's name."""
    reason: str | None = None
    """Why it ended, a CamelCase word; absent while it lasts."""
    message: str | None = None
    """The reason in a sentence."""
    exit_code: int | None = None
    """Exit code of its process; 128 + n for signal n."""
    node: str | None = None
    """Where it ran."""
    pod: str | None = None
    """Name of its pod, or number of its process."""
    resumed_from_step: int | None = None
    """Step of the checkpoint that it started from."""
    start: str | None = None
    """RFC 3339 time at which its process began."""
    end: str | None = None
    """RFC 3339 time at which it ended."""


class ModelStatus(_StatusModel):
    """The published model."""

    name: str
    """Its name in the model library."""
    version: int | None = None
    """Its version there."""
    uri: str | None = None
    """Where its files are."""


class JobStatus(_StatusModel):
    """The whole status."""

    observed_generation: int = 0
    """Generation of the spec that this was derived from."""
    phase: Phase = Phase.PENDING
    """Where the job is in its life, for people; programs read the conditions."""
    reason: str = ""
    """CamelCase word that says why the phase is what it is."""
    message: str = ""
    """One line that says why, for people."""
    conditions: tuple[Condition, ...] = ()
    """Accepted, Queued, DataReady, AcceleratorReady, Running, Progressing, CheckpointAvailable,
    Suspended, Published, Complete and Failed; all from the first status on."""
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
    """How far training is."""
    checkpoint: CheckpointStatus | None = None
    """The latest checkpoint known."""
    accelerator: AcceleratorStatus | None = None
    """The GPU asked for and the one found."""
    dataset: DatasetStatus | None = None
    """The data that the last attempt trained on."""
    attempts: tuple[AttemptStatus, ...] = ()
    """The last ten attempts."""
    job_ref: str | None = None
    """Name of the current child: a batch/v1 Job, or a local process."""
    model: ModelStatus | None = None
    """The model in the library, once it is there."""

    def condition(self, kind: ConditionType) -> Condition | None:
        """Return one condition, or None before the first status."""
        return next((found for found in self.conditions if found.type is kind), None)

    def to_document(self) -> dict[str, Any]:
        """Return the status as JSON values, without what is not known."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)
