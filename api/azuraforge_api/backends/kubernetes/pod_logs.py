"""What the trainers of a cluster's job printed, read from their pods by way of the API server.

A pod's log goes with the pod. Where it is gone, or cannot be had, a line numbered 0 says so:
nothing here waits for what will never come.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from azuraforge_api.backends.backend import LogLine
from azuraforge_api.backends.kubernetes.cluster_access import ClusterAccess
from azuraforge_api.backends.local.log_files import read_log_files
from azuraforge_api.database.database import Database
from azuraforge_api.jobs.repository import find_job
from azuraforge_api.jobs.tables import JobRow
from azuraforge_cluster.errors import ClusterError, NotFoundError, RefusedError
from azuraforge_cluster.names import ATTEMPT_LABEL, CONTAINER
from azuraforge_cluster.resources import PODS
from azuraforge_cluster.transport import Request
from azuraforge_contract.status import Phase
from azuraforge_local.attempt_files import AttemptFiles

__all__ = ["PodLogs"]

_LOOK_SECONDS: Final = 1.0
_TROUBLE_SECONDS: Final = 5.0
_SILENCE_SECONDS: Final = 60.0
"""A trainer may be silent for long; then it is asked again from the last line on."""
_logger: Final = logging.getLogger("azuraforge.api.kubernetes")


@dataclass(frozen=True)
class PodLogs:
    """Logs of jobs.

    Attributes:
        access: the cluster.
        database: says which attempts a job has had.
        folder_of: where a run's files lie, None where they are out of reach.
    """

    access: ClusterAccess
    database: Database
    folder_of: Callable[[str], Path | None]

    async def read(self, uid: str, *, attempt: int | None, follow: bool) -> AsyncIterator[LogLine]:
        """Read a job's logs, oldest attempt first; see `Backend.read_logs`."""
        index = attempt or 0
        while True:
            job = await self.find_job(uid)
            if job is None:
                return
            if index < _attempts(job):
                reading = _Reading(self, job, index)
                async with aclosing(reading.lines(follow=follow)) as lines:
                    async for line in lines:
                        yield line
                if attempt is not None:
                    return
                index += 1
            elif follow and not _has_ended(job):
                await asyncio.sleep(_LOOK_SECONDS)
            else:
                return

    async def find_job(self, uid: str) -> JobRow | None:
        """Return the job as the mirror has it now."""
        async with self.database.read() as session:
            return await find_job(session, uid)


class _Reading:
    """The log of one attempt, from the first line not yet read on."""

    def __init__(self, logs: PodLogs, job: JobRow, attempt: int) -> None:
        self._logs = logs
        self._job = job
        self._attempt = attempt
        self._number = 0
        self._last_time = ""
        self._pause = _LOOK_SECONDS
        self._is_done = False
        self._is_gone = False
        """Whether the attempt's pod is not there."""
        self._has_more = False
        """Whether the pod is to be looked at again, whatever has become of the job."""

    async def lines(self, *, follow: bool) -> AsyncGenerator[LogLine, None]:
        """Read what is there; follow it to the attempt's end."""
        while True:
            async with aclosing(self._look(follow=follow)) as found:
                async for line in found:
                    yield line
            if self._is_done:
                return
            if not self._has_more and (not follow or await self._is_over()):
                break
            await asyncio.sleep(self._pause)
        async for line in self._left_behind():
            yield line

    async def _look(self, *, follow: bool) -> AsyncGenerator[LogLine, None]:
        """Read on from the pod, if it is there and lets us."""
        self._pause, self._has_more = _LOOK_SECONDS, False
        try:
            pod = await self._find_pod()
            self._is_gone = pod is None
            state = _state(pod)
            if pod is None or state not in {"running", "terminated"}:
                return
            async with aclosing(self._stream(pod, follow=follow)) as found:
                async for line in found:
                    yield line
            self._is_done = not follow or state == "terminated"
            self._has_more = not self._is_done  # it ended, or was silent: its state tells which
        except NotFoundError:
            self._is_gone = True
        except RefusedError as error:  # the container has not begun after all
            _logger.info("log of %s: %s", self._job.name, error, extra={"event": "log_refused"})
        except ClusterError as error:
            self._pause = _TROUBLE_SECONDS
            if not follow:
                self._is_done = True
                yield self._notice(f"The log cannot be read now: {error}")

    async def _find_pod(self) -> dict[str, Any] | None:
        """Return the attempt's pod; the newest where there are several."""
        pods = await self._logs.access.cluster.list_pods(self._job.namespace, self._job.uid)
        wanted = str(self._attempt)
        found = [pod for pod in pods if pod["metadata"]["labels"].get(ATTEMPT_LABEL) == wanted]
        return max(found, key=lambda pod: str(pod["metadata"]["creationTimestamp"]), default=None)

    async def _stream(self, pod: dict[str, Any], *, follow: bool) -> AsyncGenerator[LogLine, None]:
        parameters = [("container", CONTAINER), ("timestamps", "true")]
        parameters += [("follow", "true")] if follow else []
        parameters += [("sinceTime", self._last_time)] if self._last_time else []
        request = Request(
            verb="get",
            resource="pods/log",
            path=PODS.path(self._job.namespace, pod["metadata"]["name"], "log"),
            query={"query_params": parameters, "header_params": {"Accept": "*/*"}},
        )
        since = self._last_time
        lines = self._logs.access.transport.stream(request, silence_seconds=_SILENCE_SECONDS)
        async with aclosing(lines):
            async for content in lines:
                time, _, text = content.decode("utf-8", errors="replace").partition(" ")
                if time <= since:  # the API server counts from the whole second on
                    continue
                self._last_time = time
                self._number += 1
                yield LogLine(self._attempt, self._number, text.rstrip("\r"))

    async def _is_over(self) -> bool:
        """Whether nothing more will come of the attempt: it, or the whole job, has ended."""
        job = await self._logs.find_job(self._job.uid)
        return job is None or _has_ended(job) or not _is_open(job, self._attempt)

    async def _left_behind(self) -> AsyncIterator[LogLine]:
        """Read what an attempt without a pod has left in the run's folder; else say it is gone."""
        if self._number or not self._is_gone:
            return
        folder = await asyncio.to_thread(self._logs.folder_of, self._job.uid)
        if folder is not None and AttemptFiles(folder, self._attempt).log_file.is_file():
            async for line in read_log_files(folder, attempt=self._attempt, has_ended=lambda: True):
                yield line
            return
        yield self._notice(
            f"The pod of attempt {self._attempt} is gone, and its log with it. "
            "Where the cluster collects logs, its log store has it."
        )

    def _notice(self, text: str) -> LogLine:
        return LogLine(self._attempt, 0, f"[AzuraForge] {text}")


def _state(pod: dict[str, Any] | None) -> str | None:
    """Return the state of a pod's trainer: waiting, running or terminated; None: there is none."""
    statuses = (pod or {}).get("status", {}).get("containerStatuses", ())
    states = [each.get("state") or {} for each in statuses if each["name"] == CONTAINER]
    return next(iter(states[0]), None) if states else None


def _attempts(job: JobRow) -> int:
    """Return how many attempts a job has had."""
    return int(job.status.get("nextAttempt") or 0)


def _has_ended(job: JobRow) -> bool:
    return Phase(job.phase).is_terminal or job.gone_at is not None


def _is_open(job: JobRow, attempt: int) -> bool:
    """Whether an attempt has not ended as far as is known."""
    known = {each["index"]: each for each in job.status.get("attempts", ())}
    return not known.get(attempt, {}).get("reason") and attempt == _attempts(job) - 1
