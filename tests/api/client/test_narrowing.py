"""Names in a namespace and lists of an owner, asked for from Python."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from azuraforge_api_harness.jobs import stored_job
from azuraforge_api_harness.service import Service
from azuraforge_client import ApiProblem, AsyncClient

pytestmark = pytest.mark.anyio

OTHER: Final = "other"


async def _all(found: AsyncIterator[Any]) -> list[Any]:
    return [each async for each in found]


CALLS: Final[dict[str, Callable[[AsyncClient, Path], Any]]] = {
    "metrics": lambda client, _: client.tracking.metrics("night", namespace=OTHER),
    "series": lambda client, _: client.tracking.series("night", ["train.loss"], namespace=OTHER),
    "report": lambda client, _: client.reports.of_run("night", namespace=OTHER),
    "artifacts": lambda client, _: client.jobs.artifacts("night", namespace=OTHER),
    "download": lambda client, to: client.jobs.download_artifact(
        "night", "job.json", to, namespace=OTHER
    ),
    "logs": lambda client, _: _all(client.jobs.logs("night", namespace=OTHER)),
    "events": lambda client, _: _all(client.jobs.events("night", namespace=OTHER)),
    "configs": lambda client, _: client.compare.configs(["night", "day"], namespace=OTHER),
    "curves": lambda client, _: client.compare.series(["night"], ["train.loss"], namespace=OTHER),
    "table": lambda client, _: client.compare.table(["night", "day"], namespace=OTHER),
    "csv": lambda client, _: client.compare.csv(["night", "day"], namespace=OTHER),
    "page": lambda client, _: client.compare.report(["night", "day"], namespace=OTHER),
}


@pytest.fixture
async def client(service: Service) -> AsyncIterator[AsyncClient]:
    """Return a client with an admin's token."""
    token = service.admin.headers["Authorization"].removeprefix("Bearer ")
    transport = httpx.ASGITransport(app=service.app)
    async with AsyncClient("http://testserver", token, transport=transport) as client:
        yield client


async def test_a_name_is_looked_for_in_its_namespace(
    service: Service, client: AsyncClient, tmp_path: Path
) -> None:
    """Every call that names a job or a run can say in which namespace."""
    for name in ("night", "day"):
        await stored_job(service, name)
    for name, call in CALLS.items():
        with pytest.raises(ApiProblem, match="in namespace other") as told:
            await call(client, tmp_path)
        assert told.value.status == 404, name


async def test_lists_are_narrowed_to_an_owner(client: AsyncClient, tmp_path: Path) -> None:
    """Whoever uploaded something finds it under its own name and not under another."""
    table = tmp_path / "prices.csv"
    table.write_text("time,price\n2024-01-01,1\n2024-01-02,2\n2024-01-03,3\n")
    await client.datasets.upload("prices", table)
    for owner, count in (("admin-token", 1), ("nobody", 0)):
        assert len(await _all(client.datasets.list(created_by=owner))) == count
    assert await _all(client.models.list(created_by="nobody")) == []
    assert await _all(client.predictions.list(created_by="nobody")) == []
