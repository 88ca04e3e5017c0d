"""A stream tells events in the order they were written, whatever order they were stored in."""

import itertools
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from azuraforge_api.jobs import event_stream
from azuraforge_api.jobs.event_stream import stream_events
from azuraforge_api.tracking.event_lines import sift_lines
from azuraforge_api.tracking.service import store_events
from azuraforge_api_harness.jobs import stored_job
from azuraforge_api_harness.service import Service

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("settings", ["sqlite"], indirect=True)]


class Run:
    """A run whose events are stored by hand, and what its folder would still give."""

    def __init__(self, service: Service, uid: str) -> None:
        self.service, self.uid = service, uid
        self.in_folder: list[str] = []
        self.looks = itertools.count()

    async def store(self, *identities: str) -> None:
        """Store events by ATTEMPT.SEQUENCE, and wake whoever follows."""
        for identity in identities:
            attempt, sequence = map(int, identity.split("."))
            event = {
                "formatVersion": 1, "type": "step", "run": self.uid, "attempt": attempt,
                "sequence": sequence, "time": "2026-01-01T00:00:00Z", "epoch": 1,
                "step": sequence, "loss": 0.5, "learningRate": 0.001,
            }  # fmt: skip
            found = sift_lines([json.dumps(event).encode()], run=self.uid, attempt=attempt)
            async with self.service.database.write() as session:
                job = await self.service.job(session, self.uid)
                await store_events(session, job.id, attempt, found.events)
        self.service.app.state.feed.publish(self.uid)

    async def look(self) -> None:
        """Take up what the folder has."""
        next(self.looks)
        await self.store(*self.in_folder)
        self.in_folder = []

    async def end(self) -> None:
        """End the job now."""
        async with self.service.database.write() as session:
            job = await self.service.job(session, self.uid)
            job.phase, job.finished_at = "Succeeded", datetime.now(UTC)
        self.service.app.state.feed.publish(self.uid)

    async def told(self) -> AsyncIterator[str]:
        """Follow the run: the identities of its events."""
        state = self.service.app.state
        stream = stream_events(self.service.database, state.feed, self.uid, (0, -1), look=self.look)
        async for message in stream:
            for line in message.decode().splitlines():
                if line.startswith("id: "):
                    yield line.removeprefix("id: ")


@pytest.fixture
async def run(service: Service, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a run without events."""
    monkeypatch.setattr(event_stream, "_LAST_WORDS_SECONDS", 0.0)
    return Run(service, await stored_job(service))


async def _all(run: Run) -> list[str]:
    return [identity async for identity in run.told()]


async def test_later_events_wait_for_earlier_ones(run: Run) -> None:
    """A trainer's newest post may be stored before those that a restart of the service lost."""
    await run.store("0.0", "0.1", "0.4")
    told = run.told()
    assert [await anext(told), await anext(told)] == ["0.0", "0.1"]
    following = anext(told)
    run.in_folder = ["0.2", "0.3"]
    assert [await following, await anext(told), await anext(told)] == ["0.2", "0.3", "0.4"]
    await run.end()
    assert [identity async for identity in told] == []


async def test_an_event_that_never_comes_holds_nothing_up_for_ever(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A damaged line of the file is no event; those behind it are told after a while."""
    monkeypatch.setattr(event_stream, "_PATIENCE_SECONDS", 0.0)
    await run.store("0.0", "0.2", "0.3", "0.7")
    await run.end()
    assert await _all(run) == ["0.0", "0.2", "0.3", "0.7"]


async def test_an_attempt_begins_when_the_one_before_it_is_told_whole(run: Run) -> None:
    """The run's folder is looked at once: only it knows what the former attempt wrote last."""
    await run.store("0.0", "1.0", "1.1")
    run.in_folder = ["0.1", "0.2"]
    await run.end()
    assert await _all(run) == ["0.0", "0.1", "0.2", "1.0", "1.1"]


async def test_an_attempt_that_wrote_nothing_is_passed_over(run: Run) -> None:
    """Nothing is waited for that cannot come."""
    await run.store("2.0", "2.1")
    await run.end()
    assert await _all(run) == ["2.0", "2.1"]


async def test_the_last_words_are_looked_for_before_the_stream_ends(run: Run) -> None:
    """Whoever follows to the end has every event of the files, however busy the service is."""
    await run.store("0.0")
    run.in_folder = ["0.1", "0.2"]
    await run.end()
    assert await _all(run) == ["0.0", "0.1", "0.2"]


async def test_a_story_long_over_is_told_without_a_look(run: Run) -> None:
    """Who reads an old run waits for nothing."""
    await run.store("0.0", "0.1")
    async with run.service.database.write() as session:
        job = await run.service.job(session, run.uid)
        job.phase, job.finished_at = "Failed", datetime(2026, 1, 1, tzinfo=UTC)
    assert await _all(run) == ["0.0", "0.1"]
    assert next(run.looks) == 0
