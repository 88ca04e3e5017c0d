"""Logs of pods: of every attempt, followed to the end, and never waited for in vain."""

import asyncio
from typing import Any

import pytest

from azuraforge_api.backends.backend import LogLine
from azuraforge_api_harness.running import JOBS, until
from azuraforge_api_harness.service import Service
from azuraforge_cluster_harness.fake_api_server import FakeApiServer, pod_status, training_job

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.parametrize("settings", ["sqlite"], indirect=True),
]


def put_pod(cluster: FakeApiServer, attempt: int, log: str, **state: Any) -> None:
    """Put the pod of an attempt with its log."""
    name = f"nyc-{attempt}-pod"
    labels = {"azuraforge.io/job-uid": "u-1", "azuraforge.io/attempt": str(attempt)}
    cluster.logs[name] = log
    cluster.put("pods", {"metadata": {"name": name, "labels": labels}, "status": state})


async def put_job(
    service: Service, cluster: FakeApiServer, phase: str, *reasons: str | None
) -> None:
    """Put a job with attempts that ended for reasons, and wait until the service knows."""
    attempts = [
        {"index": index, **({"reason": reason} if reason else {})}
        for index, reason in enumerate(reasons)
    ]
    status = {"phase": phase, "nextAttempt": len(reasons), "attempts": attempts}
    cluster.put("trainingjobs", {**training_job("nyc", uid="u-1"), "status": status})

    async def is_known() -> bool:
        answer = await service.viewer.get(f"{JOBS}/u-1")
        return answer.status_code == 200 and answer.json()["status"] == status

    await until(is_known, seconds=20)


def at(second: int, text: str) -> str:
    """Return a line as the kubelet gives it."""
    return f"2026-01-01T00:00:{second:02d}.000000001Z {text}\n"


async def lines_of(service: Service, **options: Any) -> list[LogLine]:
    """Return a job's log as the backend gives it."""
    wanted = {"attempt": None, "follow": False, **options}
    return [line async for line in service.app.state.backend.read_logs("u-1", **wanted)]


async def test_every_attempt_is_read_and_a_lost_one_is_named(
    service: Service, cluster: FakeApiServer
) -> None:
    """Oldest first, without the kubelet's times; of a pod that is gone a sentence says so."""
    put_pod(cluster, 1, at(1, "one") + at(2, "two"), **pod_status("Succeeded", exit_code=0))
    await put_job(service, cluster, "Succeeded", "Evicted", "Succeeded")
    lost, *kept = await lines_of(service)
    assert (lost.attempt, lost.number) == (0, 0)
    assert "attempt 0 is gone" in lost.text
    assert kept == [LogLine(1, 1, "one"), LogLine(1, 2, "two")]
    assert await lines_of(service, attempt=1) == kept
    answer = await service.viewer.get(f"{JOBS}/u-1/logs?attempt=1")
    assert answer.text == "one\ntwo\n"


async def test_a_running_pod_is_followed_into_the_next_attempt_and_to_the_end(
    service: Service, cluster: FakeApiServer
) -> None:
    """Lines come as they are written; a broken connection costs and doubles none."""
    put_pod(cluster, 0, at(1, "one"), **pod_status("Running"))
    await put_job(service, cluster, "Running", None)
    cluster.fail("GET", "nyc-0-pod/log", "reset")
    found: list[LogLine] = []
    following = asyncio.create_task(collect(service, found))
    await until(lambda: has(found, 1), seconds=20)
    cluster.logs["nyc-0-pod"] += at(2, "two") + at(3, "three")
    await until(lambda: has(found, 3), seconds=20)
    put_pod(cluster, 0, cluster.logs["nyc-0-pod"], **pod_status("Failed", exit_code=75))
    put_pod(cluster, 1, at(9, "again"), **pod_status("Succeeded", exit_code=0))
    await put_job(service, cluster, "Succeeded", "Preempted", "Succeeded")
    await asyncio.wait_for(following, 30)
    told = [(line.attempt, line.number, line.text) for line in found]
    assert told == [(0, 1, "one"), (0, 2, "two"), (0, 3, "three"), (1, 1, "again")]


async def collect(service: Service, found: list[LogLine]) -> None:
    """Follow a job's log to its end."""
    async for line in service.app.state.backend.read_logs("u-1", attempt=None, follow=True):
        found.append(line)  # noqa: PERF401 - others look at it meanwhile


async def has(found: list[LogLine], count: int) -> bool:
    """Whether so many lines are there."""
    return len(found) >= count


@pytest.mark.parametrize("follow", [False, True])
async def test_nothing_is_waited_for_that_will_not_come(
    service: Service, cluster: FakeApiServer, follow: bool
) -> None:
    """An ended job whose pods are gone, and one whose container never began, end the log."""
    await put_job(service, cluster, "Failed", "ImagePullFailed")
    (gone,) = await asyncio.wait_for(lines_of(service, follow=follow), 20)
    assert gone.number == 0
    waiting = {"name": "trainer", "state": {"waiting": {"reason": "ImagePullBackOff"}}}
    put_pod(cluster, 0, "", phase="Pending", containerStatuses=[waiting])
    assert await asyncio.wait_for(lines_of(service, follow=follow), 20) == []


async def test_a_cluster_that_is_away_is_told_in_the_log(
    service: Service, cluster: FakeApiServer
) -> None:
    """Who does not follow gets a sentence instead of an answer that breaks off."""
    await put_job(service, cluster, "Running", None)
    cluster.fail("GET", "/pods", 503, times=20)
    (line,) = await lines_of(service)
    assert "cannot be read now" in line.text
