"""One turn of one job: observe, plan, store the status, then act.

The plan decides; this module only does. Nothing is remembered that would be missed: the operator
may be killed between any two lines, and the next turn goes on from what is stored.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

from azuraforge_cluster.cluster import Cluster
from azuraforge_cluster.errors import ConflictError, NotFoundError, UnavailableError
from azuraforge_cluster.resources import TRAINING_JOBS
from azuraforge_contract.status import JobStatus
from azuraforge_lifecycle.actions import ObserveLive, Plan, RecordEvent, attempt_name
from azuraforge_lifecycle.conditions import is_accepted
from azuraforge_lifecycle.observed import Acceptance, Child, Observed
from azuraforge_lifecycle.planner import plan
from azuraforge_operator.job_metrics import record_transition
from azuraforge_operator.metrics import Metrics
from azuraforge_operator.plugins.acceptance import check_acceptance
from azuraforge_operator.plugins.catalog import PluginCatalog
from azuraforge_operator.reconciling.children import ChildObserver
from azuraforge_operator.reconciling.event_recorder import EventRecorder
from azuraforge_operator.reconciling.executor import Executor
from azuraforge_operator.reconciling.job_key import JobKey
from azuraforge_operator.reconciling.log_progress import LogProgress
from azuraforge_operator.reconciling.object_store import ObjectStore
from azuraforge_operator.reconciling.seen_job import (
    SeenJob,
    UnreadableJobError,
    read_seen_job,
    status_document,
)
from azuraforge_operator.reconciling.start_trouble import StartTrouble
from azuraforge_operator.settings import OperatorSettings

__all__ = ["Reconciler"]

_MOST_PLANS: Final = 5
"""Plans in one turn; each further one follows from a live reading or a refusal."""
_logger: Final = logging.getLogger("azuraforge.reconciler")


@dataclass
class Reconciler:
    """Gives jobs their turns.

    Attributes:
        cluster: where everything is.
        store: what the watches told.
        catalog: the installed plugins.
        settings: the operator's.
        metrics: where turns are counted.
        recorder: tells people of transitions.
        progress: reads live progress.
        now: the time.
    """

    cluster: Cluster
    store: ObjectStore
    catalog: PluginCatalog
    settings: OperatorSettings
    metrics: Metrics
    recorder: EventRecorder
    progress: LogProgress
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    _trouble: StartTrouble = field(init=False)
    _children: ChildObserver = field(init=False)
    _executor: Executor = field(init=False)

    def __post_init__(self) -> None:
        self._trouble = StartTrouble(self.cluster)
        self._children = ChildObserver(self.cluster, self.store)
        self._executor = Executor(self.cluster, self.store, self.catalog, self.settings.pod)

    async def reconcile(self, key: JobKey) -> float | None:
        """Give a job a turn; return after how many seconds it needs another at the latest.

        Raises:
            ClusterError: something cannot be done now; the same turn is to be tried again.
        """
        stored = self.store.training_job(key)
        if stored is None:
            self._forget(key)
            return None
        try:
            seen = read_seen_job(stored.unpack(), self.settings.pod.gpu_resource_name)
        except UnreadableJobError as error:
            _logger.error("%s cannot be read: %s", key, error, extra={"event": "unreadable_job"})  # noqa: TRY400 - not a bug of ours
            self.metrics.reconciles.labels("unreadable").inc()
            return None
        try:
            return await self._turn(seen)
        except ConflictError:
            await self._refresh(key)
            raise
        except NotFoundError:
            await self._refresh(key)
            return None

    async def _turn(self, seen: SeenJob) -> float | None:
        observed = await self._observe(seen)
        has_stored = False
        for _ in range(_MOST_PLANS):
            decided = plan(seen.job, observed, self.now())
            has_changed = decided.status != seen.status and not seen.is_deleting
            if has_changed:
                seen = await self._store_status(seen, decided.status)
                has_stored = True
            elif _acts(decided):
                await self._make_sure_it_is_current(seen)
            carried = await self._executor.carry_out(seen, decided.actions)
            await self.recorder.record(seen.job, _events(decided))
            if not carried.must_look and carried.refusal is None:
                self._finish(seen, has_stored=has_stored)
                return self._next_turn(seen, decided, observed)
            observed = replace(observed, status=seen.status, refusal=carried.refusal)
            if carried.must_look:
                children = await self._children.read(seen)
                children = await self._ask_around(seen, children)
                observed = replace(observed, children=children, is_live=True)
        raise UnavailableError("NoDecision", f"{_MOST_PLANS} plans led to no decision")

    async def _observe(self, seen: SeenJob) -> Observed:
        is_live = self._children.is_occupied(seen.key)
        children = await self._children.read(seen) if is_live else self._children.recall(seen)
        return Observed(
            status=seen.status,
            children=await self._ask_around(seen, children),
            is_live=is_live,
            acceptance=self._accept(seen),
            is_deletion_requested=seen.is_deleting,
        )

    async def _ask_around(self, seen: SeenJob, children: tuple[Child, ...]) -> tuple[Child, ...]:
        """Return the children with what the open attempt's log and warnings say of it."""
        found = []
        for child in children:
            if child.is_ours and child.index == seen.open_index:
                said = await self.progress.add_report(seen.key, child)
                uid = self._uid_of(seen, child)
                said = await self._trouble.add_notice(seen.key, said, uid, self.now())
                found.append(said)
            else:
                found.append(child)
        return tuple(found)

    def _uid_of(self, seen: SeenJob, child: Child) -> str | None:
        """Return the identity of what may be in trouble; None where it speaks for itself."""
        if child.notice is not None:
            return None
        for pod in self.store.pods(seen.key):
            if pod.job_uid == seen.job.uid and pod.attempt == child.index and not pod.is_gone:
                return pod.uid
        name = attempt_name(seen.key.name, child.index)
        return next((job.uid for job in self.store.jobs(seen.key) if job.name == name), None)

    def _next_turn(self, seen: SeenJob, decided: Plan, observed: Observed) -> float | None:
        """Return after how many seconds the job needs another turn at the latest."""
        child = observed.child(seen.open_index) if seen.open_index is not None else None
        waits = [decided.requeue_after_seconds]
        if child is not None:
            waits.append(self.progress.seconds_until_due(seen.key))
            waits.append(self._trouble.seconds_until_due(seen.key, child, self.now()))
        return min((wait for wait in waits if wait is not None), default=None)

    def _accept(self, seen: SeenJob) -> Acceptance | None:
        """Return the verdict on a job that has none yet."""
        status = seen.status
        if status is not None and (status.phase.is_terminal or is_accepted(status)):
            return None
        allowed = self.settings.allowed_image_prefixes
        return check_acceptance(seen.job, self.catalog, allowed, self.settings.pod)

    async def _store_status(self, seen: SeenJob, status: JobStatus) -> SeenJob:
        raw = await self.cluster.apply_status(
            seen.identity(),
            status_document(status, owns_live_progress=bool(self.progress.every_seconds)),
        )
        self.store.put_training_job(raw)
        record_transition(self.metrics, seen.job, seen.status, status)
        version = raw["metadata"]["resourceVersion"]
        return replace(seen, status=status, resource_version=version)

    async def _make_sure_it_is_current(self, seen: SeenJob) -> None:
        """Let no action follow from a plan that was made from an old status."""
        raw = await self.cluster.read(TRAINING_JOBS, seen.key.namespace, seen.key.name)
        if raw is None:
            raise NotFoundError("NotFound", f"{seen.key} is gone")
        if raw["metadata"]["resourceVersion"] != seen.resource_version:
            raise ConflictError("Conflict", f"{seen.key} has changed")

    async def _refresh(self, key: JobKey) -> None:
        """Read a job that is no longer what the store says."""
        raw = await self.cluster.read(TRAINING_JOBS, key.namespace, key.name)
        if raw is not None:
            self.store.put_training_job(raw, even_if_older=True)
            return
        stored = self.store.training_job(key)
        if stored is not None:
            self.store.remove_training_job(key, stored.uid)
        self._forget(key)

    def _finish(self, seen: SeenJob, *, has_stored: bool) -> None:
        self.metrics.reconciles.labels("stored" if has_stored else "unchanged").inc()
        self.store.forget_last_words(seen.key, seen.job.uid, open_attempt=seen.open_index)
        if seen.status is None:
            return
        if seen.status.phase.is_terminal:
            self._forget_all_but_last_words(seen.key)
            self.store.shorten(seen.key)
        else:  # live progress may be another's, which changes it without a status of ours
            self.metrics.last_values.note(seen.key, seen.status)

    def _forget(self, key: JobKey) -> None:
        self._forget_all_but_last_words(key)
        self.store.forget_last_words(key, "", open_attempt=None)
        self.metrics.last_values.forget(key)

    def _forget_all_but_last_words(self, key: JobKey) -> None:
        self._children.forget(key)
        self._trouble.forget(key)
        self.progress.forget(key)


def _acts(decided: Plan) -> bool:
    """Whether a plan changes anything in the cluster."""
    return any(not isinstance(each, ObserveLive | RecordEvent) for each in decided.actions)


def _events(decided: Plan) -> tuple[RecordEvent, ...]:
    return tuple(each for each in decided.actions if isinstance(each, RecordEvent))
