"""The TrainingJob: what a person writes, as one tree of models.

The CRD, the job file's JSON schema and ``azuraforge validate`` all come from here. Field
descriptions are what ``kubectl explain`` shows.
"""

import typing
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic.fields import FieldInfo

from azuraforge_contract.config_size import find_size_problems
from azuraforge_contract.errors import JobFileError
from azuraforge_contract.named_entry import NamedEntry
from azuraforge_contract.object_metadata import find_metadata_problems
from azuraforge_contract.patterns import NAME_PATTERN, UID_PATTERN
from azuraforge_contract.quantity import Quantity
from azuraforge_contract.rules import CREATION_RULES, UPDATE_RULES
from azuraforge_contract.validation import Problem, StrictModel, explain, summarize
from azuraforge_contract.yaml_loader import JsonValue, load_object

__all__ = [
    "API_VERSION",
    "DEFAULT_GPU_RESOURCE",
    "KIND",
    "MAXIMUM_NAME_LENGTH",
    "Backoff",
    "Checkpoint",
    "Cleanup",
    "DatasetMount",
    "Deadlines",
    "EnvironmentVariable",
    "Gpu",
    "Metadata",
    "PodOverrides",
    "Publish",
    "Queue",
    "Resources",
    "Retry",
    "Shutdown",
    "TrainingJob",
    "TrainingJobSpec",
    "Volume",
    "find_problems",
    "find_update_problems",
    "load_training_job",
    "parse_training_job",
    "read_job_file",
]

API_VERSION: Final = "azuraforge.io/v1alpha1"
KIND: Final = "TrainingJob"
MAXIMUM_NAME_LENGTH: Final = 52
"""Attempts are named ``<job>-<attempt>`` and pods add six characters; 63 is a label's limit."""

DEFAULT_GPU_RESOURCE: Final = "nvidia.com/gpu"
"""What NVIDIA's device plugin advertises."""

DnsLabel = Annotated[str, StringConstraints(pattern=NAME_PATTERN, max_length=63)]
ShortText = Annotated[str, StringConstraints(min_length=1, max_length=253)]
Seconds = Annotated[int, Field(ge=1, le=366 * 24 * 3600)]
Limit = Annotated[
    int, Field(ge=0, le=366 * 24 * 3600), AfterValidator(lambda seconds: seconds or None)
]
"""0 stands for no limit: `kubectl apply` drops nulls, and the default would come back."""


def _admits_null(field: FieldInfo) -> bool:
    return type(None) in typing.get_args(field.annotation)


class _SpecModel(StrictModel):
    """Names are camelCase in the file, snake_case in Python."""

    model_config = ConfigDict(alias_generator=to_camel)

    @model_validator(mode="before")
    @classmethod
    def _null_means_absent(cls, document: object) -> object:
        """Drop a null where none is allowed, as the API server does before it sets defaults."""
        if not isinstance(document, dict):
            return document
        nullable = {field.alias for field in cls.model_fields.values() if _admits_null(field)}
        return {
            name: value for name, value in document.items() if value is not None or name in nullable
        }


class Gpu(_SpecModel):
    """The GPU that each attempt asks for."""

    count: Annotated[int, Field(ge=1, le=1)] = 1
    """Number of GPUs. This version trains on one."""
    resource_name: ShortText | None = None
    """Extended resource that the cluster's device plugin advertises; by default what the operator
    is set to, nvidia.com/gpu unless somebody changes it."""
    min_memory_gi: Annotated[int, Field(ge=1, le=1024)] | None = None
    """Least free GPU memory in GiB; an attempt that finds less fails before it loads data."""

    @property
    def resource(self) -> str:
        """The extended resource that is asked for."""
        return self.resource_name or DEFAULT_GPU_RESOURCE


class Resources(_SpecModel):
    """CPU and memory of each attempt, requested and limited alike."""

    cpu: Quantity | None = None
    """CPUs, such as 2 or 500m."""
    memory: Quantity | None = None
    """Memory, such as 8Gi."""
    shm: Quantity | None = None
    """Size of /dev/shm, such as 1Gi."""


class EnvironmentVariable(_SpecModel):
    """One environment variable, as in a pod."""

    model_config = ConfigDict(extra="allow")

    name: ShortText
    """Its name; those beginning with AZURAFORGE_ are the operator's."""


class PodOverrides(_SpecModel):
    """The parts of the pod that a cluster's owner may need to set; all else is the operator's."""

    node_selector: dict[str, str] | None = None
    """Labels that the node must carry."""
    tolerations: Annotated[list[dict[str, Any]], Field(max_length=32)] | None = None
    """Taints that the pod accepts."""
    affinity: dict[str, Any] | None = None
    """Affinity, as in a pod."""
    runtime_class_name: ShortText | None = None
    """Runtime class, such as nvidia."""
    priority_class_name: ShortText | None = None
    """Priority class."""
    resource_claims: Annotated[list[NamedEntry], Field(max_length=8)] | None = None
    """Dynamic resource allocation claims, as in a pod."""
    image_pull_secrets: Annotated[list[dict[str, str]], Field(max_length=8)] | None = None
    """Secrets for pulling the image."""
    env: Annotated[list[EnvironmentVariable], Field(max_length=64)] | None = None
    """Further environment variables; names beginning with AZURAFORGE_ are refused."""
    volumes: Annotated[list[NamedEntry], Field(max_length=16)] | None = None
    """Further volumes, as in a pod."""


