"""Carries out the planner's actions; each may be repeated without harm."""

from dataclasses import dataclass, replace

from azuraforge_cluster.cluster import Cluster
from azuraforge_cluster.errors import (
    AlreadyExistsError,
    ConflictError,
    RefusedError,
    UnavailableError,
)
from azuraforge_cluster.resources import JOBS, PODS, TRAINING_JOBS, Resource
from azuraforge_contract.training_job import TrainingJob
from azuraforge_lifecycle.actions import (
    Action,
    CreateAttempt,
    DeleteAttempt,
    DeleteJob,
    ObserveLive,
    RecordEvent,
    attempt_name,
)
from azuraforge_lifecycle.observed import Notice
from azuraforge_operator.manifests.child_job import build_child_job
from azuraforge_operator.manifests.request import ChildRequest
from azuraforge_operator.observation.job_facts import read_job
from azuraforge_operator.plugins.acceptance import image_of
from azuraforge_operator.plugins.catalog import PluginCatalog
from azuraforge_operator.reconciling.claims import ClaimCatalog
from azuraforge_operator.reconciling.job_key import JobKey
from azuraforge_operator.reconciling.object_store import ObjectStore
from azuraforge_operator.reconciling.seen_job import SeenJob
from azuraforge_operator.settings import PodSettings

__all__ = ["Carried", "Executor"]


@dataclass(frozen=True)
class Carried:
    """What came of the actions of one plan.

    Attributes:
        must_look: whether the children are to be read and the plan is to be made again.
        refusal: why the creation of an attempt was refused for good.
    """

    must_look: bool = False
    refusal: Notice | None = None


class Executor:
    """Carries out actions.

    Args:
        cluster: where.
        store: told of what was created.
        catalog: knows the images of plugins.
        settings: what every trainer pod gets.
    """

    def __init__(
        self,
        cluster: Cluster,
        store: ObjectStore,
        catalog: PluginCatalog,
        settings: PodSettings,
    ) -> None:
        self._cluster = cluster
        self._store = store
        self._catalog = catalog
        self._settings = settings
        self._claims = ClaimCatalog(cluster)

    async def carry_out(self, seen: SeenJob, actions: tuple[Action, ...]) -> Carried:
        """Carry out all actions but events.

        Raises:
            ClusterError: the cluster cannot do it now; the rest follows at a later turn.
        """
        carried = Carried()
        for action in actions:
            match action:
                case CreateAttempt():
                    carried = await self._create(seen.job, action)
                case DeleteAttempt():
                    await self._delete(seen, action)
                case DeleteJob():
                    key = seen.key
                    await self._cluster.delete(
                        TRAINING_JOBS, key.namespace, key.name, uid=seen.job.uid
                    )
                case ObserveLive():
                    carried = Carried(must_look=True)
                case RecordEvent():
                    continue
        return carried

    async def _create(self, job: TrainingJob, action: CreateAttempt) -> Carried:
        document = build_child_job(await self._request(job, action))
        namespace, name = job.metadata.namespace, document["metadata"]["name"]
        try:
            raw = await self._cluster.create(JOBS, document)
        except RefusedError as error:
            return Carried(refusal=Notice(error.reason, error.message))
        except AlreadyExistsError:
            found = await self._cluster.read(JOBS, namespace, name)
            if found is None:
                raise UnavailableError("NameInUse", f"{name} has just been deleted") from None
            raw = found
        facts = read_job(raw)
        if facts.controller != job.uid:
            return Carried(must_look=True)
        self._store.put_job(_key(job), facts)
        return Carried()

    async def _request(self, job: TrainingJob, action: CreateAttempt) -> ChildRequest:
        image = action.image or image_of(job, self._catalog)
        if image is None:
            words = f"plugin {job.spec.pipeline!r} is no longer installed"
            raise UnavailableError("PluginNotFound", words)
        request = ChildRequest(
            job=job,
            index=action.index,
            image=image,
            settings=self._settings,
            is_queued=action.suspended_for_queue,
        )
        single = await self._claims.single_node_claims(
            job.metadata.namespace, request.claims.values()
        )
        return replace(request, single_node_claims=single)

    async def _delete(self, seen: SeenJob, action: DeleteAttempt) -> None:
        """Delete an attempt's Job, or the pods that it has left.

        The pods end in the time that they were created with, which is the job's own.
        """
        key, name = seen.key, attempt_name(seen.key.name, action.index)
        job = next((each for each in self._store.jobs(key) if each.name == name), None)
        if job is not None:
            await self._delete_one(JOBS, key.namespace, name, job.uid)
            return
        for pod in self._store.pods(key):
            if pod.job_uid == seen.job.uid and pod.attempt == action.index and not pod.is_gone:
                await self._delete_one(PODS, key.namespace, pod.name, pod.uid)

    async def _delete_one(self, resource: Resource, namespace: str, name: str, uid: str) -> None:
        try:
            await self._cluster.delete(resource, namespace, name, uid=uid)
        except ConflictError:
            return  # the object of this name is another one: ours is gone


def _key(job: TrainingJob) -> JobKey:
    return JobKey(job.metadata.namespace, job.metadata.name)
