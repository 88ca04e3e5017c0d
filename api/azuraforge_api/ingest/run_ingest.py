"""Takes up what is new in a run's folder: the same for live tail, replay, import and sweep.

The folder is the truth and the database a copy, so that whatever was missed (the service was down,
the database away, a post lost) is taken up by looking again.
"""

import asyncio
import logging
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from azuraforge_api.database.database import Database
from azuraforge_api.ingest.event_reader import Position, read_piece
from azuraforge_api.jobs.feed import JobFeed
from azuraforge_api.jobs.repository import find_job
from azuraforge_api.models.registration import publish_run
from azuraforge_api.system.metrics import Metrics
from azuraforge_api.tracking.event_lines import SiftedLines, sift_lines
from azuraforge_api.tracking.service import store_events
from azuraforge_contract.run_folder import RunFolder

__all__ = ["IngestReport", "RunIngest"]

_EVENT_FILE: Final = re.compile(r"(\d{1,9})\.jsonl")
_logger: Final = logging.getLogger("azuraforge.api.ingest")


@dataclass(frozen=True)
class IngestReport:
    """What a look has found.

    Attributes:
        stored: events that were new.
        refused: lines that are no events, of all that was read of the run so far.
    """

    stored: int
    refused: int


@dataclass
class _Seen:
    """What was read of a run's files.

    Attributes:
        positions: attempt → how far.
        refused: attempt → lines that were no events.
    """

    positions: dict[int, Position] = field(default_factory=dict)
    refused: dict[int, int] = field(default_factory=dict)


@dataclass
class RunIngest:
    """Remembers how far each event file was read, so that a look costs little.

    Attributes:
        database: the service's.
        feed: told of runs with new events.
        metrics: count them.
    """

    database: Database
    feed: JobFeed
    metrics: Metrics
    _seen: dict[str, _Seen] = field(default_factory=dict, init=False)
    _settled: set[str] = field(default_factory=set, init=False)
    """Runs whose model is in the library, or never will be."""

    async def look(self, uid: str, folder: Path) -> IngestReport:
        """Store what is new in a run's folder.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: the database is away; whoever looks again finds all.
        """
        seen = self._seen.setdefault(uid, _Seen())
        stored = 0
        try:
            for attempt in await asyncio.to_thread(_attempts, folder):
                stored += await self._take_up(uid, folder, attempt, seen)
            published = uid not in self._settled and await publish_run(self.database, uid, folder)
        except BaseException:
            # A database that comes back may have lost what it had promised last (a failover), so
            # the files are read again from the beginning; what it does have is not stored twice.
            self._seen.pop(uid, None)
            raise
        if published:
            self._settled.add(uid)
        if stored or published:
            self.feed.publish(uid)
        return IngestReport(stored, sum(seen.refused.values()))

    async def _take_up(self, uid: str, folder: Path, attempt: int, seen: _Seen) -> int:
        stored, path = 0, f"{RunFolder(folder).events.name}/{attempt}.jsonl"
        position = seen.positions.get(attempt, Position())
        while (piece := await asyncio.to_thread(read_piece, folder, path, position)) is not None:
            found = sift_lines(piece.lines, run=uid, attempt=attempt)
            async with self.database.write() as session:
                job = await find_job(session, uid)
                if job is None:
                    return stored
                appended = await store_events(session, job.id, attempt, found.events)
            self.metrics.note_events(appended)
            stored += appended.stored
            if piece.is_first:
                seen.refused[attempt] = 0
            seen.positions[attempt] = position = piece.after
            self._note_refused(seen, f"{uid}/{path}", attempt, found)
        return stored

    def _note_refused(self, seen: _Seen, path: str, attempt: int, found: SiftedLines) -> None:
        """Count lines that are no events; the first of a file is told in the log."""
        if found.refusals and not seen.refused.get(attempt):
            facts = {"event": "event_line_refused", "job": path.partition("/")[0]}
            _logger.warning(
                "%s: a line is no event, left out: %s", path, found.refused, extra=facts
            )
        seen.refused[attempt] = seen.refused.get(attempt, 0) + found.refusals


def _attempts(folder: Path) -> list[int]:
    """Return the attempts that have an event file."""
    try:
        names = [path.name for path in RunFolder(folder).events.iterdir()]
    except OSError:
        return []
    return sorted(int(match[1]) for name in names if (match := _EVENT_FILE.fullmatch(name)))
