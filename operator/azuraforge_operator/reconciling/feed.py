"""Takes what the watches tell into the store, and gives the job that it concerns a turn."""

from enum import Enum
from typing import Any

from azuraforge_operator.observation.job_facts import read_job
from azuraforge_operator.observation.pod_facts import read_pod
from azuraforge_operator.reconciling.job_key import JobKey
from azuraforge_operator.reconciling.object_store import ObjectStore
from azuraforge_operator.reconciling.work_queue import WorkQueue

__all__ = ["Change", "Feed"]


class Change(Enum):
    """How an object came to be known."""

    TOLD = "a watch told of it; it may come late"
    READ = "it was read from the API server, which is right even where it went back in time"
    DELETED = "a watch told that it is deleted"


class Feed:
    """Feeds the store and the queue.

    Args:
        store: keeps what is told.
        queue: gives turns.
    """

    def __init__(self, store: ObjectStore, queue: WorkQueue) -> None:
        self._store = store
        self._queue = queue

    def see_training_job(self, raw: dict[str, Any], change: Change) -> None:
        """Take in a TrainingJob."""
        metadata = raw["metadata"]
        key = JobKey.of(metadata["namespace"], metadata["name"])
        if change is Change.DELETED:
            self._store.remove_training_job(key, metadata["uid"])
        else:
            self._store.put_training_job(raw, even_if_older=change is Change.READ)
        self._queue.add(key)

    def see_job(self, raw: dict[str, Any], change: Change) -> None:
        """Take in a Job."""
        job = read_job(raw)
        if job.job_name is None:
            return
        key = JobKey.of(raw["metadata"]["namespace"], job.job_name)
        if change is Change.DELETED:
            self._store.remove_job(key, job)
        else:
            self._store.put_job(key, job, even_if_older=change is Change.READ)
        self._queue.add(key)

    def see_pod(self, raw: dict[str, Any], change: Change) -> None:
        """Take in a pod."""
        pod = read_pod(raw)
        if pod.job_name is None:
            return
        key = JobKey.of(raw["metadata"]["namespace"], pod.job_name)
        if change is Change.DELETED:
            self._store.remove_pod(key, pod)
        else:
            self._store.put_pod(key, pod, even_if_older=change is Change.READ)
        self._queue.add(key)

    def see_gone(self, plural: str, namespace: str, name: str) -> None:
        """Take in that an object is gone whose deletion no watch told."""
        key = self._store.drop(plural, namespace, name)
        if key is not None:
            self._queue.add(key)
