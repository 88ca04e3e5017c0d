"""Mirrors the TrainingJobs of a namespace: list, watch, and list again where the watch is too old.

Several processes of the service may do so at the same time: the mirror takes nothing older over,
and what two of them tell alike changes nothing.
"""

import asyncio
import json
import logging
import random
from collections import Counter
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from azuraforge_api.backends.kubernetes.cluster_access import ClusterAccess
from azuraforge_api.backends.kubernetes.live_runs import LiveRuns
from azuraforge_api.backends.kubernetes.seen_jobs import SeenJob, SeenJobs, read_seen_job
from azuraforge_api.database.outage import is_outage
from azuraforge_api.jobs.mirror import JobMirror
from azuraforge_cluster.errors import ClusterError, ExpiredError, error_of_answer
from azuraforge_cluster.resources import TRAINING_JOBS
from azuraforge_cluster.transport import Request
from azuraforge_contract.training_job import TrainingJob
from azuraforge_contract.validation import explain, summarize

__all__ = ["JobWatch"]

_WATCH_SECONDS: Final = 300
"""After how long the API server is asked to end a watch; another one follows."""
_SILENCE_SECONDS: Final = 90.0
"""Bookmarks come every minute: a connection that is silent for longer is dead."""
_FIRST_PAUSE_SECONDS: Final = 0.5
_LONGEST_PAUSE_SECONDS: Final = 30.0
_MOST_REFUSALS: Final = 3
_logger: Final = logging.getLogger("azuraforge.api.kubernetes")


@dataclass
class JobWatch:
    """One namespace, watched for as long as the service runs.

    Attributes:
        access: the cluster.
        namespace: which; None: all of it.
        mirror: told of every change.
        seen: the jobs that are there.
        live: looks after those that run.
        has_listed: set once everything was told for the first time.
    """

    access: ClusterAccess
    namespace: str | None
    mirror: JobMirror
    seen: SeenJobs
    live: LiveRuns
    has_listed: asyncio.Event = field(default_factory=asyncio.Event)
    _pause: float = field(default=_FIRST_PAUSE_SECONDS, init=False)
    _version: str | None = field(default=None, init=False)
    """From where the next watch goes on; None: a list comes first."""
    _refusals: Counter[str] = field(default_factory=Counter, init=False)
    """How often the database has refused a job."""

    async def watch(self) -> None:
        """Mirror for ever; returns only by being cancelled."""
        while True:
            try:
                if self._version is None:
                    self._version = await self._list()
                    self.has_listed.set()
                await self._follow(self._version)
            except ExpiredError as error:
                _logger.info("The watch is too old: %s", error, extra={"event": "watch_expired"})
                self._version = None
            except ClusterError as error:
                await self._wait(error, "watch_trouble")
            except (SQLAlchemyError, OSError) as error:
                self._version = None  # what could not be stored is told again by a list
                await self._wait(error, "mirror_trouble")
            except Exception as error:
                _logger.exception("The watch has failed.", extra={"event": "watch_failed"})
                self._version = None
                await self._wait(error, "watch_failed")

    async def _wait(self, error: Exception, event: str) -> None:
        """Let some time pass after a failure, more and more of it while it lasts."""
        where = self.namespace or "the cluster"
        _logger.warning("Jobs of %s: %s", where, error, extra={"event": event})
        await asyncio.sleep(self._pause * random.uniform(0.5, 1.5))  # noqa: S311 - spreads load
        self._pause = min(2 * self._pause, _LONGEST_PAUSE_SECONDS)

    async def _list(self) -> str:
        """Tell of all jobs as they are, and of those that are gone; return the list's version."""
        items, version = await self.access.cluster.list_whole(TRAINING_JOBS, self.namespace)
        for raw in items:
            if not self.seen.is_known(raw):
                await self._tell(raw)
        there = {raw["metadata"]["uid"] for raw in items}
        for uid in await self.mirror.list_present(self.namespace, int(version)):
            if uid not in there:
                await self._tell_end(uid)
        self._pause = _FIRST_PAUSE_SECONDS
        return version

    async def _follow(self, version: str) -> None:
        """Tell of every change after a version, until the watch ends."""
        request = Request(
            verb="get",
            resource="trainingjobs",
            path=TRAINING_JOBS.path(self.namespace),
            query={
                "query_params": [
                    ("watch", "true"),
                    ("allowWatchBookmarks", "true"),
                    ("resourceVersion", version),
                    ("timeoutSeconds", str(_WATCH_SECONDS)),
                ]
            },
        )
        lines = self.access.transport.stream(request, silence_seconds=_SILENCE_SECONDS)
        async with aclosing(lines):
            async for line in lines:
                event = json.loads(line)
                await self._take(event["type"], event["object"])
                self._pause = _FIRST_PAUSE_SECONDS

    async def _take(self, kind: str, raw: Mapping[str, Any]) -> None:
        if kind == "ERROR":
            raise error_of_answer(int(raw.get("code") or 0), json.dumps(raw))
        if kind != "BOOKMARK":
            await self._tell(raw)
        if kind == "DELETED":
            await self._tell_end(str(raw["metadata"]["uid"]))
        self._version = str(raw["metadata"]["resourceVersion"])

    async def _tell(self, raw: Mapping[str, Any]) -> None:
        try:
            seen = read_seen_job(raw)
        except ValidationError as error:
            words = summarize(explain(error, TrainingJob))
            facts = {"event": "unreadable_job", "job": raw["metadata"].get("name")}
            _logger.warning("A job of another release is left out: %s", words, extra=facts)
            return
        if not await self._record(seen):
            return
        if seen.is_deleting:
            await self.mirror.mark_gone(seen.uid)
        self.seen.put(seen)
        self.live.note(seen)

    async def _record(self, seen: SeenJob) -> bool:
        """Tell the mirror; return whether it could keep the job.

        One that the database refuses again and again, though it answers, must not hide all others.
        """
        try:
            await self.mirror.record(seen.job, object_version=seen.number)
        except DBAPIError as error:
            self._refusals[seen.uid] += 1
            if is_outage(error) or self._refusals[seen.uid] < _MOST_REFUSALS:
                raise
            facts = {"event": "unstorable_job", "job": seen.job.metadata.name}
            _logger.warning("A job is left out: %s", error.orig, extra=facts)
            return False
        self._refusals.pop(seen.uid, None)
        return True

    async def _tell_end(self, uid: str) -> None:
        await self.mirror.mark_gone(uid, has_ended=True)
        self.seen.drop(uid)
        self.live.end(uid)
