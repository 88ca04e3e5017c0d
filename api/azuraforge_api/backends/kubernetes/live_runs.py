"""Takes up what runs write into their folders while they do, where the runs' volume is mounted.

Where it is not, trainers post their events, and nothing is found here.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from azuraforge_api.backends.kubernetes.seen_jobs import SeenJob

__all__ = ["LiveRuns", "RunLook"]

_TICK_SECONDS: Final = 0.5
_LAST_LOOKS_SECONDS: Final = 20.0
"""A run is looked at for so long after its end: a volume of another node may show files late."""
_JUST_ENDED: Final = timedelta(hours=1)
_AT_ONCE: Final = 8
_logger: Final = logging.getLogger("azuraforge.api.kubernetes")

RunLook = Callable[[str, Path], Awaitable[object]]
"""Takes up what is new in a run's folder: ``look(uid, folder)``."""


class LiveRuns:
    """Runs that are under way, or have just ended.

    Args:
        folder_of: where a run's files lie, None where they are out of reach.
        look: takes up what is new there.
        clock: a monotonic time in seconds.
    """

    def __init__(
        self,
        folder_of: Callable[[str], Path | None],
        look: RunLook,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder_of = folder_of
        self._look = look
        self._clock = clock
        self._runs: dict[str, float | None] = {}
        """Run → until when it is looked at; None: for as long as it goes on."""
        self._places = asyncio.Semaphore(_AT_ONCE)

    def note(self, seen: SeenJob) -> None:
        """Begin with a job that has begun; go on for a while with one that has ended."""
        if not seen.status.phase.is_terminal:
            if seen.status.attempts:
                self._runs[seen.uid] = None
            return
        if _has_just_ended(seen.status.completion_time):
            self._runs.setdefault(seen.uid, None)  # it may have run while nobody looked
        self.end(seen.uid)

    def end(self, uid: str) -> None:
        """Go on for a while with a job that is gone."""
        if self._runs.get(uid, 0.0) is None:
            self._runs[uid] = self._clock() + _LAST_LOOKS_SECONDS

    async def follow(self) -> None:
        """Look about twice a second for ever; returns only by being cancelled."""
        while True:
            await self.look_once()
            await asyncio.sleep(_TICK_SECONDS)

    async def look_once(self) -> None:
        """Look at every run; those that have ended long enough ago are looked at once more."""
        now = self._clock()
        runs = dict(self._runs)
        await asyncio.gather(*(self.look_at(uid) for uid in runs))
        for uid, until in runs.items():
            if until is not None and until < now and self._runs.get(uid) == until:
                del self._runs[uid]

    async def sweep(self, uids: AsyncIterator[str]) -> None:
        """Take up what was missed of runs that ended while nobody looked."""
        async for uid in uids:
            await self.look_at(uid)

    async def look_at(self, uid: str) -> None:
        """Take up what is new in one run's folder, if it is in reach."""
        async with self._places:
            try:
                folder = await asyncio.to_thread(self._folder_of, uid)
                if folder is not None:
                    await self._look(uid, folder)
            except Exception as error:  # noqa: BLE001 - one damaged run, or a volume away, must not hide the others
                _logger.warning("run %s: %s", uid, error, extra={"event": "look_trouble"})


def _has_just_ended(completion_time: str | None) -> bool:
    """Whether the sweep of the service's start cannot have seen the end."""
    if completion_time is None:
        return False
    return datetime.now(UTC) - datetime.fromisoformat(completion_time) < _JUST_ENDED
