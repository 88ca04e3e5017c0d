"""The children of a job: as the watches told, or read from the API server itself."""

from collections.abc import Iterable

from azuraforge_cluster.cluster import Cluster
from azuraforge_cluster.resources import JOBS
from azuraforge_lifecycle.actions import attempt_name
from azuraforge_lifecycle.observed import Child
from azuraforge_operator.observation.children import assemble_children
from azuraforge_operator.observation.job_facts import JobFacts, read_job
from azuraforge_operator.observation.pod_facts import read_pod
from azuraforge_operator.reconciling.job_key import JobKey
from azuraforge_operator.reconciling.object_store import ObjectStore
from azuraforge_operator.reconciling.seen_job import SeenJob

__all__ = ["ChildObserver"]


class ChildObserver:
    """Observes children.

    Args:
        cluster: where they are.
        store: what the watches told of them.
    """

    def __init__(self, cluster: Cluster, store: ObjectStore) -> None:
        self._cluster = cluster
        self._store = store
        self._occupied: set[JobKey] = set()

    def is_occupied(self, key: JobKey) -> bool:
        """Whether someone else's Job, which no watch of ours tells of, bore a name we need."""
        return key in self._occupied

    def recall(self, seen: SeenJob) -> tuple[Child, ...]:
        """Return the children as the watches told."""
        return self._assemble(seen, self._store.jobs(seen.key))

    async def read(self, seen: SeenJob) -> tuple[Child, ...]:
        """Return the children as they are now, and let the store know.

        Raises:
            ClusterError: they cannot be read now.
        """
        namespace, uid = seen.key.namespace, seen.job.uid
        raw_jobs, raw_pods = await self._cluster.read_children(namespace, uid)
        jobs = [read_job(raw) for raw in raw_jobs]
        occupants = await self._read_occupants(seen, {job.name for job in jobs})
        self._store.replace_children(seen.key, uid, jobs, [read_pod(raw) for raw in raw_pods])
        if any(job.job_name != seen.key.name for job in occupants):
            self._occupied.add(seen.key)
        else:
            self._occupied.discard(seen.key)
        return self._assemble(seen, [*jobs, *occupants])

    def forget(self, key: JobKey) -> None:
        """Forget a job that is gone or has ended."""
        self._occupied.discard(key)

    async def _read_occupants(self, seen: SeenJob, known: set[str]) -> list[JobFacts]:
        """Return whatever else bears the names that the job needs."""
        found = []
        for index in seen.wanted_indexes:
            name = attempt_name(seen.key.name, index)
            if name in known:
                continue
            raw = await self._cluster.read(JOBS, seen.key.namespace, name)
            if raw is not None:
                found.append(read_job(raw))
        return found

    def _assemble(self, seen: SeenJob, jobs: Iterable[JobFacts]) -> tuple[Child, ...]:
        pods = self._store.pods(seen.key)
        wanted = seen.wanted_indexes
        return assemble_children(seen.key.name, seen.job.uid, jobs, pods, wanted=wanted)
