"""What runs write into a mounted volume is taken up while they do, and after their end."""

import shutil
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from azuraforge_api.jobs.service import get_job
from azuraforge_api.settings import Settings
from azuraforge_api.tracking.service import read_events
from azuraforge_api_harness.running import JOBS, until
from azuraforge_api_harness.service import Service
from azuraforge_api_harness.trained_run import TrainedRun
from azuraforge_cluster_harness.fake_api_server import FakeApiServer

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.parametrize("settings", ["sqlite"], indirect=True),
]
Start = Callable[[], AbstractAsyncContextManager[Service]]


def the_object(trained: TrainedRun, status: dict[str, Any]) -> dict[str, Any]:
    """Return the TrainingJob of a trained run with a status."""
    document: dict[str, Any] = trained.job.to_document()
    document["metadata"] |= {"namespace": "ml", "uid": trained.uid}
    document["spec"]["publish"] = {"model": "night"}
    return {**document, "status": status}


async def versions_of(service: Service) -> list[Any]:
    """Return the versions of the model in the library."""
    answer = await service.viewer.get("/api/v1/models/night/versions")
    return list(answer.json()["items"]) if answer.status_code == 200 else []


async def test_events_follow_live_and_the_model_comes_at_the_end(
    service: Service, settings: Settings, cluster: FakeApiServer, trained: TrainedRun
) -> None:
    """A running job's folder is read as it grows; the finished one makes a version, once."""
    last = trained.job.status
    assert last is not None
    folder = settings.runs_folder / trained.uid
    (folder / "events").mkdir(parents=True)
    content = (trained.folder / "events" / "0.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "events" / "0.jsonl").write_bytes(b"".join(content[:2]))
    cluster.put("trainingjobs", the_object(trained, {
        "phase": "Running", "nextAttempt": 1, "attempts": [{"index": 0}],
    }))  # fmt: skip

    async def has_begun() -> bool:
        answer = await service.viewer.get(f"{JOBS}/{trained.uid}")
        return answer.status_code == 200 and await count_events(service, trained.uid) == 2

    await until(has_begun, seconds=20)
    shutil.copytree(trained.folder, folder, dirs_exist_ok=True)
    cluster.put("trainingjobs", the_object(trained, last))

    async def is_complete() -> bool:
        stored = await count_events(service, trained.uid)
        return stored == len(content) and len(await versions_of(service)) == 1

    await until(is_complete, seconds=20)
    shown = (await service.viewer.get(f"{JOBS}/{trained.uid}")).json()["status"]
    assert (shown["model"]["name"], shown["model"]["version"]) == ("night", 1)


async def test_what_ended_while_the_service_was_down_is_swept_up(
    start: Start, settings: Settings, cluster: FakeApiServer, trained: TrainedRun
) -> None:
    """A job whose end nobody saw has its model and its events soon after the next start."""
    last = trained.job.status
    assert last is not None
    shutil.copytree(trained.folder, settings.runs_folder / trained.uid)
    long_ago = {**last, "completionTime": "2026-01-01T00:00:00Z"}
    cluster.put("trainingjobs", the_object(trained, long_ago))
    async with start() as service:

        async def is_there() -> bool:
            return len(await versions_of(service)) == 1

        await until(is_there, seconds=20)


async def count_events(service: Service, uid: str) -> int:
    """Return how many events of a run are stored."""
    async with service.database.read() as session:
        job = await get_job(session, uid)
        return len(await read_events(session, job.id))
