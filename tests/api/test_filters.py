"""What holds for every list and for every address of a job, whoever adds the next one."""

from typing import Any

import pytest

from azuraforge_api.app import create_app
from azuraforge_api.jobs.mirror import JobMirror
from azuraforge_api.settings import Settings
from azuraforge_api_harness.jobs import job_document, stored_job
from azuraforge_api_harness.service import Service
from azuraforge_contract.training_job import parse_training_job

pytestmark = pytest.mark.anyio

API = "/api/v1"
TRAINERS = ("post", f"{API}/runs/{{run}}/events")
"""Trainers name their run by its uid."""
BY_NAME = (
    "jobs/night", "jobs/night/events", "jobs/night/logs", "jobs/night/artifacts",
    "jobs/night/artifacts/job.json", "runs/night/metrics", "runs/night/series?name=train.loss",
    "runs/night/report",
)  # fmt: skip


def _operations() -> dict[tuple[str, str], dict[str, Any]]:
    paths = create_app(Settings()).openapi()["paths"]
    return {
        (method, path): operation
        for path, operations in paths.items()
        for method, operation in operations.items()
    }


def _query(operation: dict[str, Any]) -> set[str]:
    return {each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"}


def test_every_address_of_a_job_takes_a_namespace() -> None:
    """A name means the newest job of a namespace wherever a job or its run is named."""
    named = {
        key: operation
        for key, operation in _operations().items()
        if "{job}" in key[1] or "{run}" in key[1] or "/v1/compare/" in key[1]
    }
    assert len(named) > 12
    without = {key for key, operation in named.items() if "namespace" not in _query(operation)}
    assert without == {TRAINERS}


def test_every_list_of_owned_things_has_a_filter_by_owner() -> None:
    """Whatever says who made it can be listed by who made it."""
    schemas = create_app(Settings()).openapi()["components"]["schemas"]
    lists = {}
    for key, operation in _operations().items():
        content = operation["responses"].get("200", {}).get("content", {})
        reference = content.get("application/json", {}).get("schema", {}).get("$ref", "")
        page = reference.rpartition("/")[2]
        if page.startswith("Page_"):
            item = schemas[page]["properties"]["items"]["items"]["$ref"].rpartition("/")[2]
            lists[key[1]] = (schemas[item]["properties"], _query(operation))
    owned = {path for path, (fields, _) in lists.items() if "createdBy" in fields}
    owned |= {f"{API}/jobs", f"{API}/models"}  # their metadata and versions say it
    assert len(owned) >= 8
    assert {path for path in owned if "createdBy" not in lists[path][1]} == set()


@pytest.mark.parametrize("address", BY_NAME)
async def test_a_namespace_is_heeded(service: Service, address: str) -> None:
    """In another namespace there is no such job; in its own one there is."""
    await stored_job(service)
    sign = "&" if "?" in address else "?"
    other = await service.viewer.get(f"{API}/{address}{sign}namespace=other")
    assert (other.status_code, other.json()["code"]) == (404, "not-found")
    assert "in namespace other" in other.json()["detail"]
    if address.endswith("/events"):
        return  # goes on for as long as the job does
    own = await service.viewer.get(f"{API}/{address}{sign}namespace=default")
    assert "No job" not in own.text


async def test_jobs_of_one_name_are_compared_where_they_are(service: Service) -> None:
    """Names of runs that are compared are looked for in the namespace that is given."""
    for name in ("night", "day"):
        await stored_job(service, name)
        job = parse_training_job(job_document(name))
        metadata = job.metadata.model_copy(update={"uid": f"{name}-there", "namespace": "there"})
        mirror = JobMirror(service.database, service.app.state.feed)
        await mirror.record(job.model_copy(update={"metadata": metadata}))
    query = {"run": ["night", "day"], "namespace": "there"}
    answer = await service.viewer.get(f"{API}/compare/configs", params=query)
    assert [run["uid"] for run in answer.json()["runs"]] == ["night-there", "day-there"]
    nowhere = await service.viewer.get(f"{API}/compare/configs", params={**query, "namespace": "x"})
    assert nowhere.status_code == 404
    assert nowhere.json()["detail"].endswith("in namespace x.")


@pytest.mark.parametrize("listed", ["datasets", "datasets/prices/versions", "tokens", "webhooks"])
async def test_an_owner_finds_its_own(service: Service, listed: str) -> None:
    """Whoever made something finds it by name; for anybody else the list is empty."""
    table = b"time,price\n2024-01-01,1\n2024-01-02,2\n2024-01-03,3\n"
    made = await service.admin.post(
        f"{API}/datasets/prices/versions", content=table, headers={"Content-Type": "text/csv"}
    )
    assert made.status_code == 201, made.text
    await service.admin.post(f"{API}/tokens", json={"name": "robot"})
    hook = {"url": "https://receiver.example/hook"}
    assert (await service.admin.post(f"{API}/webhooks", json=hook)).status_code == 201
    own = await service.admin.get(f"{API}/{listed}", params={"createdBy": "admin-token"})
    assert [item["createdBy"] for item in own.json()["items"]] == ["admin-token"]
    nobody = await service.admin.get(f"{API}/{listed}", params={"createdBy": "nobody"})
    assert nobody.json() == {"items": [], "next": None}


async def test_every_mistake_of_a_job_is_told_at_once(service: Service) -> None:
    """Those of its head, of what REST may not name and of its config stand side by side."""
    config = {"dataset": {"source": {"kind": "file", "path": "/x"}}, "training": {"epochs": -1}}
    answer = await service.editor.post(
        f"{API}/jobs", json=job_document("Bad_Name", device="tpu", config=config)
    )
    paths = [each["path"] for each in answer.json()["errors"]]
    assert {"metadata.name", "spec.device", "spec.config.training.epochs"} <= set(paths)
    assert "spec.config.dataset.source.kind" in paths
    assert len(paths) == len(set(paths))


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ({"kind": "file", "path": "/x.csv", "time_column": "t"}, "kind"),
        ({"kind": "dataset", "name": "nobody-has-it"}, "name"),
    ],
)
async def test_what_no_job_may_name_is_not_valid(
    service: Service, source: dict[str, str], path: str
) -> None:
    """A config is called valid only if a job with it would be taken."""
    config = {"dataset": {"source": source, "target_columns": ["a"]}}
    answer = await service.viewer.post(
        f"{API}/pipelines/forecaster/validate", json={"config": config}
    )
    told = answer.json()
    assert not told["valid"]
    assert [each["path"] for each in told["errors"]] == [f"spec.config.dataset.source.{path}"]


async def test_a_job_has_a_phase_from_its_first_moment(service: Service) -> None:
    """Nobody who reads a job finds a status without a phase."""
    uid = await stored_job(service)
    answer = await service.viewer.get(f"{API}/jobs/{uid}")
    assert answer.json()["status"]["phase"] == "Pending"
