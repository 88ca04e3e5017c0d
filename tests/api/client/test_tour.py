"""The client does all that the service can, and understands all that it answers."""

import importlib
import pkgutil
import re
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

import azuraforge_client.resources
from azuraforge_api_harness.jobs import job_document
from azuraforge_api_harness.running import long_job
from azuraforge_api_harness.service import Service
from azuraforge_api_harness.trained_run import TrainedRun, add_run
from azuraforge_client import ApiProblem, AsyncClient
from azuraforge_client.calls import Route
from azuraforge_contract.status import Phase

pytestmark = pytest.mark.anyio

LEFT_OUT: Final = {
    ("POST", "/api/v1/session"),  # browsers only: they end in a cookie
    ("DELETE", "/api/v1/session"),
    ("POST", "/api/v1/runs/{run}/events"),  # trainers only
    ("GET", "/metrics"),  # Prometheus only
    ("GET", "/api/v1/problems/{code}"),  # pages for people
}
"""Operations that are not for programs of people."""


def client_routes() -> set[tuple[str, str]]:
    """Return every operation that the client has a description of."""
    found = set()
    for module in pkgutil.iter_modules(azuraforge_client.resources.__path__):
        members = vars(importlib.import_module(f"azuraforge_client.resources.{module.name}"))
        found |= {(v.method, v.path) for v in members.values() if isinstance(v, Route)}
    return found


class Recording(httpx.ASGITransport):
    """Carries requests to the application and remembers them."""

    def __init__(self, app: Any) -> None:
        super().__init__(app=app, raise_app_exceptions=False)
        self.seen: set[tuple[str, str]] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Carry out a request; see httpx."""
        answer = await super().handle_async_request(request)
        if answer.is_success:
            self.seen.add((request.method, request.url.path))
        return answer

    def has_seen(self, method: str, path: str) -> bool:
        """Tell whether an operation succeeded once."""
        pattern = re.sub(r"\\\{path\\\}", ".+", re.escape(path))
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", pattern)
        return any(m == method and re.fullmatch(pattern, p) for m, p in self.seen)


@pytest.fixture
def transport(service: Service) -> Recording:
    """Return what carries the client's requests."""
    return Recording(service.app)


@pytest.fixture
async def client(service: Service, transport: Recording) -> AsyncIterator[AsyncClient]:
    """Return a client with an admin's token."""
    token = service.admin.headers["Authorization"].removeprefix("Bearer ")
    async with AsyncClient("http://testserver", token, transport=transport) as client:
        yield client


async def all_of(items: AsyncIterator[Any]) -> list[Any]:
    """Return what an iteration yields."""
    return [item async for item in items]


async def test_every_operation_is_in_the_client(service: Service) -> None:
    """What the service offers the client can do, or it is left out for a reason."""
    offered = {
        (method.upper(), path)
        for path, methods in service.app.openapi()["paths"].items()
        for method in methods
    }
    assert client_routes() - offered == set()
    assert offered - client_routes() - LEFT_OUT == set()


async def test_the_client_understands_every_answer(
    client: AsyncClient,
    transport: Recording,
    service: Service,
    trained: TrainedRun,
    tmp_path: Path,
) -> None:
    """Each operation succeeds at least once against the real service, and its answer is read."""
    await _import_run(client, trained, tmp_path)
    other = await add_run(service, trained, is_new=True, publish={"model": "day"}, seed=7)
    await _compare(client, [trained.uid, other])
    await _look_at_the_library(client, trained, tmp_path)
    await _go_through_predictions(client)
    await _change_the_library(client)
    await _look_at_the_run(client, trained, tmp_path)
    lines = await all_of(client.jobs.logs(other))
    assert [line.number for line in lines] == list(range(1, len(lines) + 1)) != []
    await _go_through_datasets(client, tmp_path)
    await _go_through_jobs(client)
    await _look_at_the_service(client)
    await _go_through_webhooks(client)
    missed = {route for route in client_routes() if not transport.has_seen(*route)}
    assert missed == {("POST", "/api/v1/webhooks/{webhook}/deliveries/{delivery}/redeliver")}


async def _import_run(client: AsyncClient, trained: TrainedRun, tmp_path: Path) -> None:
    archive = Path(shutil.make_archive(str(tmp_path / "run"), "zip", trained.folder))
    told: list[tuple[int, int | None]] = []
    version = await client.models.import_run(
        archive, model="night", progress=lambda *done: told.append(done)
    )
    assert (version.run, version.version) == (trained.uid, 1)
    assert told[-1] == (_size(archive), _size(archive))


async def _compare(client: AsyncClient, runs: list[str]) -> None:
    configs = await client.compare.configs(runs)
    assert {row.path: row.values for row in configs.differing}["seed"] == [0, 7]
    curves = await client.compare.series(runs, ["train.loss"], axis="epoch")
    assert {series.run for series in curves.series} == {runs[0]}
    table = await client.compare.table(runs, sort="-seed")
    assert [row.settings["seed"] for row in table.rows] == [7, 0]
    text = await client.compare.csv(runs)
    assert len(text.splitlines()) == 3
    assert "<html" in await client.compare.report(runs)
    assert "<html" in await client.reports.compare([runs[0], {"model": "day", "version": "1"}])


