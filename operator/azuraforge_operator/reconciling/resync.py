"""Compares the store with the API server now and then, and heals what the watches have missed.

A watch that had to begin anew says nothing of what was deleted meanwhile. Only metadata is read,
page by page, so that this stays cheap with thousands of finished jobs.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Final

from azuraforge_cluster.cluster import Cluster
from azuraforge_cluster.errors import ClusterError
from azuraforge_cluster.resources import JOBS, PODS, TRAINING_JOBS, Resource
from azuraforge_operator.metrics import Metrics
from azuraforge_operator.names import JOB_NAME_LABEL
from azuraforge_operator.reconciling.feed import Change, Feed
from azuraforge_operator.reconciling.object_store import ObjectStore

__all__ = ["Resync"]

_See = Callable[[dict[str, Any], Change], None]
_SELECTORS: Final = {TRAINING_JOBS: None, JOBS: JOB_NAME_LABEL, PODS: JOB_NAME_LABEL}
_logger: Final = logging.getLogger("azuraforge.resync")


class Resync:
    """Compares and heals.

    Args:
        cluster: what is.
        store: what the watches told.
        feed: takes in what they did not.
        metrics: where differences are counted.
        namespaces: those served; empty: all.
    """

    def __init__(
        self,
        cluster: Cluster,
        store: ObjectStore,
        feed: Feed,
        metrics: Metrics,
        namespaces: tuple[str, ...],
    ) -> None:
        self._cluster = cluster
        self._store = store
        self._feed = feed
        self._metrics = metrics
        self._scopes: tuple[str | None, ...] = namespaces or (None,)
        self._see: dict[Resource, _See] = {
            TRAINING_JOBS: feed.see_training_job,
            JOBS: feed.see_job,
            PODS: feed.see_pod,
        }

    async def repeat(self, every_seconds: float) -> None:
        """Compare again and again until cancelled."""
        while True:
            await asyncio.sleep(every_seconds)
            try:
                await self.compare()
            except ClusterError as error:
                _logger.warning("The resync has failed: %s", error, extra={"event": "resync"})

    async def compare(self) -> int:
        """Compare once; return how many objects differed.

        Raises:
            ClusterError: the API server cannot be read now.
        """
        differences = 0
        for resource, selector in _SELECTORS.items():
            differences += await self._compare(resource, selector)
        return differences

    async def _compare(self, resource: Resource, selector: str | None) -> int:
        known = self._store.versions(resource.plural)
        found: dict[tuple[str, str], str] = {}
        for scope in self._scopes:
            async for metadata in self._cluster.list_metadata(resource, scope, selector):
                found[metadata["namespace"], metadata["name"]] = metadata["resourceVersion"]
        names = {name for name in {*known, *found} if known.get(name) != found.get(name)}
        # What was told while this read is newer than what this read: no difference.
        now = self._store.versions(resource.plural)
        missed = [name for name in names if known.get(name) == now.get(name)]
        for name in missed:
            await self._heal(resource, *name)
        self._metrics.resync_differences.labels(resource.plural).inc(len(missed))
        return len(missed)

    async def _heal(self, resource: Resource, namespace: str, name: str) -> None:
        """Take in one object that may differ, as it is now."""
        raw = await self._cluster.read(resource, namespace, name)
        if raw is not None:
            self._see[resource](raw, Change.READ)
        else:
            self._feed.see_gone(resource.plural, namespace, name)
