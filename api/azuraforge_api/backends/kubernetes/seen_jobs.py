"""The jobs of the cluster as the watch last saw them; what runs is looked after by what is here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from azuraforge_contract.status import JobStatus, Phase
from azuraforge_contract.training_job import TrainingJob
from azuraforge_lifecycle.ledger import open_attempt

__all__ = ["SeenJob", "SeenJobs", "read_seen_job"]


@dataclass(frozen=True)
class SeenJob:
    """A TrainingJob.

    Attributes:
        job: the object with its status.
        status: the same, parsed.
        version: its resourceVersion.
    """

    job: TrainingJob
    status: JobStatus
    version: str

    @property
    def uid(self) -> str:
        """Its identity."""
        return self.job.uid

    @property
    def namespace(self) -> str:
        """Where it is."""
        return self.job.metadata.namespace

    @property
    def number(self) -> int:
        """Its version as a number: of two states of an object the later one has the larger."""
        return int(self.version)

    @property
    def is_deleting(self) -> bool:
        """Whether its deletion was asked for."""
        return self.job.metadata.deletion_timestamp is not None

    @property
    def running_attempt(self) -> int | None:
        """Index of the attempt that runs; None: none does."""
        attempt = open_attempt(self.status)
        if attempt is None or self.status.phase is not Phase.RUNNING:
            return None
        return attempt.index

    def identity(self) -> dict[str, Any]:
        """Return the metadata by which a write names exactly the version that was seen."""
        metadata = self.job.metadata
        return {
            "name": metadata.name,
            "namespace": metadata.namespace,
            "uid": metadata.uid,
            "resourceVersion": self.version,
        }


def read_seen_job(raw: Mapping[str, Any]) -> SeenJob:
    """Return a raw object as it was seen.

    Raises:
        pydantic.ValidationError: another release has stored it, and this one cannot read it.
    """
    return SeenJob(
        TrainingJob.model_validate(dict(raw)),
        JobStatus.model_validate(raw.get("status") or {}),
        str(raw["metadata"]["resourceVersion"]),
    )


class SeenJobs:
    """All jobs that are there, by uid."""

    def __init__(self) -> None:
        self._jobs: dict[str, SeenJob] = {}

    def put(self, seen: SeenJob) -> None:
        """Keep a job, unless a later state of it is kept."""
        known = self._jobs.get(seen.uid)
        if known is None or known.number <= seen.number:
            self._jobs[seen.uid] = seen

    def drop(self, uid: str) -> None:
        """Forget a job that is gone."""
        self._jobs.pop(uid, None)

    def is_known(self, raw: Mapping[str, Any]) -> bool:
        """Whether an object is kept in the very state that was told."""
        known = self._jobs.get(str(raw["metadata"]["uid"]))
        return known is not None and known.version == raw["metadata"]["resourceVersion"]

    def __iter__(self) -> Iterator[SeenJob]:
        """Return the jobs that are there now."""
        return iter(list(self._jobs.values()))
