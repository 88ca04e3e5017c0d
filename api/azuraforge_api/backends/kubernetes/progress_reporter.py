"""Writes ``status.progress`` of running jobs, seldom, from the events that are stored.

So `kubectl get tj` shows how far jobs are without anybody reading logs. The fields have an owner of
their own; where the operator reports progress itself, its fields are left to it: the API server
refuses ours, and we ask again much later. Several processes of the service need no leader: what an
object says already is compared first, and a write names the version that was seen.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any, Final

from azuraforge_api.backends.kubernetes.event_progress import find_progress, is_due
from azuraforge_api.backends.kubernetes.seen_jobs import SeenJob, SeenJobs
from azuraforge_api.database.database import Database
from azuraforge_cluster.cluster import Cluster
from azuraforge_cluster.errors import ConflictError
from azuraforge_contract.status import Progress

__all__ = ["ProgressReporter"]

_TICK_SECONDS: Final = 1.0
_LOOK_SECONDS: Final = 5.0
_LEFT_TO_ANOTHER_SECONDS: Final = 60.0
_OWNED: Final = "Apply failed"
"""How the API server begins to say that another owner has other values."""
_logger: Final = logging.getLogger("azuraforge.api.kubernetes")


class ProgressReporter:
    """Reports progress.

    Args:
        cluster: where it is written.
        database: where the events are.
        seen: the jobs that are there.
        clock: a monotonic time in seconds.
    """

    def __init__(
        self,
        cluster: Cluster,
        database: Database,
        seen: SeenJobs,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._cluster = cluster
        self._database = database
        self._seen = seen
        self._clock = clock
        self._due: dict[str, float] = {}
        """Running job → when it is looked at again."""

    async def report(self) -> None:
        """Report for ever; returns only by being cancelled."""
        while True:
            await self.report_once()
            await asyncio.sleep(_TICK_SECONDS)

    async def report_once(self) -> None:
        """Report every running job whose turn it is."""
        running = {seen.uid: seen for seen in self._seen if seen.running_attempt is not None}
        self._due = {uid: due for uid, due in self._due.items() if uid in running}
        for uid, seen in running.items():
            if self._due.get(uid, 0.0) <= self._clock():
                pause = await self._report_one(seen)
                self._due[uid] = self._clock() + pause

    async def _report_one(self, seen: SeenJob) -> float:
        """Report one job; return after how many seconds it is looked at again."""
        attempt = seen.running_attempt
        if attempt is None:
            return _LOOK_SECONDS
        try:
            async with self._database.read() as session:
                told = await find_progress(session, seen.uid, attempt)
            if told is not None and is_due(told, seen.status.progress):
                await self._write(seen, told)
        except ConflictError as error:
            is_anothers = error.message.startswith(_OWNED)
            return _LEFT_TO_ANOTHER_SECONDS if is_anothers else _TICK_SECONDS
        except Exception as error:  # noqa: BLE001 - one job's trouble must not end all reports
            name = seen.job.metadata.name
            _logger.info("progress of %s: %s", name, error, extra={"event": "progress_trouble"})
        return _LOOK_SECONDS

    async def _write(self, seen: SeenJob, told: Progress) -> None:
        known = seen.status.progress
        document: dict[str, Any] = told.model_dump(mode="json", by_alias=True, exclude_none=True)
        await self._cluster.apply_status(
            seen.identity(),
            {"progress": document},
            is_forced=known is None or known.attempt != told.attempt,
        )
