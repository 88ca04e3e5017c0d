"""The platform as a person gets it: one `helm install`, then everything over HTTP.

PostgreSQL is the official image where it can be had, else Debian's server with the same entry
point.
"""

import csv
import itertools
import json
import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from azuraforge_client import Client
from azuraforge_client.resources.job_documents import Job
from azuraforge_e2e.job_documents import LONG_TRAINING, job_document
from azuraforge_e2e.programs import REPOSITORY
from azuraforge_e2e.release import NAMESPACE
from azuraforge_e2e.waiting import wait_for
from azuraforge_e2e.whole_platform import Platform
from azuraforge_e2e.workspace import Workspace

pytestmark = pytest.mark.cluster


@pytest.fixture
def client(platform: Platform) -> Iterator[Client]:
    """Return a client of the Service."""
    with platform.client() as found:
        yield found


@pytest.mark.telling
def test_one_release_trains_keeps_and_forecasts(
    platform: Platform, client: Client, home: Workspace, tmp_path: Path
) -> None:
    """Job by REST and by kubectl → events → series → library → forecast → report; `helm test`."""
    assert "pipelines: forecaster weather-forecaster" in platform.test()
    assert {each.name for each in client.pipelines.list()} == {"forecaster", "weather-forecaster"}
    mine = client.jobs.create((REPOSITORY / "examples/weather.yaml").read_text("utf-8"))
    assert (mine.name, mine.metadata.namespace) == ("jfk-temperature", NAMESPACE)
    home.kubectl("apply", "-f", "-", text=json.dumps(job_document("by-kubectl", NAMESPACE)))

    told = list(client.jobs.events(mine.uid))
    phases = [each.status.phase for each in told if each.status is not None]
    assert phases[-1] == "Succeeded"
    assert [each.identity for each in told if each.kind == "run"] == _written(home, mine.name)
    assert f"trainer of {mine.uid}" in platform.log(), "it posted nothing by itself"
    home.wait_for_phase("by-kubectl", "Succeeded")
    other = _wait_for_phase(platform, client, "by-kubectl", "Succeeded")
    assert other.metadata.created_by == "kubectl"
    names = {each.name for each in client.tracking.metrics(mine.uid)}
    assert {"train.loss", "validation.mse"} <= names
    [loss] = client.tracking.series(mine.uid, ["train.loss"]).series
    assert loss.points == len(loss.values) > 0
    assert all(map(math.isfinite, loss.values))

    model = _wait_for_model(platform, client, mine.uid)
    version = client.models.version(model, "latest")
    assert version.version == 1
    forecast = client.predictions.predict(model)
    [series] = forecast.series
    assert len(series.times) == 24
    with ZipFile(client.models.download(model, tmp_path)) as archive:
        assert "model.safetensors" in {Path(name).name for name in archive.namelist()}
    assert "<html" in client.reports.of_run(mine.uid)
    assert _wait_for_model(platform, client, other.uid) == "by-kubectl"


def test_an_uploaded_table_trains_where_the_service_is_and_nowhere_else(
    platform: Platform, client: Client, home: Workspace, workspace: Workspace, tmp_path: Path
) -> None:
    """A CSV by REST → a job that names it → its model; in another namespace the job is refused."""
    client.datasets.upload("load", _table(tmp_path / "load.csv"), time_column="time")
    source = {"kind": "dataset", "name": "load"}
    change = {
        "pipeline": "forecaster",
        "config": {"dataset": {"source": source, "target_columns": ["load"]}},
    }
    document = job_document("uploaded", NAMESPACE, change)
    document["spec"]["config"]["dataset"].pop("series")
    job = client.jobs.create(document)
    home.wait_for_phase("uploaded", "Succeeded")
    assert _wait_for_model(platform, client, job.uid) == "uploaded"
    newest = [
        {"time": f"2026-02-10T{hour:02}:00:00+00:00", "load": 50.0 + hour} for hour in range(24)
    ]
    [series] = client.predictions.predict("uploaded", history=newest).series
    assert series.last_time.startswith("2026-02-10T23:00")
    assert len(series.times) == 6

    document["metadata"] = {"name": "elsewhere", "namespace": workspace.namespace}
    client.jobs.create(document)
    status = workspace.wait_for_phase("elsewhere", "Failed")
    assert status["reason"] == "InvalidConfig"
    assert f"can be read in namespace {NAMESPACE} only" in status["message"]
    assert workspace.pods("elsewhere") == []


@pytest.mark.telling
def test_a_running_job_outlives_the_api_and_an_upgrade(
    platform: Platform, client: Client, home: Workspace
) -> None:
    """`kubectl delete pod` of the API, then `helm upgrade`: nothing lost, nothing doubled."""
    job = client.jobs.create(job_document("lasting", NAMESPACE, LONG_TRAINING))
    pod = home.wait_for_running_pod("lasting", 0)
    steps = (each for each in client.jobs.events(job.uid) if each.data.get("type") == "step")
    assert len(list(itertools.islice(steps, 3))) == 3

    platform.delete_pod()
    known = _last_step(client, job.uid)
    wait_for("further events", lambda: _last_step(client, job.uid) > known)
    before = {each["metadata"]["uid"] for each in platform.pods()}
    platform.install(api__podAnnotations__upgrade="one")
    wait_for(
        "the former pod's end",
        lambda: not before & {each["metadata"]["uid"] for each in platform.pods()},
    )
    after = home.wait_for_running_pod("lasting", 0)
    assert after["metadata"]["uid"] == pod["metadata"]["uid"]
    assert after["status"]["containerStatuses"][0]["restartCount"] == 0

    client.jobs.cancel(job.uid)
    home.wait_for_phase("lasting", "Cancelled")
    told = [each.identity for each in client.jobs.events(job.uid) if each.kind == "run"]
    assert told == _written(home, "lasting")
    jobs = [(each.metadata.namespace, each.name) for each in client.jobs.list()]
    assert len(jobs) == len(set(jobs))


def _written(home: Workspace, name: str) -> list[str]:
    """Return ATTEMPT.SEQUENCE of all events, as the trainers have written them."""
    folder = home.run_folder(name) / "events"
    lines = [
        json.loads(line)
        for file in home.node.files(folder)
        for line in home.node.read(folder / file).splitlines()
    ]
    pairs = sorted((each["attempt"], each["sequence"]) for each in lines)
    return [f"{attempt}.{sequence}" for attempt, sequence in pairs]


def _last_step(client: Client, uid: str) -> int:
    """Return the newest step of the loss that the service has."""
    [loss] = [each for each in client.tracking.metrics(uid) if each.name == "train.loss"]
    return loss.last_step


def _wait_for_phase(platform: Platform, client: Client, job: str, phase: str) -> Job:
    def look() -> Job | None:
        found = client.jobs.get(job)
        return found if found.status.phase == phase else None

    return wait_for(f"{job} {phase}", look, explain=platform.describe)


def _wait_for_model(platform: Platform, client: Client, job: str) -> str:
    def look() -> str | None:
        model = client.jobs.get(job).status.model
        return None if model is None else model.name

    return wait_for(f"the model of {job}", look, explain=platform.describe)


def _table(path: Path) -> Path:
    """Write 40 days of hourly load with a daily cycle."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    rows: list[list[Any]] = [
        [(start + timedelta(hours=hour)).isoformat(), 50 + 10 * math.sin(math.tau * hour / 24)]
        for hour in range(960)
    ]
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["time", "load"], *rows])
    return path
