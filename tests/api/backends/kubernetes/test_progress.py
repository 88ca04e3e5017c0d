"""`status.progress` follows the events: seldom, forwards, and never against the operator."""

from typing import Any

import pytest

from azuraforge_api.backends.kubernetes.event_progress import (
    is_due,
    progress_in,
    total_epochs_in,
)
from azuraforge_api.jobs.service import get_job
from azuraforge_api.tracking.service import append_events
from azuraforge_api_harness.running import JOBS, until
from azuraforge_api_harness.service import Service
from azuraforge_cluster_harness.fake_api_server import FakeApiServer, training_job
from azuraforge_contract.events import DatasetReady, StepFinished
from azuraforge_contract.status import DatasetStatus, Progress

anyio = pytest.mark.anyio
sqlite = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)


def step(sequence: int, second: int = 0, attempt: int = 0) -> bytes:
    """Return an event about a step."""
    return StepFinished(
        run="u-1", attempt=attempt, sequence=sequence, time=f"2026-01-01T00:00:{second:02d}Z",
        epoch=2, step=10 * sequence, loss=0.5 / (sequence + 1), learning_rate=0.1,
        samples_per_second=100.0, percentage=float(sequence),
    ).encode().encode()  # fmt: skip


def data_ready(epochs: int) -> bytes:
    """Return the event about the data."""
    return DatasetReady(
        run="u-1", attempt=0, sequence=0, time="2026-01-01T00:00:00Z", dataset=DatasetStatus(),
        rows=9, windows={}, total_epochs=epochs, steps_per_epoch=3, total_parameters=7,
    ).encode().encode()  # fmt: skip


def test_the_furthest_step_is_the_progress() -> None:
    """In whatever order events stand; lines that are none, or of a newer release, do no harm."""
    lines = [step(3, 9), step(2, 5), b'{"type":"step"}', b'torn "step', data_ready(20)]
    found = progress_in(lines)
    assert found is not None
    assert (found.step, found.percentage, found.attempt) == (30, 3.0, 0)
    assert found.last_heartbeat_time == "2026-01-01T00:00:09Z"
    assert [(each.name, each.value) for each in found.metrics] == [("train.loss", 0.125)]
    assert progress_in([data_ready(20)]) is None
    assert total_epochs_in(lines) == 20
    assert total_epochs_in([step(1)]) is None


@pytest.mark.parametrize(
    ("second", "attempt", "due"),
    [(0, 0, False), (4, 0, False), (5, 0, True), (59, 0, True), (0, 1, True)],
)
def test_progress_is_written_every_five_seconds_at_most(
    second: int, attempt: int, due: bool
) -> None:
    """Measured by what trainers tell, so that several processes write no more than one does."""
    known = Progress(attempt=0, last_heartbeat_time="2026-01-01T00:00:00Z")
    told = progress_in([step(1, second, attempt)])
    assert told is not None
    assert is_due(told, known) is due
    assert is_due(told, None)


async def run_a_job(service: Service, cluster: FakeApiServer) -> None:
    """Put a running job and wait until the service knows it."""
    status = {"phase": "Running", "nextAttempt": 1, "attempts": [{"index": 0}]}
    cluster.put("trainingjobs", {**training_job("nyc", uid="u-1"), "status": status})

    async def is_known() -> bool:
        return (await service.viewer.get(f"{JOBS}/u-1")).status_code == 200

    await until(is_known, seconds=20)


async def store(service: Service, *lines: bytes) -> None:
    """Store events as trainers' posts and the ingest do."""
    async with service.database.write() as session:
        await append_events(session, await get_job(session, "u-1"), 0, lines)


@anyio
async def test_the_object_shows_how_far_its_run_is(
    service: Service, cluster: FakeApiServer
) -> None:
    """Stored events appear in `status.progress`, and nothing else of the status changes."""
    await run_a_job(service, cluster)
    await store(service, data_ready(20), step(1, 1))

    async def is_shown() -> bool:
        return "progress" in cluster.status_of("nyc")

    await until(is_shown, seconds=20)
    found = cluster.status_of("nyc")
    assert found["progress"] == {
        "percentage": 1.0, "epoch": 2, "totalEpochs": 20, "step": 10, "samplesPerSecond": 100.0,
        "metrics": [{"name": "train.loss", "value": 0.25}],
        "lastHeartbeatTime": "2026-01-01T00:00:01Z", "attempt": 0,
    }  # fmt: skip
    assert (found["phase"], found["attempts"]) == ("Running", [{"index": 0}])


@anyio
@sqlite
async def test_progress_that_the_operator_reports_is_left_to_it(
    service: Service, cluster: FakeApiServer
) -> None:
    """The API server refuses a field of another owner; we do not insist."""
    cluster.is_owned_by_operator = True
    theirs: dict[str, Any] = {
        "attempt": 0, "step": 5, "lastHeartbeatTime": "2026-01-01T00:00:00Z",
    }  # fmt: skip
    await run_a_job(service, cluster)
    raw = cluster.get("trainingjobs", "nyc")
    cluster.put("trainingjobs", {**raw, "status": {**raw["status"], "progress": theirs}})
    await store(service, step(3, 30))

    async def was_tried() -> bool:
        return any(each.code == 409 for each in cluster.writes("trainingjobs"))

    await until(was_tried, seconds=20)
    assert cluster.status_of("nyc")["progress"] == theirs
