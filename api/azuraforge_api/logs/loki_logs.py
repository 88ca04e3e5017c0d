"""What a job's trainers printed, read from Loki, which keeps it when pods are long gone."""

import asyncio
import logging
import re
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx

from azuraforge_api.backends.backend import LogLine
from azuraforge_api.database.database import Database
from azuraforge_api.jobs.links import log_query
from azuraforge_api.jobs.repository import find_job
from azuraforge_api.jobs.tables import JobRow
from azuraforge_api.settings import Settings
from azuraforge_contract.status import Phase

__all__ = ["LokiLogs", "LokiUnavailableError", "open_loki"]

_PAGE_LINES: Final = 1000
_LOOK_SECONDS: Final = 1.0
_QUIET_LOOKS: Final = 5
"""After a job's end its last lines are still on their way for some seconds."""
_BEFORE: Final = timedelta(minutes=1)
_SECOND: Final = 1_000_000_000
_TIMEOUT: Final = httpx.Timeout(20.0, connect=3.0)
_POD_NAME: Final = re.compile(r".+-(\d+)-[a-z0-9]{5}")
_logger: Final = logging.getLogger("azuraforge.api.logs")


class LokiUnavailableError(Exception):
    """Loki cannot be asked, or knows nothing of the job."""


@dataclass(frozen=True)
class _Line:
    time: int
    attempt: int
    text: str


@dataclass(frozen=True)
class LokiLogs:
    """Logs in Loki.

    Attributes:
        http: sends requests.
        url: Loki's address.
        authorization: value of that header; None: it is not sent.
        database: says whether a job has ended.
    """

    http: httpx.AsyncClient
    url: str
    authorization: str | None
    database: Database

    async def read(
        self, job: JobRow, *, attempt: int | None, follow: bool
    ) -> AsyncIterator[LogLine]:
        """Return a job's lines, oldest first.

        The first page is asked for before this returns: the caller can still look elsewhere.

        Raises:
            LokiUnavailableError: Loki does not answer, or has no line of the job.
        """
        reading = _Reading(self, job, attempt)
        try:
            first = await reading.next_page()
        except httpx.HTTPError as error:
            _logger.warning("Loki: %r", error, extra={"event": "loki_unavailable"})
            raise LokiUnavailableError(str(error)) from error
        if not first:
            raise LokiUnavailableError(f"no line of {job.name}")
        return reading.lines(first, follow=follow)

    async def ask(self, query: str, start: int) -> list[dict[str, Any]]:
        """Return the streams of a query from a time on, a page of lines at most, oldest first."""
        asked: dict[str, str | int] = {
            "query": query,
            "start": start,
            "end": int((datetime.now(UTC) + timedelta(minutes=1)).timestamp() * _SECOND),
            "limit": _PAGE_LINES,
            "direction": "forward",
        }
        headers = {} if self.authorization is None else {"Authorization": self.authorization}
        address = f"{self.url.rstrip('/')}/loki/api/v1/query_range"
        answer = await self.http.get(address, params=asked, headers=headers, timeout=_TIMEOUT)
        streams: list[dict[str, Any]] = answer.raise_for_status().json()["data"]["result"]
        return streams

    async def has_ended(self, uid: str) -> bool:
        """Return whether nothing more will be printed."""
        async with self.database.read() as session:
            row = await find_job(session, uid)
        return row is None or row.gone_at is not None or Phase(row.phase).is_terminal


def open_loki(settings: Settings, http: httpx.AsyncClient, database: Database) -> LokiLogs | None:
    """Return the reader of the Loki that the settings name, or None."""
    if settings.loki_url is None:
        return None
    secret = settings.loki_authorization
    return LokiLogs(
        http, settings.loki_url, None if secret is None else secret.get_secret_value(), database
    )


class _Reading:
    """One reader's way through a job's lines."""

    def __init__(self, logs: LokiLogs, job: JobRow, attempt: int | None) -> None:
        self._logs = logs
        self._uid = job.uid
        self._query = log_query(job, attempt)
        self._start = int((job.created_at - _BEFORE).timestamp() * _SECOND)
        self._at_start: Counter[_Line] = Counter()
        """Lines of the very time from which on the next page is asked for; they come again."""
        self._numbers: Counter[int] = Counter()

    async def lines(self, page: list[_Line], *, follow: bool) -> AsyncIterator[LogLine]:
        """Yield a page that was read and all that follow."""
        quiet = 0
        while True:
            for line in page:
                self._numbers[line.attempt] += 1
                yield LogLine(line.attempt, self._numbers[line.attempt], line.text)
            if not page:
                if not follow or quiet >= _QUIET_LOOKS:
                    return
                quiet = quiet + 1 if await self._logs.has_ended(self._uid) else 0
                await asyncio.sleep(_LOOK_SECONDS)
            page = await self._next_page_or_wait(follow=follow)

    async def next_page(self) -> list[_Line]:
        """Return the next lines; none where there are no more yet."""
        streams = await self._logs.ask(self._query, self._start)
        lines = sorted(
            (
                _Line(int(stamp), _attempt_of(stream["stream"]), text)
                for stream in streams
                for stamp, text in stream["values"]
            ),
            key=lambda line: line.time,
        )
        fresh = self._unseen(lines)
        if fresh:
            last = fresh[-1].time
            if last != self._start:
                self._start, self._at_start = last, Counter()
            self._at_start.update(line for line in fresh if line.time == last)
        return fresh

    def _unseen(self, lines: list[_Line]) -> list[_Line]:
        seen = Counter(self._at_start)
        fresh = []
        for line in lines:
            if seen[line] > 0:
                seen[line] -= 1
            else:
                fresh.append(line)
        return fresh

    async def _next_page_or_wait(self, *, follow: bool) -> list[_Line]:
        """Return the next lines; a Loki that goes away meanwhile is asked again while we follow."""
        try:
            return await self.next_page()
        except httpx.HTTPError as error:
            _logger.warning("Loki: %r", error, extra={"event": "loki_unavailable"})
            if not follow:
                raise
            return []


def _attempt_of(labels: dict[str, str]) -> int:
    """Return the attempt that printed a line: a field of it, else a part of its pod's name."""
    pod = _POD_NAME.fullmatch(labels.get("k8s_pod_name", ""))
    found = labels.get("attempt") or (pod[1] if pod else "0")
    return int(found) if found.isdecimal() else 0
