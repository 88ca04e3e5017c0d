"""The mirror holds what the cluster holds, whoever made it and whatever happened meanwhile."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from azuraforge_api_harness.running import JOBS, phase_of, until
from azuraforge_api_harness.service import Service
from azuraforge_cluster_harness.fake_api_server import FakeApiServer, now, training_job
from azuraforge_contract.training_job import TrainingJob

pytestmark = pytest.mark.anyio
Start = Callable[[], AbstractAsyncContextManager[Service]]


def status(phase: str, **more: Any) -> dict[str, Any]:
    """Return a status as the operator writes it."""
    return {"phase": phase, "nextAttempt": 1, "attempts": [{"index": 0}], **more}


async def becomes(service: Service, uid: str, phase: str) -> None:
    """Wait until a job is shown in a phase."""

    async def is_so() -> bool:
        answer = await service.viewer.get(f"{JOBS}/{uid}")
        return answer.status_code == 200 and answer.json()["status"].get("phase") == phase

    await until(is_so, seconds=20)


async def test_a_job_made_with_kubectl_is_there_with_all_its_changes(
    service: Service, cluster: FakeApiServer
) -> None:
    """Its creator is told as kubectl; each status follows within moments."""
    raw = cluster.put("trainingjobs", training_job("outside", uid="u-1", suspend=False))
    for phase in ("Running", "Succeeded"):
        raw = cluster.put("trainingjobs", {**raw, "status": status(phase)})
        await becomes(service, "u-1", phase)
    shown = (await service.viewer.get(f"{JOBS}/u-1")).json()
    assert (shown["metadata"]["createdBy"], shown["metadata"]["name"]) == ("kubectl", "outside")


async def test_what_happened_while_the_service_was_down_is_caught_up(
    start: Start, cluster: FakeApiServer
) -> None:
    """Changed, created and deleted jobs alike; other namespaces' jobs are nobody's business."""
    kept = cluster.put("trainingjobs", training_job("kept", uid="u-kept"))
    cluster.put("trainingjobs", training_job("dropped", uid="u-dropped"))
    async with start() as service:
        await becomes_known(service, "u-kept", "u-dropped")
    cluster.put("trainingjobs", {**kept, "status": status("Failed")})
    cluster.remove("trainingjobs", "dropped")
    cluster.put("trainingjobs", training_job("new", uid="u-new"))
    foreign = training_job("foreign", uid="u-foreign")
    foreign["metadata"]["namespace"] = "elsewhere"
    cluster.put("trainingjobs", foreign)
    async with start() as service:
        await becomes_known(service, "u-new")
        await becomes(service, "u-kept", "Failed")
        await becomes(service, "u-dropped", "Cancelled")
        assert (await service.viewer.get(f"{JOBS}/u-foreign")).status_code == 404


async def becomes_known(service: Service, *uids: str) -> None:
    """Wait until jobs are listed."""
    for uid in uids:

        async def is_known(uid: str = uid) -> bool:
            return (await service.viewer.get(f"{JOBS}/{uid}")).status_code == 200

        await until(is_known, seconds=20)


@pytest.mark.parametrize("trouble", ["expired", "503", "reset", "html"])
async def test_a_watch_that_breaks_is_taken_up_again(
    start: Start, cluster: FakeApiServer, trouble: str
) -> None:
    """A forgotten version is followed by a list; lost connections and proxies are outlived."""
    if trouble == "expired":
        cluster.forgets_history = True
    else:
        cluster.fail("GET", "watch=true", trouble, times=2)
    async with start() as service:
        raw = cluster.put("trainingjobs", training_job("outside", uid="u-1"))
        await becomes_known(service, "u-1")
        cluster.put("trainingjobs", {**raw, "status": status("Running")})
        await becomes(service, "u-1", "Running")


async def test_two_services_on_one_database_do_no_harm(
    start: Start, cluster: FakeApiServer
) -> None:
    """Both tell the same jobs; each is there once, in its last state."""
    for number in range(20):
        cluster.put("trainingjobs", training_job(f"job-{number}", uid=f"u-{number}"))
    async with start() as one, start() as other:
        raw = cluster.get("trainingjobs", "job-7")
        cluster.put("trainingjobs", {**raw, "status": status("Succeeded")})
        await asyncio.gather(becomes(one, "u-7", "Succeeded"), becomes(other, "u-7", "Succeeded"))
        await becomes_known(one, *(f"u-{number}" for number in range(20)))
        found = (await one.viewer.get(JOBS, params={"limit": 100})).json()["items"]
        assert len(found) == 20


async def test_an_older_state_never_overwrites_a_newer_one(service: Service) -> None:
    """Whoever is late changes nothing, and ends no job that was told after his list."""
    mirror = service.app.state.mirror
    raw = {**training_job("late", uid="u-late"), "status": status("Succeeded")}
    raw["metadata"]["creationTimestamp"] = now()
    await mirror.record(TrainingJob.model_validate(raw), object_version=200)
    old = TrainingJob.model_validate({**raw, "status": status("Running")})
    await mirror.record(old, object_version=199)
    assert await phase_of(service, "u-late") == "Succeeded"
    assert "u-late" not in await mirror.list_present("ml", 199)
    assert "u-late" in await mirror.list_present("ml", 200)
    assert "u-late" not in await mirror.list_present("elsewhere", 200)


async def test_a_job_that_cannot_be_kept_hides_no_other(
    service: Service, cluster: FakeApiServer
) -> None:
    """One of another release, a character that PostgreSQL has no room for, a boastful creator."""
    cluster.put("trainingjobs", training_job("torn", uid="u-torn", config={"words": "a\0b"}))
    boasting = training_job("boasting", uid="u-boasting")
    boasting["metadata"]["annotations"] = {"azuraforge.io/created-by": "me" * 5000}
    cluster.put("trainingjobs", boasting)
    await becomes_known(service, "u-boasting")
    strange = training_job("strange", uid="u-strange")
    strange["spec"]["pipeline"] = 7
    cluster.put("trainingjobs", strange)
    cluster.put("trainingjobs", training_job("plain", uid="u-plain"))
    await becomes_known(service, "u-plain")
    assert (await service.viewer.get(f"{JOBS}/u-strange")).status_code == 404