class Volume(_SpecModel):
    """A claim that holds the user's own data."""

    claim_name: DnsLabel
    """Name of the PersistentVolumeClaim in the job's namespace."""
    sub_path: ShortText | None = None
    """Folder within the claim."""


class DatasetMount(_SpecModel):
    """Own data, mounted read-only at /data."""

    volume: Volume
    """The claim to mount."""


class Checkpoint(_SpecModel):
    """When the training state is saved, and whether it is taken up again."""

    every_seconds: Seconds = 300
    """Time between checkpoints; each validation and a request to stop save one as well."""
    keep: Annotated[int, Field(ge=1, le=10)] = 2
    """Number of latest checkpoints kept."""
    resume: Literal["IfCompatible", "Never"] = "IfCompatible"
    """IfCompatible resumes when data, model and code still match; Never starts afresh."""


class Backoff(_SpecModel):
    """The wait before another attempt; it doubles each time."""

    initial_seconds: Seconds = 10
    """Wait before the second attempt."""
    max_seconds: Seconds = 300
    """Longest wait."""


class Retry(_SpecModel):
    """How often a failed or a preempted attempt is tried again."""

    max_attempts: Annotated[int, Field(ge=1, le=20)] = 3
    """Attempts in all, counting the first; preemptions are not counted."""
    max_preemptions: Annotated[int, Field(ge=0, le=1000)] = 20
    """Evictions, drains and preemptions survived before the job fails."""
    backoff: Backoff = Backoff()
    """Wait between attempts."""


class Deadlines(_SpecModel):
    """Limits in time; 0 or null means no limit, and null is what Python code sees."""

    queue_seconds: Limit | None = None
    """Longest wait for admission by a queue. 0: no limit."""
    start_seconds: Limit | None = 1800
    """Longest time until an attempt runs (scheduling, image pull). 0: no limit."""
    active_seconds: Limit | None = None
    """Longest time of running, summed over attempts without suspended time. 0: no limit."""
    no_progress_seconds: Limit | None = 900
    """Longest time without a finished step before an attempt is given up. 0: no limit."""


class Shutdown(_SpecModel):
    """How an attempt is stopped."""

    grace_seconds: Annotated[int, Field(ge=1, le=3600)] = 60
    """Time to save a checkpoint after the request to stop."""


class Cleanup(_SpecModel):
    """What is removed after the end."""

    ttl_seconds_after_finished: Annotated[int, Field(ge=0, le=366 * 24 * 3600)] | None = None
    """Age at which a finished job's pods are removed, and the job itself once it is published."""


class Queue(_SpecModel):
    """Admission by Kueue."""

    name: DnsLabel
    """Name of the LocalQueue."""


class Publish(_SpecModel):
    """Where the finished model goes in the model library."""

    model: DnsLabel | None = None
    """Name of the model; the job's name where null."""
    alias: DnsLabel | None = None
    """Alias that moves to the new version."""


class TrainingJobSpec(_SpecModel):
    """What to train, on what, and how failures are met."""

    pipeline: DnsLabel
    """Name of the plugin that trains, such as weather-forecaster."""
    config: dict[str, Any] = Field(default_factory=dict, json_schema_extra={"default": {}})
    """The plugin's configuration; `azuraforge plugins show NAME` lists its fields."""
    image: ShortText | None = None
    """Image that replaces the plugin's; must be among the operator's allowed images."""
    device: Literal["gpu", "cpu"] = "gpu"
    """The device to train on. A job for a GPU never falls back to the CPU."""
    gpu: Gpu | None = None
    """The GPU asked for; only with device gpu. Absent means one."""
    resources: Resources = Resources()
    """CPU and memory of each attempt."""
    pod_overrides: PodOverrides | None = None
    """Placement and extras of the pod."""
    seed: Annotated[int, Field(ge=0, le=2**53 - 1)] = 0
    """Seed of all random numbers; the same seed gives the same model, bit by bit."""
    dataset: DatasetMount | None = None
    """Own data from a claim."""
    resume_from: Annotated[str, StringConstraints(pattern=UID_PATTERN, max_length=64)] | None = None
    """uid of a finished or failed job whose last checkpoint this one starts from."""
    checkpoint: Checkpoint = Checkpoint()
    """Checkpoints and resuming."""
    retry: Retry = Retry()
    """Attempts, preemptions and the wait between them."""
    deadlines: Deadlines = Deadlines()
    """Limits in time."""
    shutdown: Shutdown = Shutdown()
    """Stopping an attempt."""
    cleanup: Cleanup = Cleanup()
    """Removal after the end."""
    queue: Queue | None = None
    """Admission by Kueue."""
    suspend: bool = False
    """True stops the job at a checkpoint; false goes on from it."""
    cancel: bool = False
    """True ends the job for good and keeps what it has written."""
    publish: Publish = Publish()
    """Name in the model library."""