async def _look_at_the_library(client: AsyncClient, trained: TrainedRun, tmp_path: Path) -> None:
    (model,) = await all_of(client.models.list(text="nig"))
    assert (model.name, model.latest.run) == ("night", trained.uid)
    assert (await client.models.get("night")).latest == model.latest
    (summary,) = await all_of(client.models.versions("night"))
    version = await client.models.version("night", 1)
    assert version.digest == summary.digest
    assert version.lineage.job == "night"
    assert version.manifest["kind"] == "dlinear"
    files = await client.models.files("night")
    path = await client.models.download_file("night", 1, files[0].path, tmp_path / "file")
    path = await client.models.download_file("night", 1, files[0].path, tmp_path / "file")
    assert _size(path) == files[0].bytes
    path = await client.models.download("night", tmp_path)
    assert path == tmp_path / "night-1.zip"
    path = await client.models.export_onnx("night", tmp_path)
    assert path == tmp_path / "night-1.onnx"
    assert "<html" in await client.reports.of_version("night")
    assert "<html" in await client.reports.of_run(trained.uid)


async def _go_through_predictions(client: AsyncClient) -> None:
    forecast = await client.predictions.predict("night", 1, horizon=3)
    (series,) = forecast.series
    assert len(series.times) == len(series.targets[0].values) == 3
    changed = await client.predictions.predict("night", history="stored", what_if=["temp=+2"])
    assert changed.what_if
    rows = [
        f"{datetime(2013, 12, 1, tzinfo=UTC) + timedelta(hours=hour):%Y-%m-%dT%H:%MZ},JFK,{hour}"
        for hour in range(24)
    ]
    text = "\n".join(["time,series,temp", *rows, ""])
    sent = await client.predictions.predict_csv("night", 1, text, record=False, horizon=2)
    assert (sent.id, len(sent.series[0].times)) == ("", 2)
    rows_of_truth = [{"time": time, "values": {"temp": 40.0}} for time in series.times]
    scored = await client.predictions.post_actuals(forecast.id, rows_of_truth)
    assert scored.score is not None
    assert (await client.predictions.get(forecast.id)).score == scored.score
    assert len(await all_of(client.predictions.list(model="night", limit=1))) == 2


async def _change_the_library(client: AsyncClient) -> None:
    assert (await client.models.write_notes("night", 1, "our first")).notes == "our first"
    assert (await client.models.point_alias("night", "champion", 1)).moved
    assert not (await client.models.promote("night", "champion", 1, metric="test.mse")).moved
    assert len(await all_of(client.models.alias_moves("night"))) == 1
    with pytest.raises(ApiProblem, match="champion") as refused:
        await client.models.delete_version("night", 1)
    assert (refused.value.code, refused.value.status) == ("conflict", 409)
    await client.models.delete_alias("night", "champion")
    await client.models.delete_version("day", 1)


async def _look_at_the_run(client: AsyncClient, trained: TrainedRun, tmp_path: Path) -> None:
    metrics = {metric.name for metric in await client.tracking.metrics(trained.uid)}
    assert "train.loss" in metrics
    (series,) = (await client.tracking.series(trained.uid, ["train.loss"], axis="epoch")).series
    assert series.points == len(series.values) == len(series.steps)
    events = await all_of(client.jobs.events(trained.uid))
    assert [event.kind for event in events].count("run") == len(events) - 1
    assert events[-1].status.phase == "Succeeded"
    later = await all_of(client.jobs.events(trained.uid, after=events[-3].identity))
    assert later == events[-2:]
    artifacts = {each.path: each.bytes for each in await client.jobs.artifacts(trained.uid)}
    path = await client.jobs.download_artifact(trained.uid, "events/0.jsonl", tmp_path / "told")
    assert _size(path) == artifacts["events/0.jsonl"]


def _size(path: Path) -> int:
    return path.stat().st_size


def _is_same(one: Path, other: Path) -> bool:
    return one.read_bytes() == other.read_bytes()


def _write_table(path: Path) -> Path:
    start = datetime(2024, 1, 1, tzinfo=UTC)
    rows = [f"{start + timedelta(hours=hour):%Y-%m-%d %H:%M};{hour % 24}" for hour in range(100)]
    path.write_text("\n".join(["time;load", *rows, ""]))
    return path


