"""Takes up what is new in a run's folder: the same for live tail, replay, import and sweep.

The folder is the truth and the database a copy, so that whatever was missed (the service was down,
the database away, a post lost) is taken up by looking again.
"""

import asyncio
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from azuraforge_api.database.database import Database
from azuraforge_api.jobs.feed import JobFeed
from azuraforge_api.jobs.repository import find_job
from azuraforge_api.models.registration import publish_run
from azuraforge_api.tracking.service import append_events
from azuraforge_contract.run_folder import RunFolder

__all__ = ["RunIngest"]

_EVENT_FILE: Final = re.compile(r"(\d{1,9})\.jsonl")
_PIECE_BYTES: Final = 1024 * 1024
"""Events stored in one transaction."""


@dataclass
class RunIngest:
    """Remembers how far each event file was read, so that a look costs little.

    Attributes:
        database: the service's.
        feed: told of runs with new events.
    """

    database: Database
    feed: JobFeed
    _offsets: dict[Path, int] = field(default_factory=dict, init=False)
    _settled: set[str] = field(default_factory=set, init=False)
    """Runs whose model is in the library, or never will be."""

    async def look(self, uid: str, folder: Path) -> int:
        """Store what is new in a run's folder; return how many events were new."""
        stored = 0
        for attempt, path in await asyncio.to_thread(_event_files, folder):
            stored += await self._take_up(uid, attempt, path)
        published = uid not in self._settled and await publish_run(self.database, uid, folder)
        if published:
            self._settled.add(uid)
        if stored or published:
            self.feed.publish(uid)
        return stored

    async def _take_up(self, uid: str, attempt: int, path: Path) -> int:
        stored = 0
        while content := await asyncio.to_thread(_read, path, self._offsets.get(path, 0)):
            async with self.database.write() as session:
                job = await find_job(session, uid)
                if job is None:
                    return stored
                appended = await append_events(session, job, attempt, content.splitlines())
            self._offsets[path] = self._offsets.get(path, 0) + len(content)
            stored += appended.stored
        return stored


def _event_files(folder: Path) -> list[tuple[int, Path]]:
    events = RunFolder(folder).events
    matches = [(_EVENT_FILE.fullmatch(path.name), path) for path in events.glob("*.jsonl")]
    return sorted(
        (int(match[1]), path) for match, path in matches if match and not path.is_symlink()
    )


def _read(path: Path, offset: int) -> bytes:
    """Return the next whole lines of a file."""
    try:
        with path.open("rb") as file:
            file.seek(offset)
            content = file.read(_PIECE_BYTES)
    except FileNotFoundError:
        return b""
    return content[: content.rfind(b"\n") + 1]
