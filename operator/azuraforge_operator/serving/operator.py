"""Puts the operator together and runs it until it is asked to stop, or until a part of it fails.

A part that fails ends the process: whoever runs it starts it again, and nothing is lost.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from typing import Final

import kopf
from kubernetes.aio.client.api_client import ApiClient

from azuraforge_cluster.cluster import Cluster
from azuraforge_cluster.transport import Transport
from azuraforge_operator.leadership import Leadership, request_timeout_seconds
from azuraforge_operator.lease_lock import LeaseLock
from azuraforge_operator.metrics import Metrics
from azuraforge_operator.names import FIELD_OWNER
from azuraforge_operator.plugins.catalog import PluginCatalog
from azuraforge_operator.reconciling.event_recorder import EventRecorder
from azuraforge_operator.reconciling.feed import Feed
from azuraforge_operator.reconciling.log_progress import LogProgress
from azuraforge_operator.reconciling.object_store import ObjectStore
from azuraforge_operator.reconciling.reconciler import Reconciler
from azuraforge_operator.reconciling.resync import Resync
from azuraforge_operator.reconciling.work_queue import WorkQueue
from azuraforge_operator.reconciling.workers import Workers
from azuraforge_operator.serving.health import Health
from azuraforge_operator.serving.http_server import serve_http
from azuraforge_operator.serving.kopf_memories import forgetful_memories
from azuraforge_operator.serving.watch_pulse import WatchPulse
from azuraforge_operator.serving.watching import WATCHED, build_registry, kopf_settings
from azuraforge_operator.settings import OperatorSettings

__all__ = ["Operator"]

_EVENT_TIMEOUT_SECONDS: Final = 5.0
_LOOK_SECONDS: Final = 0.1
_logger: Final = logging.getLogger("azuraforge.operator")


class Operator:
    """The whole operator.

    Args:
        settings: what it was told from outside.
        client: how the API server is reached.
    """

    def __init__(self, settings: OperatorSettings, client: ApiClient) -> None:
        self.settings = settings
        self.metrics = Metrics()
        self.store = ObjectStore()
        self.queue = WorkQueue()
        self.feed = Feed(self.store, self.queue)
        self.pulse = WatchPulse(WATCHED, scopes=len(settings.namespaces) or 1)
        self._client = client
        self._memories = forgetful_memories()
        self._parts: list[asyncio.Task[None]] = []
        timeout = float(settings.request_timeout_seconds)
        transport = Transport(client, self.metrics, timeout_seconds=timeout)
        self.cluster = Cluster(transport, field_owner=FIELD_OWNER)
        self.catalog = PluginCatalog(self.cluster, settings.plugin_namespace)
        self.health = Health(self.pulse, self.metrics, lambda: self.catalog.is_loaded)
        self._make_workers()
        self._make_leadership()
        self.metrics.queue_length.set_function(lambda: len(self.queue))

    def _make_workers(self) -> None:
        quick = Transport(
            self._client,
            self.metrics,
            timeout_seconds=_EVENT_TIMEOUT_SECONDS,
            delays_seconds=(1.0,),
        )
        beside = Cluster(quick, field_owner=FIELD_OWNER)
        is_reported = self.settings.pod.tracking_url is not None
        reconciler = Reconciler(
            cluster=self.cluster,
            store=self.store,
            catalog=self.catalog,
            settings=self.settings,
            metrics=self.metrics,
            recorder=EventRecorder(beside, self.metrics, self.settings.identity),
            progress=LogProgress(beside, 0 if is_reported else self.settings.progress_poll_seconds),
        )
        self.workers = Workers(self.queue, reconciler, self.metrics, self.settings.workers)
        self.resync = Resync(
            self.cluster, self.store, self.feed, self.metrics, self.settings.namespaces
        )

    def _make_leadership(self) -> None:
        seconds = self.settings.lease_seconds
        transport = Transport(
            self._client,
            self.metrics,
            timeout_seconds=request_timeout_seconds(seconds),
            delays_seconds=(),
        )
        lock = LeaseLock(
            transport, self.settings.lease_name, self.settings.own_namespace, self.settings.identity
        )
        self.metrics.is_leader.set(0)
        self.leadership = Leadership(lock, lease_seconds=seconds, tell=self.metrics.is_leader.set)

    async def run(self) -> None:
        """Run until asked to stop by a signal.

        Raises:
            Exception: a part has failed for good.
        """
        await self.cluster.check_installed()
        ports = {
            "health_port": self.settings.health_port,
            "metrics_port": self.settings.metrics_port,
        }
        async with serve_http(self.health, self.metrics.registry, **ports), self._beside():
            await kopf.operator(
                registry=build_registry(self.feed, self.pulse, self._end),
                settings=kopf_settings(self.settings),
                memories=self._memories,
                standalone=True,
                clusterwide=not self.settings.namespaces,
                namespaces=self.settings.namespaces,
            )

    @contextlib.asynccontextmanager
    async def _beside(self) -> AsyncIterator[None]:
        """Run everything but the watches beside them; the first part that fails ends all."""
        mine = asyncio.current_task()
        self._parts = [
            asyncio.create_task(part, name=name)
            for name, part in (
                ("loop lag", self.health.measure()),
                ("plugins", self._follow_plugins()),
                ("resync", self._resync()),
                ("leadership", self.leadership.take_part(self._act)),
                ("job counts", self._count_jobs()),
            )
        ]
        failures: list[BaseException] = []

        def notice(task: asyncio.Task[None]) -> None:
            if not task.cancelled() and (error := task.exception()) is not None:
                failures.append(error)
                if mine is not None:
                    mine.cancel()

        for part in self._parts:
            part.add_done_callback(notice)
        try:
            yield
        except asyncio.CancelledError:
            if not failures:
                raise
            raise failures[0] from None
        finally:
            await self._end()

    async def _end(self) -> None:
        """Stop all work and give the lease up; what is done already stays done."""
        parts, self._parts = self._parts, []
        for part in parts:
            part.cancel()
        await asyncio.gather(*parts, return_exceptions=True)
        if parts:
            await self.leadership.release()

    async def _act(self) -> None:
        """Do the leader's work, once everything is known."""
        await self._until_ready()
        for key in self.store:
            self.queue.add(key)
        await self.workers.work()

    async def _resync(self) -> None:
        """Compare with the API server now and then, but not with what is still being listed."""
        await self._until_ready()
        await self.resync.repeat(self.settings.resync_seconds)

    async def _until_ready(self) -> None:
        while not self.health.check_ready().is_well:  # noqa: ASYNC110 - Kopf gives no such event
            await asyncio.sleep(_LOOK_SECONDS)

    async def _follow_plugins(self) -> None:
        def plan_all_again() -> None:
            for key in self.store:
                stored = self.store.training_job(key)
                if stored is not None and stored.phase in {None, "Pending"}:
                    self.queue.add(key)

        await self.catalog.follow(self.settings.plugin_poll_seconds, plan_all_again)

    async def _count_jobs(self) -> None:
        """Keep the number of jobs in each phase up to date."""
        while True:
            counts: dict[tuple[str, str], int] = {}
            for key in self.store:
                stored = self.store.training_job(key)
                labels = (key.namespace, (stored.phase if stored else None) or "Pending")
                counts[labels] = counts.get(labels, 0) + 1
            self.metrics.jobs.clear()
            for labels, count in counts.items():
                self.metrics.jobs.labels(*labels).set(count)
            await asyncio.sleep(10)
