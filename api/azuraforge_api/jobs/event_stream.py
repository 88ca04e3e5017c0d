"""A job's events as server-sent events, from any of them on to the job's end.

The stream tells two kinds: ``run`` (what the trainer wrote, identity ATTEMPT.SEQUENCE, which
``Last-Event-ID`` takes up again) and ``status`` (the job's status at its changes, without
identity). A comment every few seconds keeps proxies from closing a quiet stream.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Final

from azuraforge_api.database.database import Database
from azuraforge_api.jobs.feed import JobFeed
from azuraforge_api.jobs.service import get_job, status_of
from azuraforge_api.jobs.tables import JobRow
from azuraforge_api.problems.problem import Problem
from azuraforge_api.tracking.service import read_events
from azuraforge_contract.status import Phase

__all__ = ["parse_event_id", "stream_events"]

_EVENT_ID: Final = re.compile(r"([0-9]{1,9})\.([0-9]{1,15})")
_LINE_END: Final = re.compile(r"\r\n|[\r\n]")
_LOOK_SECONDS: Final = 5.0
"""How often the store is looked at without a call: other processes of the service write too."""
_LAST_WORDS_SECONDS: Final = 2.0
"""After a job's end its last events are still taken up from the run's folder."""
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
    database: Database, feed: JobFeed, uid: str, after: tuple[int, int]
) -> AsyncIterator[bytes]:
    """Send events as they are stored; ends when the job has ended and all was sent."""
    version = 0
    has_ended = False
    with feed.follow(uid) as follower:
        while True:
            async with database.read() as session:
                job = await get_job(session, uid)
                events = await read_events(session, job.id, after=after)
            for event in events:
                after = (event.attempt, event.sequence)
                yield _message("run", event.line, identity=f"{event.attempt}.{event.sequence}")
            if job.version != version:
                version = job.version
                yield _message("status", json.dumps(status_of(job), ensure_ascii=False))
            if events:
                continue
            if has_ended:
                return
            has_ended = Phase(job.phase).is_terminal or job.gone_at is not None
            if has_ended:
                await asyncio.sleep(_LAST_WORDS_SECONDS if _ended_just_now(job) else 0)
            elif not await follower.wait(timeout_seconds=_LOOK_SECONDS):
                yield b": still here\n\n"


def _ended_just_now(job: JobRow) -> bool:
    ended = job.finished_at or job.gone_at
    return ended is None or datetime.now(UTC) - ended < _FRESH


def _message(kind: str, data: str, *, identity: str | None = None) -> bytes:
    # The stream knows three line ends; Python's `splitlines` knows more, and would break up texts.
    lines = [f"event: {kind}", *(f"data: {line}" for line in _LINE_END.split(data))]
    if identity is not None:
        lines.insert(0, f"id: {identity}")
    return ("\n".join(lines) + "\n\n").encode()
