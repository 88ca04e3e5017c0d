"""/metrics: what it tells, to whom, and that nothing in it grows without bound."""

import json
import logging
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from azuraforge_api.app import create_app
from azuraforge_api.database.migrations import downgrade_schema
from azuraforge_api.http.request_identity import current_request, log_request_ids
from azuraforge_api.settings import Settings
from azuraforge_api_harness.jobs import stored_job
from azuraforge_api_harness.service import Service
from azuraforge_api_harness.trained_run import TrainedRun, add_run

pytestmark = pytest.mark.anyio


def _samples(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def _scrape(service: Service) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    answer = await service.viewer.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    return _samples(answer.text)


def _of(name: str, **labels: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    return name, tuple(sorted(labels.items()))


async def test_metrics_need_a_token(service: Service) -> None:
    """A stranger learns nothing, a viewer all."""
    assert (await service.nobody.get("/metrics")).status_code == 401
    assert await _scrape(service)


async def test_requests_are_counted_by_template(service: Service) -> None:
    """Any number of addresses is one series; unknown addresses and methods add none."""
    for name in ("one", "two", "three"):
        await service.viewer.get(f"/api/v1/jobs/{name}")
        await service.nobody.get(f"/api/v1/jobs/{name}")
        await service.viewer.get(f"/api/v1/nothing/{name}")
        await service.viewer.request(f"METHOD{name}".upper(), "/api/v1/jobs")
    found = await _scrape(service)
    count = "azuraforge_api_request_seconds_count"
    template = "/api/v1/jobs/{job}"
    assert found[_of(count, method="GET", route=template, status="404")] == 3
    assert found[_of(count, method="GET", route="none", status="404")] == 3
    assert found[_of(count, method="GET", route="none", status="401")] == 3
    methods = {dict(labels)["method"] for name, labels in found if name == count}
    assert methods == {"GET", "other"}
    assert found[_of("azuraforge_api_requests_in_flight")] == 1  # this one


async def test_what_is_stored_is_told(service: Service, trained: TrainedRun) -> None:
    """Jobs by phase, events, points and the database's connections stand in every scrape."""
    await stored_job(service)
    await add_run(service, trained)
    found = await _scrape(service)
    assert found[_of("azuraforge_api_jobs", phase="Succeeded")] == 1
    assert found[_of("azuraforge_api_jobs", phase="Pending")] == 1
    assert found[_of("azuraforge_api_jobs", phase="Failed")] == 0
    events = sum(
        len(path.read_text().splitlines()) for path in (trained.folder / "events").glob("*.jsonl")
    )
    assert found[_of("azuraforge_api_ingest_events_total", outcome="stored")] == events
    assert found[_of("azuraforge_api_ingest_points_total")] > 0
    assert found[_of("azuraforge_api_ingest_lag_seconds_count")] == 1
    assert found[_of("azuraforge_api_database_up")] == 1
    connections = [_of("azuraforge_api_database_connections", state=s) for s in ("busy", "idle")]
    assert sum(found[each] for each in connections) >= 1


async def test_forecasts_are_measured(service: Service, trained: TrainedRun) -> None:
    """Tasks, the workers' memory and the workers themselves are counted, on the short way too."""
    await add_run(service, trained)
    address = "/api/v1/models/night/versions/1/predict"
    for _ in range(3):
        assert (await service.editor.post(address, json={})).status_code == 200
    found = await _scrape(service)
    assert found[_of("azuraforge_api_task_seconds_count", task="forecast", outcome="done")] == 3
    assert found[_of("azuraforge_api_model_lookups_total", outcome="miss")] == 1
    assert found[_of("azuraforge_api_model_lookups_total", outcome="hit")] == 2
    assert found[_of("azuraforge_api_worker_starts_total")] == 1
    template = "/api/v1/models/{model}/versions/{version}/predict"
    requests = _of(
        "azuraforge_api_request_seconds_count", method="POST", route=template, status="200"
    )
    assert found[requests] == 3


async def test_followers_are_told(service: Service) -> None:
    """A stream that somebody listens to counts for as long as it does."""
    uid = await stored_job(service)
    with service.app.state.feed.follow(uid):
        assert (await _scrape(service))[_of("azuraforge_api_followers")] == 1
    assert (await _scrape(service))[_of("azuraforge_api_followers")] == 0


async def test_metrics_are_told_while_the_database_fails(service: Service) -> None:
    """A database that cannot be asked is itself a figure, and hides no other one."""
    token = service.viewer.headers["authorization"]
    await downgrade_schema(service.database, "base")
    text = (await service.app.state.exposition.text()).decode()
    found = _samples(text)
    assert token not in text
    assert found[_of("azuraforge_api_database_up")] == 0
    assert not any(name == "azuraforge_api_jobs" for name, _ in found)
    assert _of("azuraforge_api_followers") in found


async def test_a_second_port_tells_metrics_and_nothing_else(
    settings: Settings, unused_port: int
) -> None:
    """Within a cluster Prometheus needs no token, on a port that serves nothing but figures."""
    app = create_app(settings.model_copy(update={"metrics_port": unused_port}))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{unused_port}") as client,
    ):
        answer = await client.get("/metrics")
        assert _of("azuraforge_api_database_up") in _samples(answer.text)
        assert (await client.get("/api/v1/jobs")).status_code == 404
        assert (await client.post("/metrics")).status_code == 405


@pytest.fixture
def unused_port() -> int:
    """Return a port that nobody listens on."""
    import socket  # noqa: PLC0415 - for this alone

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_every_line_of_the_log_names_its_request(service: Service, tmp_path: Path) -> None:
    """Whatever is logged on a request's way carries the identity that its caller was told."""
    from azuraforge_contract.json_log import JsonFormatter  # noqa: PLC0415 - for this alone

    handler = logging.FileHandler(tmp_path / "log")
    handler.setFormatter(JsonFormatter("api"))
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        log_request_ids()
        current_request.set("mine-2")
        logging.getLogger("azuraforge.api.somewhere").error("deep inside")
        current_request.set("")
        logging.getLogger("azuraforge.api.somewhere").error("in the background")
    finally:
        root.removeHandler(handler)
        handler.close()
    lines: list[dict[str, Any]] = [
        json.loads(line) for line in (tmp_path / "log").read_text().splitlines()
    ]
    assert [line.get("request_id") for line in lines] == ["mine-2", None]
    answer = await service.nobody.get("/nowhere", headers={"X-Request-Id": "mine-3"})
    assert answer.json()["requestId"] == "mine-3"
