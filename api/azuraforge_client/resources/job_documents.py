"""Jobs as the service tells of them: the object of the job file, with its status."""

from datetime import datetime
from typing import Any, Final

from pydantic import Field

from azuraforge_client.documents import Document

__all__ = ["TERMINAL_PHASES", "Attempt", "Job", "JobMetadata", "JobProgress", "JobStatus", "Metric"]

TERMINAL_PHASES: Final = frozenset({"Succeeded", "Failed", "Cancelled"})
"""Nothing follows them."""


class JobMetadata(Document):
    """Which job it is."""

    name: str
    """Unique in its namespace among jobs that are there."""
    namespace: str
    uid: str
    """Its identity, for ever; also the run's."""
    labels: dict[str, str] = Field(default_factory=dict)
    created_by: str = ""
    """Who created it."""
    creation_timestamp: datetime
    finish_timestamp: datetime | None = None
    deletion_timestamp: datetime | None = None
    """When its object was deleted; the history stays."""
    generation: int = 1
    version: int = 0
    """Counts its changes; the entity tag."""


class Metric(Document):
    """The latest value of a metric."""

    name: str
    value: float


class JobProgress(Document):
    """How far training is."""

    percentage: float | None = None
    epoch: int | None = None
    total_epochs: int | None = None
    step: int | None = None
    eta_seconds: float | None = None
    metrics: tuple[Metric, ...] = ()


class Attempt(Document):
    """One attempt."""

    index: int
    reason: str | None = None
    message: str | None = None
    exit_code: int | None = None


class PublishedModel(Document):
    """The model that a job made."""

    name: str
    version: int | None = None


class JobStatus(Document):
    """How a job stands; all else that `kubectl get trainingjob -o yaml` shows is kept as well."""

    phase: str = "Pending"
    """Pending, Queued, Starting, Running, Suspended, Cancelled, Succeeded or Failed."""
    reason: str = ""
    """CamelCase word that says why."""
    message: str = ""
    """One line that says why."""
    active_seconds: float = 0.0
    """Time spent running, summed over attempts."""
    progress: JobProgress | None = None
    attempts: tuple[Attempt, ...] = ()
    """The last ten."""
    model: PublishedModel | None = None
    """The model in the library, once it is there."""

    @property
    def is_terminal(self) -> bool:
        """Whether nothing follows this phase."""
        return self.phase in TERMINAL_PHASES


class Job(Document):
    """One job."""

    api_version: str
    kind: str
    metadata: JobMetadata
    spec: dict[str, Any]
    """As in a job file, defaults written out."""
    status: JobStatus

    @property
    def name(self) -> str:
        """Its name."""
        return self.metadata.name

    @property
    def uid(self) -> str:
        """Its identity."""
        return self.metadata.uid
