"""Requests, their retries and their errors, against a server that fails on request."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

import pytest

from azuraforge_cluster.errors import (
    AlreadyExistsError,
    ConflictError,
    ExpiredError,
    NotFoundError,
    RefusedError,
    UnavailableError,
    error_of_answer,
)
from azuraforge_cluster.resources import JOBS, TRAINING_JOBS
from azuraforge_cluster.transport import Request
from azuraforge_operator.reconciling.feed import Feed
from azuraforge_operator.reconciling.object_store import ObjectStore
from azuraforge_operator.reconciling.resync import Resync
from azuraforge_operator.reconciling.work_queue import WorkQueue

if TYPE_CHECKING:
    from tests.operator.conftest import Bench

WithBench = Callable[[Callable[["Bench"], Coroutine[Any, Any, None]]], None]
NewJob = Callable[..., dict[str, Any]]
READ = Request(verb="get", resource="trainingjobs", path=TRAINING_JOBS.path("ml", "nyc"), body=None)
FORBIDDEN = '{"reason": "Forbidden", "message": "%s"}'


@pytest.mark.parametrize("kind", ["429", "500", "502", "503", "504", "reset"])
def test_what_may_pass_is_tried_again(with_bench: WithBench, new_job: NewJob, kind: str) -> None:
    """Two failures are bridged by two further tries; the caller notices nothing."""

    async def story(bench: "Bench") -> None:
        bench.server.put("trainingjobs", new_job())
        bench.server.fail("GET", "/nyc", kind, times=2)
        assert (await bench.transport().send(READ))["metadata"]["name"] == "nyc"

    with_bench(story)


@pytest.mark.parametrize(
    ("retry_after", "least"),
    [("3", 3.0), ("3600", 10.0), ("soon", 0.01), ("", 0.01)],
)
def test_the_server_is_given_the_time_that_it_asks_for(
    with_bench: WithBench,
    new_job: NewJob,
    monkeypatch: pytest.MonkeyPatch,
    retry_after: str,
    least: float,
) -> None:
    """Retry-After is waited for within one request, up to ten seconds."""
    waits: list[float] = []
    sleep = asyncio.sleep

    async def note(seconds: float) -> None:
        waits.append(seconds)
        await sleep(0)

    async def story(bench: "Bench") -> None:
        bench.server.put("trainingjobs", new_job())
        bench.server.fail("GET", "/nyc", 429, retry_after=retry_after)
        monkeypatch.setattr("azuraforge_cluster.transport.asyncio.sleep", note)
        await bench.transport().send(READ)
        monkeypatch.undo()

    with_bench(story)
    assert 0.8 * least <= waits[0] <= 1.2 * least


def test_tries_are_bounded(with_bench: WithBench, new_job: NewJob) -> None:
    """A server that stays away is left to a later turn, after three tries."""

    async def story(bench: "Bench") -> None:
        bench.server.put("trainingjobs", new_job())
        bench.server.fail("GET", "/nyc", 500, times=100)
        with pytest.raises(UnavailableError, match="as the test wants"):
            await bench.transport().send(READ)
        assert [each.code for each in bench.server.requests] == [500, 500, 500]

    with_bench(story)


def test_an_answer_that_does_not_come_is_not_waited_for(
    with_bench: WithBench, new_job: NewJob
) -> None:
    """Each request has a timeout of its own."""

    async def story(bench: "Bench") -> None:
        bench.server.put("trainingjobs", new_job())
        bench.server.fail("GET", "/nyc", "slow", times=1)
        with pytest.raises(UnavailableError, match="Timeout"):
            await bench.transport(timeout_seconds=0.1, delays_seconds=()).send(READ)

    with_bench(story)


def test_every_answer_is_counted(with_bench: WithBench, new_job: NewJob) -> None:
    """By verb, resource and code; 0 where no answer came."""

    async def story(bench: "Bench") -> None:
        bench.server.put("trainingjobs", new_job())
        bench.server.fail("GET", "/nyc", "reset", times=2)  # the HTTP client bridges one itself
        bench.server.fail("GET", "/nyc", 500)
        await bench.transport().send(READ)
        value = bench.metrics.registry.get_sample_value
        for code in ("0", "500", "200"):
            labels = {"verb": "get", "resource": "trainingjobs", "code": code}
            assert value("azuraforge_operator_api_requests_total", labels) == 1

    with_bench(story)


def test_a_lost_answer_does_not_create_twice(with_bench: WithBench) -> None:
    """The creation that was carried out is met again as an object that exists."""

    async def story(bench: "Bench") -> None:
        bench.server.fail("POST", "/jobs", "late")
        with pytest.raises(AlreadyExistsError):
            await bench.cluster().create(JOBS, {"metadata": {"name": "a", "namespace": "ml"}})
        assert bench.server.names("jobs") == ["a"]

    with_bench(story)


def test_deleting_what_is_gone_succeeds(with_bench: WithBench) -> None:
    """Deleting may be repeated."""

    async def story(bench: "Bench") -> None:
        await bench.cluster().delete(JOBS, "ml", "gone", uid="u")

    with_bench(story)


def test_another_object_of_the_same_name_is_not_deleted(with_bench: WithBench) -> None:
    """Deletion names a uid, so that a successor is safe."""

    async def story(bench: "Bench") -> None:
        bench.server.put("jobs", {"metadata": {"name": "a", "uid": "new"}})
        with pytest.raises(ConflictError):
            await bench.cluster().delete(JOBS, "ml", "a", uid="old")

    with_bench(story)


def test_long_lists_come_in_pages(with_bench: WithBench, new_job: NewJob) -> None:
    """Twelve hundred objects are three requests, and none is lost."""

    async def story(bench: "Bench") -> None:
        for index in range(1200):
            bench.server.put("trainingjobs", new_job(f"job-{index}"))
        found = [each async for each in bench.cluster().list_metadata(TRAINING_JOBS, None)]
        assert len({each["name"] for each in found}) == 1200
        assert len(bench.server.requests) == 3

    with_bench(story)


def test_a_slow_list_is_waited_for(with_bench: WithBench, new_job: NewJob) -> None:
    """As long as one answer may take; every page anew."""

    async def story(bench: "Bench") -> None:
        for index in range(600):
            bench.server.put("trainingjobs", new_job(f"job-{index}"))
        bench.server.fail("GET", "/trainingjobs", "slow", times=2)
        found = [each async for each in bench.cluster().list_metadata(TRAINING_JOBS, None)]
        assert len(found) == 600

    with_bench(story)


@pytest.mark.parametrize("kind", ["410", "500", "reset"])
def test_a_list_that_breaks_off_is_no_list(
    with_bench: WithBench, new_job: NewJob, kind: str
) -> None:
    """A resync that gets only the first page takes nothing for deleted."""

    async def story(bench: "Bench") -> None:
        store, queue = ObjectStore(), WorkQueue()
        for index in range(600):
            store.put_training_job(bench.server.put("trainingjobs", new_job(f"job-{index:03}")))
        bench.server.fail("GET", "continue=", kind, times=100)
        feed = Feed(store, queue)
        resync = Resync(bench.cluster(), store, feed, bench.metrics, ())
        with pytest.raises(UnavailableError):
            await resync.compare()
        assert len(list(store)) == 600
        assert len(queue) == 0
        bench.server.faults.clear()
        assert await resync.compare() == 0

    with_bench(story)


@pytest.mark.parametrize(
    ("code", "body", "kind"),
    [
        (404, '{"reason": "NotFound"}', NotFoundError),
        (409, '{"reason": "AlreadyExists"}', AlreadyExistsError),
        (409, '{"reason": "Conflict"}', ConflictError),
        (400, '{"reason": "BadRequest"}', RefusedError),
        (422, '{"reason": "Invalid"}', RefusedError),
        (403, FORBIDDEN % "admission webhook denied the request", RefusedError),
        (403, FORBIDDEN % "exceeded quota: jobs", UnavailableError),
        (403, FORBIDDEN % 'User \\"op\\" cannot create resource', UnavailableError),
        (401, '{"reason": "Unauthorized"}', UnavailableError),
        (410, '{"reason": "Expired"}', ExpiredError),
        (429, None, UnavailableError),
        (503, "<html>a proxy</html>", UnavailableError),
        (500, "[]", UnavailableError),
    ],
)
def test_an_answer_is_one_of_six_errors(code: int, body: str | None, kind: type) -> None:
    """Refused for good, gone, changed, there already, too old, or worth another try."""
    assert type(error_of_answer(code, body)) is kind
