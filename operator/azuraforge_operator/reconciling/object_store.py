"""What the watches have told, kept small: thousands of finished jobs stay in memory.

A TrainingJob is kept as compressed JSON without what nobody reads, against the first one that was
seen, since jobs look alike: a fifth of what each would take by itself. Jobs and pods are kept as
facts. The store may be behind the cluster, and everybody who reads it knows.
"""

import json
import sys
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from azuraforge_operator.observation.job_facts import JobFacts
from azuraforge_operator.observation.pod_facts import PodFacts
from azuraforge_operator.reconciling.job_key import JobKey

__all__ = ["ObjectStore", "StoredJob"]

_KEPT_METADATA: Final = (
    "name",
    "namespace",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "labels",
)
_COMPRESSION: Final = 1


@dataclass(frozen=True, slots=True)
class StoredJob:
    """A TrainingJob as it was last seen.

    Attributes:
        uid: its identity.
        resource_version: its version.
        phase: its phase; None before the first status.
        packed: the object, compressed.
        sample: the text that it was compressed against.
    """

    uid: str
    resource_version: str
    phase: str | None
    packed: bytes
    sample: bytes

    def unpack(self) -> dict[str, Any]:
        """Return the object, without the parts of its metadata that nobody reads."""
        text = zlib.decompressobj(zdict=self.sample).decompress(self.packed)
        found: dict[str, Any] = json.loads(text)
        return found


