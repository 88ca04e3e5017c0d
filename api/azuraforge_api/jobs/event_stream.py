"""A job's events as server-sent events, from any of them on to the job's end.

The stream tells two kinds: ``run`` (what the trainer wrote, identity ATTEMPT.SEQUENCE, which
``Last-Event-ID`` takes up again) and ``status`` (the job's status at its changes, without
identity). A comment every few seconds keeps proxies from closing a quiet stream.
"""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from typing import Final

from azuraforge_api.database.database import Database
from azuraforge_api.jobs.feed import Follower, JobFeed
from azuraforge_api.jobs.service import get_job, status_of
from azuraforge_api.jobs.tables import JobRow
from azuraforge_api.problems.problem import Problem
from azuraforge_api.tracking.service import StoredEvent, read_events
from azuraforge_contract.status import Phase

__all__ = ["parse_event_id", "stream_events"]

_EVENT_ID: Final = re.compile(r"([0-9]{1,9})\.([0-9]{1,15})")
_LINE_END: Final = re.compile(r"\r\n|[\r\n]")
_LOOK_SECONDS: Final = 5.0
"""How often the store is looked at without a call: other processes of the service write too."""
_LAST_WORDS_SECONDS: Final = 2.0
"""After a job's end its last events are still taken up from the run's folder."""
_PATIENCE_SECONDS: Final = 10.0
"""So long later events wait for earlier ones that are on their way."""
_GAP_LOOK_SECONDS: Final = 0.5
_FRESH: Final = timedelta(minutes=1)
"""Who asks later than that waits for nothing."""


def parse_event_id(text: str | None) -> tuple[int, int]:
    """Return attempt and sequence of ``Last-Event-ID``; before the first event where there is none.

    Raises:
        Problem: it is not one of this stream's.
    """
    if not text:
        return (0, -1)
    identity = _EVENT_ID.fullmatch(text)
    if identity is None:
        raise Problem(
            "invalid-request",
            f"Last-Event-ID: should be ATTEMPT.SEQUENCE, got {text[:40]!r}.",
            remedy="Send the id of an event of this stream, or none to have them all.",
        )
    return (int(identity[1]), int(identity[2]))


async def stream_events(
    database: Database,
    feed: JobFeed,
    uid: str,
    after: tuple[int, int],
    *,
    look: Callable[[], Awaitable[object]],
) -> AsyncIterator[bytes]:
    """Send events in the order they were written; ends when the job has ended and all was sent.

    Events may be stored out of order: a trainer posts on, to a service that was away for a while
    and has not read the run's files yet. Whoever follows gets none before those that precede it.

    Args:
        database: where events are stored.
        feed: wakes at changes.
        uid: the job.
        after: attempt and sequence number of the last event known.
        look: takes up what is new in the run's folder.
    """
    version = 0
    with feed.follow(uid) as follower:
        pause = _Pause(follower, look)
        while True:
            async with database.read() as session:
                job = await get_job(session, uid)
                found = await read_events(session, job.id, after=after)
            events = _unbroken(after, found, over_gap=pause.gap_given_up)
            for event in events:
                after = (event.attempt, event.sequence)
                yield _message("run", event.line, identity=f"{event.attempt}.{event.sequence}")
            if job.version != version:
                version = job.version
                yield _message("status", json.dumps(status_of(job), ensure_ascii=False))
            if events:
                pause.forget_gap()
                continue
            match await pause.wait(job, found[0] if found else None):
                case _Waited.QUIET:
                    yield b": still here\n\n"
                case _Waited.TO_THE_END:
                    return


class _Waited(Enum):
    """What came of a wait."""

    NEWS = auto()
    """Look again."""
    QUIET = auto()
    """Nothing for a while."""
    TO_THE_END = auto()
    """The job has ended, and no more will come."""


class _Pause:
    """Waits for what a stream sends next.

    Args:
        follower: wakes at changes.
        look: takes up what is new in the run's folder, where nothing is missing.
    """

    def __init__(self, follower: Follower, look: Callable[[], Awaitable[object]]) -> None:
        self._follower, self._look = follower, look
        self._has_ended = False
        self._gap_since: float | None = None
        self.gap_given_up = False
        """Whether the stream goes on without events that should have come first."""

    def forget_gap(self) -> None:
        """The stream went on."""
        self._gap_since, self.gap_given_up = None, False

    async def wait(self, job: JobRow, held_back: StoredEvent | None) -> _Waited:
        """Wait for what comes next.

        Args:
            job: as it was a moment ago.
            held_back: a stored event that others should precede.
        """
        is_over = Phase(job.phase).is_terminal or job.gone_at is not None
        is_fresh = not is_over or _ended_just_now(job)
        if held_back is not None:
            await self._wait_for_gap(held_back, _PATIENCE_SECONDS if is_fresh else 0)
            return _Waited.NEWS
        if not is_over:
            came = await self._follower.wait(timeout_seconds=_LOOK_SECONDS)
            return _Waited.NEWS if came else _Waited.QUIET
        if self._has_ended:
            return _Waited.TO_THE_END
        self._has_ended = True
        if is_fresh:
            await asyncio.sleep(_LAST_WORDS_SECONDS)
            await self._look()
        return _Waited.NEWS

    async def _wait_for_gap(self, held_back: StoredEvent, patience_seconds: float) -> None:
        now = time.monotonic()
        if self._gap_since is None:
            self._gap_since = now
        # Whether the attempt before wrote more than is stored, only its file can tell: one look.
        elif held_back.sequence == 0 or now - self._gap_since >= patience_seconds:
            self.gap_given_up = True
            return
        else:
            await self._follower.wait(timeout_seconds=_GAP_LOOK_SECONDS)
        await self._look()


def _unbroken(
    after: tuple[int, int], events: Sequence[StoredEvent], *, over_gap: bool
) -> list[StoredEvent]:
    """Return the events up to the first that does not follow its forerunner at once.

    Args:
        after: attempt and sequence number of the last one sent.
        events: all after it.
        over_gap: whether the first one is sent wherever it stands.
    """
    attempt, sequence = after
    unbroken = []
    for event in events:
        if (event.attempt, event.sequence) != (attempt, sequence + 1) and not over_gap:
            break
        over_gap = False
        attempt, sequence = event.attempt, event.sequence
        unbroken.append(event)
    return unbroken


def _ended_just_now(job: JobRow) -> bool:
    ended = job.finished_at or job.gone_at
    return ended is None or datetime.now(UTC) - ended < _FRESH


def _message(kind: str, data: str, *, identity: str | None = None) -> bytes:
    # The stream knows three line ends; Python's `splitlines` knows more, and would break up texts.
    lines = [f"event: {kind}", *(f"data: {line}" for line in _LINE_END.split(data))]
    if identity is not None:
        lines.insert(0, f"id: {identity}")
    return ("\n".join(lines) + "\n\n").encode()
