"""What the API shows of a job's log when it reads it from Loki."""

import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from azuraforge_api.database.database import Database
from azuraforge_api.database.migrations import upgrade_schema
from azuraforge_api.jobs.repository import find_job
from azuraforge_api.jobs.tables import JobRow
from azuraforge_api.logs.loki_logs import LokiLogs, LokiUnavailableError
from azuraforge_api.settings import Settings
from azuraforge_e2e.waiting import wait_for
from azuraforge_observability_harness.loki import Loki
from azuraforge_observability_harness.pod_log import PodLog
from azuraforge_observability_harness.server import Server

pytestmark = pytest.mark.anyio

_UID = "0b5c"


@pytest.fixture
def anyio_backend() -> str:
    """Return the event loop that the service runs on."""
    return "asyncio"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """Return a database with one running job."""
    found = Database(Settings(data_dir=tmp_path).sqlalchemy_url)
    await upgrade_schema(found)
    async with found.write() as session:
        session.add(
            JobRow(
                uid=_UID, namespace="ml", name="nyc", pipeline="forecaster", created_by="ada",
                labels={}, spec={}, status={}, phase="Running", generation=1, version=1,
                created_at=datetime.now(UTC),
            )
        )  # fmt: skip
    yield found
    await found.close()


@pytest.fixture
async def reader(loki: Loki, database: Database) -> AsyncIterator[LokiLogs]:
    """Return the reader."""
    async with httpx.AsyncClient() as http:
        yield LokiLogs(http, loki.url, None, database)


async def _job(database: Database) -> JobRow:
    async with database.read() as session:
        found = await find_job(session, _UID)
    assert found is not None
    return found


def _line(attempt: int, number: int, run: str = _UID) -> str:
    return json.dumps({"level": "info", "run": run, "attempt": attempt, "message": f"{number}"})


def _messages(lines: list[str]) -> list[str]:
    return [json.loads(line)["message"] for line in lines]


async def test_a_log_of_several_pages_and_attempts_is_whole_and_in_order(
    loki: Loki, pod_logs: Path, collect: Callable[[], Server], reader: LokiLogs, database: Database
) -> None:
    """Lines of all attempts come once and in order; those of a namesake with another uid do not."""
    first = PodLog(pod_logs, "ml", "nyc-0-abcde", "pod-0", "trainer")
    first.write(*(_line(0, number) for number in range(2500)))
    first.write(_line(0, 0, run="an older job of this name"))
    second = PodLog(pod_logs, "ml", "nyc-1-abcde", "pod-1", "trainer")
    second.write(*(_line(1, number) for number in range(10)))
    collect()
    wait_for("all lines", lambda: len(loki.entries('{trainingjob="nyc"}')) >= 2511)

    found = [e async for e in await reader.read(await _job(database), attempt=None, follow=False)]
    assert _messages([e.text for e in found if e.attempt == 0]) == [str(n) for n in range(2500)]
    assert [(e.attempt, e.number) for e in found if e.attempt == 1] == [
        (1, number) for number in range(1, 11)
    ]
    only = [e async for e in await reader.read(await _job(database), attempt=1, follow=False)]
    assert _messages([e.text for e in only]) == [str(n) for n in range(10)]


async def test_what_a_library_printed_by_itself_is_among_the_lines(
    loki: Loki, pod_logs: Path, collect: Callable[[], Server], reader: LokiLogs, database: Database
) -> None:
    """Lines that are no JSON, or only look like it, are the attempt's whose pod printed them."""
    for attempt in (0, 1):
        log = PodLog(pod_logs, "ml", f"nyc-{attempt}-abcde", f"pod-{attempt}", "trainer")
        log.write(_line(attempt, 0), "CUDA error: an illegal address", "{half of a line")
    collect()
    wait_for("all lines", lambda: len(loki.entries('{trainingjob="nyc"}')) >= 6)

    job = await _job(database)
    found = [e async for e in await reader.read(job, attempt=None, follow=False)]
    printed = ["CUDA error: an illegal address", "{half of a line"]
    assert [e.text for e in found if e.attempt == 1][1:] == printed
    only = [e async for e in await reader.read(job, attempt=0, follow=False)]
    assert [e.text for e in only] == [_line(0, 0), *printed]


async def test_a_followed_log_goes_on_until_the_job_has_ended(
    loki: Loki, pod_logs: Path, collect: Callable[[], Server], reader: LokiLogs, database: Database
) -> None:
    """What is printed while somebody follows appears; the reading ends after the job's end."""
    log = PodLog(pod_logs, "ml", "nyc-0-abcde", "pod-0", "trainer")
    log.write(_line(0, 0))
    collect()
    wait_for("the first line", lambda: loki.entries('{trainingjob="nyc"}'))
    told = []
    async for line in await reader.read(await _job(database), attempt=None, follow=True):
        told.append(line.text)
        if len(told) == 1:
            log.write(_line(0, 1))
            async with database.write() as session:
                row = await find_job(session, _UID)
                assert row is not None
                row.phase = "Succeeded"
    assert _messages(told) == ["0", "1"]


async def test_without_loki_or_lines_the_caller_can_look_elsewhere(
    loki: Loki, reader: LokiLogs, database: Database
) -> None:
    """A job that Loki does not know, and a Loki that is away, are told before anything is sent."""
    job = await _job(database)
    with pytest.raises(LokiUnavailableError):
        await reader.read(job, attempt=None, follow=False)
    loki.server.kill()
    with pytest.raises(LokiUnavailableError):
        await reader.read(job, attempt=None, follow=False)