class Metadata(_SpecModel):
    """The parts of Kubernetes' object metadata that training uses; others are let through."""

    model_config = ConfigDict(extra="ignore")

    name: Annotated[
        str,
        StringConstraints(pattern=NAME_PATTERN, max_length=MAXIMUM_NAME_LENGTH),
    ]
    """At most 52 characters: lower-case letters, digits and hyphens, beginning with a letter."""
    namespace: ShortText = "default"
    """Namespace of the job."""
    uid: str | None = None
    """Identity of the object; set by whoever stores it."""
    generation: int = 1
    """Counts the changes of the spec; set by whoever stores it."""
    creation_timestamp: str | None = None
    """RFC 3339 time of creation; set by whoever stores it."""
    deletion_timestamp: str | None = None
    """RFC 3339 time of the request to delete; set by whoever stores it."""
    labels: dict[str, str] = Field(default_factory=dict)
    """Labels."""
    annotations: dict[str, str] = Field(default_factory=dict)
    """Annotations."""


class TrainingJob(_SpecModel):
    """A training run as an object."""

    api_version: Literal["azuraforge.io/v1alpha1"]
    """azuraforge.io/v1alpha1."""
    kind: Literal["TrainingJob"]
    """TrainingJob."""
    metadata: Metadata
    """Name and identity."""
    spec: TrainingJobSpec
    """What to train."""
    status: dict[str, Any] | None = None
    """Written by the executor; ignored when read from a file."""

    @property
    def uid(self) -> str:
        """The job's identity, which must have been set by whoever stores it."""
        if self.metadata.uid is None:
            raise ValueError(f"TrainingJob {self.metadata.name!r} has no uid yet")
        return self.metadata.uid

    def spec_document(self) -> dict[str, JsonValue]:
        """Return the spec as JSON values with the names of the file, defaults written out."""
        document: dict[str, JsonValue] = self.spec.model_dump(mode="json", by_alias=True)
        return document

    def to_document(self) -> dict[str, JsonValue]:
        """Return the object as JSON values with the names of the file, defaults written out.

        Nulls stay: ``startSeconds: null`` switches a deadline off and must not come back as its
        default.
        """
        document: dict[str, JsonValue] = self.model_dump(
            mode="json", by_alias=True, exclude={"status"}
        )
        return document


def parse_training_job(
    document: dict[str, JsonValue], *, source: str = "the job file"
) -> TrainingJob:
    """Return the TrainingJob in a document.

    Raises:
        JobFileError: every problem found, a line each.
    """
    problems = find_problems(document)
    if problems:
        count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
        raise JobFileError(f"{source} has {count}:\n{summarize(problems)}")
    return TrainingJob.model_validate(document)


def find_problems(document: dict[str, JsonValue]) -> list[Problem]:
    """Return every problem of a document, as the API server would refuse it."""
    problems = find_metadata_problems(document.get("metadata"))
    try:
        job = TrainingJob.model_validate(document)
    except ValidationError as error:
        return [*problems, *explain(error, TrainingJob)]
    spec = job.spec_document()
    broken = [Problem("spec", rule.message) for rule in CREATION_RULES if not rule.holds(spec)]
    return [*problems, *broken, *find_size_problems(job.spec.config)]


def find_update_problems(old: TrainingJob, new: TrainingJob) -> list[Problem]:
    """Return why a stored job may not become another one; nothing when it may."""
    specs = old.spec_document(), new.spec_document()
    return [Problem("spec", rule.message) for rule in UPDATE_RULES if not rule.holds(*specs)]


def load_training_job(path: Path) -> TrainingJob:
    """Return the TrainingJob in a file.

    Raises:
        JobFileError: the file cannot be read, is not YAML, or is no TrainingJob.
    """
    content = read_job_file(path)
    return parse_training_job(load_object(content, source=str(path)), source=str(path))


def read_job_file(path: Path) -> bytes:
    """Return the bytes of a job file.

    Raises:
        JobFileError: the file is not there, is a folder, or cannot be read.
    """
    try:
        return path.read_bytes()
    except IsADirectoryError:
        raise JobFileError(f"{path} is a folder.", remedy="Name the job file in it.") from None
    except FileNotFoundError:
        raise JobFileError(
            f"{path} is not there.",
            remedy="Check the name; examples/weather.yaml is one to start from.",
        ) from None
    except OSError as error:
        raise JobFileError(f"{path} cannot be read: {error.strerror}.") from None
