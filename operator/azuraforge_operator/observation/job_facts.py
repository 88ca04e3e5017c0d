"""What matters of a batch/v1 Job."""

from dataclasses import dataclass
from datetime import datetime

from azuraforge_operator.names import JOB_NAME_LABEL, JOB_UID_LABEL, KUEUE_QUEUE_LABEL
from azuraforge_operator.observation.raw import Raw, controller_uid, parse_time, shared

__all__ = ["JobFacts", "read_job"]


@dataclass(frozen=True, kw_only=True, slots=True)
class JobFacts:
    """A Job, whoever made it.

    Attributes:
        name: its name.
        uid: its identity.
        resource_version: version of the object that this was read from.
        job_name: the TrainingJob that its label names; None without one.
        job_uid: uid of the TrainingJob that its label names; None without one.
        controller: uid of what controls it; None: nothing does.
        created_at: when it was created.
        started_at: when its pods were last allowed to run; None before, or while suspended.
        is_queued: whether it waits, or has waited, in a queue.
        is_deleting: whether its deletion was asked for.
        is_suspended: whether no pods are made of it for now.
        is_complete: whether it has succeeded.
        is_failed: whether it has failed.
    """

    name: str
    uid: str
    resource_version: str
    job_name: str | None
    job_uid: str | None
    controller: str | None
    created_at: datetime
    started_at: datetime | None = None
    is_queued: bool = False
    is_deleting: bool = False
    is_suspended: bool = False
    is_complete: bool = False
    is_failed: bool = False


def read_job(raw: Raw) -> JobFacts:
    """Return the facts in a raw Job."""
    metadata = raw["metadata"]
    labels = metadata.get("labels") or {}
    status = raw.get("status") or {}
    true = {
        condition["type"]
        for condition in status.get("conditions") or ()
        if condition["status"] == "True"
    }
    created = parse_time(metadata["creationTimestamp"])
    if created is None:
        raise ValueError(f"Job {metadata['name']} has no time of creation")
    return JobFacts(
        name=metadata["name"],
        uid=metadata["uid"],
        resource_version=metadata["resourceVersion"],
        job_name=shared(labels.get(JOB_NAME_LABEL)),
        job_uid=shared(labels.get(JOB_UID_LABEL)),
        controller=shared(controller_uid(metadata)),
        created_at=created,
        started_at=parse_time(status.get("startTime")),
        is_queued=KUEUE_QUEUE_LABEL in labels,
        is_deleting=metadata.get("deletionTimestamp") is not None,
        is_suspended=bool((raw.get("spec") or {}).get("suspend")),
        is_complete="Complete" in true,
        is_failed="Failed" in true,
    )
