"""The workers of the leader: each takes the next job and gives it its turn."""

import asyncio
import logging
import time
from typing import Final

from azuraforge_cluster.errors import ClusterError, ConflictError, UnavailableError
from azuraforge_operator.metrics import Metrics
from azuraforge_operator.reconciling.job_key import JobKey
from azuraforge_operator.reconciling.reconciler import Reconciler
from azuraforge_operator.reconciling.work_queue import WorkQueue

__all__ = ["Workers"]

_logger: Final = logging.getLogger("azuraforge.reconciler")


class Workers:
    """Works on the queue.

    Args:
        queue: whose turn it is.
        reconciler: gives the turns.
        metrics: where turns are counted.
        count: turns at the same time.
    """

    def __init__(
        self, queue: WorkQueue, reconciler: Reconciler, metrics: Metrics, count: int
    ) -> None:
        self._queue = queue
        self._reconciler = reconciler
        self._metrics = metrics
        self._count = count

    async def work(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(self._count):
                group.create_task(self._work())

    async def _work(self) -> None:
        while True:
            key = await self._queue.take()
            try:
                await self._turn(key)
            finally:
                self._queue.give_back(key)

    async def _turn(self, key: JobKey) -> None:
        self._queue.cancel_timer(key)
        began = time.perf_counter()
        try:
            again = await self._reconciler.reconcile(key)
        except ConflictError as error:
            self._fail(key, "conflict", error, logging.DEBUG)
        except UnavailableError as error:
            self._fail(key, "unavailable", error, logging.WARNING, error.retry_after_seconds)
        except ClusterError as error:
            self._fail(key, "refused", error, logging.ERROR)
        except Exception as error:  # noqa: BLE001 - one job's trouble must not stop the others
            self._fail(key, "error", error, logging.ERROR)
        else:
            self._queue.forget_failures(key)
            if again is not None:
                self._queue.add_after(key, max(again, 0.0))
        self._metrics.reconcile_seconds.observe(time.perf_counter() - began)

    def _fail(
        self,
        key: JobKey,
        result: str,
        error: Exception,
        level: int,
        at_least_seconds: float = 0.0,
    ) -> None:
        self._metrics.reconciles.labels(result).inc()
        delay = self._queue.add_failed(key, at_least_seconds=at_least_seconds)
        _logger.log(
            level,
            "The turn of %s/%s is tried again in %.1f s: %s",
            key.namespace,
            key.name,
            delay,
            error,
            exc_info=error if result == "error" else None,
            extra={"event": f"reconcile_{result}", "namespace": key.namespace, "job": key.name},
        )