class ObjectStore:
    """TrainingJobs with their Jobs and pods, by the TrainingJob's name."""

    def __init__(self) -> None:
        self._sample: bytes | None = None
        self._training_jobs: dict[JobKey, StoredJob] = {}
        self._jobs: dict[JobKey, dict[str, JobFacts]] = {}
        self._pods: dict[JobKey, dict[str, PodFacts]] = {}

    def __iter__(self) -> Iterator[JobKey]:
        return iter(list(self._training_jobs))

    def training_job(self, key: JobKey) -> StoredJob | None:
        """Return a TrainingJob."""
        return self._training_jobs.get(key)

    def put_training_job(self, raw: dict[str, Any], *, even_if_older: bool = False) -> JobKey:
        """Keep a TrainingJob, unless a newer version of it is kept."""
        metadata = raw["metadata"]
        key = JobKey.of(metadata["namespace"], metadata["name"])
        known = self._training_jobs.get(key)
        version = metadata["resourceVersion"]
        if known is None or even_if_older or not _is_older(version, known.resource_version):
            kept = {name: metadata[name] for name in _KEPT_METADATA if name in metadata}
            document = {**raw, "metadata": kept}
            text = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
            phase = (raw.get("status") or {}).get("phase")
            self._training_jobs[key] = self._pack(metadata["uid"], version, phase, text)
        return key

    def _pack(self, uid: str, version: str, phase: str | None, text: bytes) -> StoredJob:
        if self._sample is None and phase is not None:
            self._sample = text
        sample = self._sample or b""
        packer = zlib.compressobj(_COMPRESSION, zdict=sample)
        packed = packer.compress(text) + packer.flush()
        return StoredJob(uid, version, sys.intern(phase) if phase else None, packed, sample)

    def remove_training_job(self, key: JobKey, uid: str) -> None:
        """Forget a TrainingJob, unless another one bears its name by now."""
        known = self._training_jobs.get(key)
        if known is not None and known.uid == uid:
            del self._training_jobs[key]

    def jobs(self, key: JobKey) -> tuple[JobFacts, ...]:
        """Return the Jobs that carry a TrainingJob's label, those of its predecessors too."""
        return tuple(self._jobs.get(key, {}).values())

    def pods(self, key: JobKey) -> tuple[PodFacts, ...]:
        """Return the pods that carry a TrainingJob's label, and the last words of deleted ones."""
        return tuple(self._pods.get(key, {}).values())

    def put_job(self, key: JobKey, job: JobFacts, *, even_if_older: bool = False) -> None:
        """Keep a Job, unless a newer version of it is kept."""
        known = self._jobs.setdefault(key, {})
        before = known.get(job.name)
        if (
            even_if_older
            or before is None
            or not _is_older(job.resource_version, before.resource_version)
        ):
            known[job.name] = job

    def remove_job(self, key: JobKey, job: JobFacts) -> None:
        """Forget a Job that is deleted."""
        known = self._jobs.get(key, {})
        before = known.get(job.name)
        if before is not None and before.uid == job.uid:
            del known[job.name]
        if not known:
            self._jobs.pop(key, None)

    def put_pod(self, key: JobKey, pod: PodFacts, *, even_if_older: bool = False) -> None:
        """Keep a pod, unless a newer version of it is kept."""
        known = self._pods.setdefault(key, {})
        before = known.get(pod.name)
        if (
            even_if_older
            or before is None
            or not _is_older(pod.resource_version, before.resource_version)
        ):
            known[pod.name] = pod

    def remove_pod(self, key: JobKey, pod: PodFacts) -> None:
        """Note that a pod is deleted; how it ended is kept until :meth:`forget_last_words`."""
        known = self._pods.setdefault(key, {})
        before = known.get(pod.name)
        if before is not None and before.uid != pod.uid:
            return
        if pod.phase.has_ended:
            known[pod.name] = replace(pod, is_gone=True)
        else:
            known.pop(pod.name, None)
        if not known:
            self._pods.pop(key, None)

    def replace_children(
        self, key: JobKey, uid: str, jobs: Iterable[JobFacts], pods: Iterable[PodFacts]
    ) -> None:
        """Keep exactly these children of a TrainingJob, beside others' and last words."""
        others = {job.name: job for job in self.jobs(key) if job.job_uid != uid}
        kept = {pod.name: pod for pod in self.pods(key) if pod.job_uid != uid or pod.is_gone}
        self._jobs[key] = others | {job.name: job for job in jobs}
        self._pods[key] = kept | {pod.name: pod for pod in pods}
        self._drop_empty(key)

    def forget_last_words(self, key: JobKey, uid: str, *, open_attempt: int | None) -> None:
        """Forget deleted pods whose end is recorded, or that belong to earlier TrainingJobs."""
        kept = {
            pod.name: pod
            for pod in self.pods(key)
            if not pod.is_gone or (pod.job_uid == uid and pod.attempt == open_attempt)
        }
        if key in self._pods:
            self._pods[key] = kept
        self._drop_empty(key)

    def shorten(self, key: JobKey) -> None:
        """Forget the last words of a job's pods, which are recorded in its status."""
        self._pods[key] = {pod.name: replace(pod, termination=None) for pod in self.pods(key)}
        self._drop_empty(key)

    def versions(self, plural: str) -> dict[tuple[str, str], str]:
        """Return (namespace, name) → version of all objects of a kind, for the resync."""
        if plural == "trainingjobs":
            return {
                (key.namespace, key.name): job.resource_version
                for key, job in self._training_jobs.items()
            }
        kept = self._jobs if plural == "jobs" else self._pods
        return {
            (key.namespace, name): each.resource_version
            for key, named in kept.items()
            for name, each in named.items()
            if not (isinstance(each, PodFacts) and each.is_gone)
        }

    def drop(self, plural: str, namespace: str, name: str) -> JobKey | None:
        """Forget an object that is gone; return whose it was."""
        if plural == "trainingjobs":
            key = JobKey(namespace, name)
            return key if self._training_jobs.pop(key, None) is not None else None
        kept = self._jobs if plural == "jobs" else self._pods
        for key, named in kept.items():
            each = named.get(name) if key.namespace == namespace else None
            if isinstance(each, JobFacts):
                self.remove_job(key, each)
                return key
            if isinstance(each, PodFacts):
                self.remove_pod(key, each)
                return key
        return None

    def _drop_empty(self, key: JobKey) -> None:
        for kept in (self._jobs, self._pods):
            if not kept.get(key, True):
                del kept[key]


def _is_older(version: str, known: str) -> bool:
    """Whether a version came before one that is known; they are numbers wherever etcd is."""
    if version.isdecimal() and known.isdecimal():
        return int(version) < int(known)
    return False
