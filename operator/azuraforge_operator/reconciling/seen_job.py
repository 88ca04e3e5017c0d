"""A TrainingJob as it was last seen, with its status, ready to be planned."""

from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from azuraforge_contract.status import JobStatus
from azuraforge_contract.training_job import DEFAULT_GPU_RESOURCE, Gpu, TrainingJob
from azuraforge_contract.validation import explain, summarize
from azuraforge_lifecycle.ledger import open_attempt
from azuraforge_operator.reconciling.job_key import JobKey

__all__ = ["SeenJob", "UnreadableJobError", "read_seen_job", "status_document"]


class UnreadableJobError(Exception):
    """The object was stored by another release, and this one cannot read it."""


@dataclass(frozen=True)
class SeenJob:
    """A TrainingJob.

    Attributes:
        job: what is wanted.
        status: its status as stored; None before the first write.
        resource_version: of the object that both were read from.
    """

    job: TrainingJob
    status: JobStatus | None
    resource_version: str

    @property
    def key(self) -> JobKey:
        """Its namespace and name."""
        return JobKey(self.job.metadata.namespace, self.job.metadata.name)

    @property
    def is_deleting(self) -> bool:
        """Whether its deletion was asked for."""
        return self.job.metadata.deletion_timestamp is not None

    @property
    def open_index(self) -> int | None:
        """Index of the attempt that has not ended as far as is known; None: there is none."""
        attempt = open_attempt(self.status) if self.status is not None else None
        return attempt.index if attempt is not None else None

    @property
    def wanted_indexes(self) -> tuple[int, ...]:
        """Attempts whose names it needs: the open one and the next."""
        if self.status is None:
            return (0,)
        following = self.status.next_attempt
        return (following,) if self.open_index is None else (self.open_index, following)

    def identity(self) -> dict[str, Any]:
        """Return the metadata by which a write names exactly the version that was read."""
        metadata = self.job.metadata
        return {
            "name": metadata.name,
            "namespace": metadata.namespace,
            "uid": metadata.uid,
            "resourceVersion": self.resource_version,
        }


def read_seen_job(raw: dict[str, Any], gpu_resource: str = DEFAULT_GPU_RESOURCE) -> SeenJob:
    """Return a raw TrainingJob as it was seen.

    Args:
        raw: the object as the API server has it.
        gpu_resource: what a job for a GPU asks for where it names no resource.

    Raises:
        UnreadableJobError: it does not fit this release's model.
    """
    try:
        job = TrainingJob.model_validate(raw)
        status = raw.get("status")
        return SeenJob(
            job=_asking_for(gpu_resource, job.model_copy(update={"status": None})),
            status=JobStatus.model_validate(status) if status else None,
            resource_version=raw["metadata"]["resourceVersion"],
        )
    except ValidationError as error:
        raise UnreadableJobError(summarize(explain(error, TrainingJob))) from error


def _asking_for(gpu_resource: str, job: TrainingJob) -> TrainingJob:
    spec = job.spec
    has_claims = spec.pod_overrides is not None and bool(spec.pod_overrides.resource_claims)
    is_named = has_claims if spec.gpu is None else spec.gpu.resource_name is not None
    if spec.device == "cpu" or is_named or gpu_resource == DEFAULT_GPU_RESOURCE:
        return job
    gpu = (spec.gpu or Gpu()).model_copy(update={"resource_name": gpu_resource})
    return job.model_copy(update={"spec": spec.model_copy(update={"gpu": gpu})})


def status_document(status: JobStatus, *, owns_live_progress: bool) -> dict[str, Any]:
    """Return the status fields that the operator owns.

    Args:
        status: the whole status.
        owns_live_progress: whether the operator reports progress while an attempt runs. Otherwise
            that belongs to whoever does; what an attempt said at its end is always the operator's.
    """
    document = status.to_document()
    if owns_live_progress:
        return document
    attempt = open_attempt(status)
    told = status.progress.attempt if status.progress is not None else None
    if attempt is not None and told == attempt.index:
        document.pop("progress", None)
    return document