async def _go_through_datasets(client: AsyncClient, tmp_path: Path) -> None:
    table = _write_table(tmp_path / "load.csv")
    version = await client.datasets.upload("load", table, delimiter=";")
    assert (version.version, version.rows) == (1, 100)
    again = await client.datasets.upload("load", table, delimiter=";")
    assert again.version == 1
    (dataset,) = await all_of(client.datasets.list(text="oa"))
    assert dataset == await client.datasets.get("load")
    assert await all_of(client.datasets.versions("load")) == [version]
    assert await client.datasets.version("load", 1) == version
    preview = await client.datasets.preview("load", delimiter=";")
    assert preview.time_column == "time"
    path = await client.datasets.download("load", tmp_path / "copy.csv")
    assert _is_same(path, table)
    await client.datasets.delete_version("load", 1)
    await client.datasets.upload("load", table)
    await client.datasets.delete("load")
    assert await all_of(client.datasets.list()) == []


async def _go_through_jobs(client: AsyncClient) -> None:
    first = await client.jobs.create(long_job("first"))
    assert (await client.jobs.suspend(first.uid)).spec["suspend"] is True
    assert (await client.jobs.resume(first.uid)).spec["suspend"] is False
    assert (await client.jobs.cancel(first.uid)).spec["cancel"] is True
    statuses = [event.status async for event in client.jobs.events(first.uid) if event.status]
    assert statuses[-1].phase == "Cancelled"
    assert (await client.jobs.retry("first", name="second")).name == "second"
    third = await client.jobs.clone("first", config={"training": {"epochs": 3}})
    assert third.spec["config"]["training"]["epochs"] == 3
    for job in ("second", third.uid):
        await client.jobs.delete(job)
    names = {job.name async for job in client.jobs.list(limit=1, sort="name")}
    assert {"night", "first", "second", third.name} == names
    wanted = client.jobs.list(
        phase=[Phase.SUCCEEDED], created_after=first.metadata.creation_timestamp
    )
    assert [job.name async for job in wanted] == []
    assert (await client.jobs.get("night")).status.phase == "Succeeded"


async def _look_at_the_service(client: AsyncClient) -> None:
    names = {pipeline.name async for pipeline in client.pipelines.list()}
    assert "forecaster" in names
    config: Any = job_document()["spec"]
    pipeline = await client.pipelines.get("weather-forecaster")
    assert pipeline.config_schema["properties"]
    assert (await client.pipelines.validate("weather-forecaster", config["config"])).valid
    verdict = await client.pipelines.validate("weather-forecaster", {"wrong": 1})
    assert "wrong" in verdict.errors[0].path
    token = await client.tokens.create("for a test", role="viewer")
    assert token.secret
    await client.tokens.revoke(token.id)
    revoked = {token.id: token.revoked_at async for token in client.tokens.list()}
    assert revoked[token.id] is not None
    assert (await client.system.myself()).role == "admin"
    assert "login#" in (await client.system.create_login_link("somebody")).url
    assert (await client.system.health()).status == (await client.system.readiness()).status == "ok"
    assert (await client.system.version()).version
    assert "/api/v1/jobs" in (await client.system.openapi())["paths"]
    changes = [change async for change in client.system.changes(limit=5)]
    assert changes[0].principal == "admin-token"


async def _go_through_webhooks(client: AsyncClient) -> None:
    nobody = "http://127.0.0.1:9/hook"
    made = await client.webhooks.create(url=nobody, events=["failed"], owner="somebody")
    assert (made.secret != "", made.events) == (True, ("failed",))
    changed = await client.webhooks.change(made.id, owner=None, events=["finished"])
    assert (changed.owner, changed.events) == (None, ("finished",))
    assert [hook.id async for hook in client.webhooks.list()] == [made.id]
    assert (await client.webhooks.get(made.id)).version == changed.version
    sent = await client.webhooks.test(made.id)
    assert [each.id async for each in client.webhooks.deliveries(made.id)] == [sent.id]
    assert (await client.webhooks.delivery(made.id, sent.id)).event == "test"
    with pytest.raises(ApiProblem):  # it has not ended yet
        await client.webhooks.redeliver(made.id, sent.id)
    await client.webhooks.delete(made.id)


async def test_a_refusal_is_told_whole(client: AsyncClient) -> None:
    """A program sees code, status, sentence, remedy and every mistake; a person the same."""
    document: Any = job_document()
    document["spec"]["config"]["training"] = {"epochs": 0, "epoch": 3}
    with pytest.raises(ApiProblem) as refused:
        await client.jobs.create(document)
    assert (refused.value.code, refused.value.status) == ("invalid-job", 422)
    assert {error.path for error in refused.value.errors} == {
        "spec.config.training.epochs",
        "spec.config.training.epoch",
    }
    assert refused.value.request_id
    with pytest.raises(ApiProblem, match="nothing-there") as missing:
        await client.jobs.get("nothing-there")
    assert missing.value.code == "not-found"


@pytest.mark.parametrize("name", ["..", ".", "a/b", "a?b#c", "ü"])
async def test_a_name_stays_a_name(client: AsyncClient, name: str) -> None:
    """Whatever a name holds, it asks for the thing of that name and never for another address."""
    with pytest.raises(ApiProblem) as refused:
        await client.jobs.get(name)
    assert refused.value.code == "not-found"
    with pytest.raises(ValueError, match="job"):
        await client.jobs.get("")
