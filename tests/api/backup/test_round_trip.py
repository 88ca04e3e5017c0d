"""A backup brings everything back, on either kind of database, while the service goes on."""

import asyncio
import itertools
import json
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from sqlalchemy import null, update

from azuraforge_api.app import create_app
from azuraforge_api.backup.archive import LEFT_OUT, MANIFEST, TABLES
from azuraforge_api.backup.dumping import dump_database
from azuraforge_api.database.database import Database
from azuraforge_api.database.migrations import check_schema
from azuraforge_api.database.tables import METADATA
from azuraforge_api.jobs.tables import JobRow
from azuraforge_api.settings import Settings
from azuraforge_api_harness.jobs import stored_job
from azuraforge_api_harness.service import Service
from azuraforge_api_harness.trained_run import TrainedRun, add_run
from azuraforge_cli.backup import back_up
from azuraforge_cli.restore import restore

if TYPE_CHECKING:
    from azuraforge_api_harness.postgres_server import PostgresServer

pytestmark = pytest.mark.anyio

API = "/api/v1"
FILLED = {
    "alias_moves", "attempts", "dataset_versions", "datasets", "event_batches", "jobs", "metrics",
    "model_aliases", "model_versions", "models", "point_chunks", "predictions", "tokens",
}  # fmt: skip
"""Tables that `_fill` leaves rows in."""
_numbers = itertools.count()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Return settings of a service that has nothing yet, not even tables."""
    folder = tmp_path / "restored"
    if request.param == "sqlite":
        yield Settings(data_dir=folder)
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = f"restored_{next(_numbers)}"
    yield Settings(data_dir=folder, database_url=server.create_database(name))
    server.drop_database(name)


async def _command(settings: Settings, command: Any, *arguments: Any, **options: Any) -> None:
    """Carry a command out as it is carried out in a process with the service's environment."""
    name = "AZURAFORGE_DATABASE_URL"
    if settings.database_url is not None:
        os.environ[name] = settings.database_url.get_secret_value()
    try:
        await asyncio.to_thread(command, *arguments, **options)
    finally:
        os.environ.pop(name, None)


async def _rows(settings: Settings, folder: Path) -> dict[str, list[Any]]:
    """Return every row by table, as JSON."""
    database = Database(settings.sqlalchemy_url)
    await dump_database(database, folder)
    await database.close()
    return _read(folder)


def _read(folder: Path) -> dict[str, list[Any]]:
    return {
        path.stem: [json.loads(line) for line in path.read_text().splitlines()]
        for path in (folder / TABLES).iterdir()
    }


async def _fill(service: Service, trained: TrainedRun) -> None:
    """Make one of everything."""
    await add_run(service, trained, publish={"model": "night", "alias": "champion"})
    await stored_job(service, "waiting")
    odd = await stored_job(service, "odd")
    async with service.database.write() as session:
        await session.execute(
            update(JobRow).where(JobRow.uid == odd).values(publication=null(), phase="Failed")
        )
    rows = "\n".join(["time,load", *(f"2024-01-01 {hour:02d}:00,{hour}" for hour in range(24))])
    uploads = [
        await service.editor.post(
            f"{API}/datasets/load/versions", content=content, headers={"Content-Type": "text/csv"}
        )
        for content in (rows, f"{rows}\n2024-01-02 00:00,7")
    ]
    assert [answer.status_code for answer in uploads] == [201, 201], uploads[0].text
    asked = await service.editor.post(f"{API}/models/night/versions/champion/predict", json={})
    assert asked.status_code == 200, asked.text
    await service.app.state.predictions.close()  # what was forecast is written down


async def test_everything_is_back_on_either_database(
    service: Service,
    empty: Settings,
    trained: TrainedRun,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Row by row and over HTTP with the old tokens: model, forecast, report, data set, curves."""
    await _fill(service, trained)
    archive = tmp_path / "backup.tar.gz"
    data = service.settings.data_dir
    await _command(service.settings, back_up, archive, data, runs=False, force=False, as_json=True)
    assert oct(archive.stat().st_mode)[-3:] == "600"
    await _command(empty, restore, archive, empty.data_dir, force=False, as_json=True)
    before = await _rows(service.settings, tmp_path_factory.mktemp("before"))
    after = await _rows(empty, tmp_path_factory.mktemp("after"))
    assert set(before) == {table.name for table in METADATA.sorted_tables} - LEFT_OUT
    for name, rows in before.items():
        if name not in {"jobs", "audit_entries"}:
            assert after[name] == rows, name
        assert len(rows) > 1 or name not in FILLED, name
    assert after["audit_entries"][:-1] == before["audit_entries"]
    names = [column for column, _ in before["jobs"][0]["columns"]]
    jobs = [dict(zip(names, row, strict=True)) for row in after["jobs"][1:]]
    was = [dict(zip(names, row, strict=True)) for row in before["jobs"][1:]]
    lost = next(job for job in jobs if job["name"] == "waiting")
    assert (lost["phase"], lost["status"][0]["reason"]) == ("Failed", "NotRestored")
    assert [j for j in jobs if j is not lost] == [j for j in was if j["name"] != "waiting"]
    assert [j["publication"] for j in jobs if j["name"] == "odd"] == [None]
    assert not list(empty.data_dir.rglob(".restor*"))

    app = create_app(empty)
    transport = httpx.ASGITransport(app=app)
    headers = dict(service.editor.headers)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://testserver", headers=headers) as it,
    ):
        version = f"{API}/models/night/versions/champion"
        forecasts = [await client.post(f"{version}/predict", json={})
                     for client in (service.editor, it)]  # fmt: skip
        assert [answer.status_code for answer in forecasts] == [200, 200], forecasts[1].text
        assert forecasts[0].json()["series"] == forecasts[1].json()["series"]
        run = (await it.get(f"{API}/jobs/night")).json()["metadata"]["uid"]
        for path in (
            f"{API}/runs/{run}/series?name=train.loss", f"{API}/runs/{run}/report",
            f"{API}/datasets/load/versions/2/preview", f"{API}/datasets/load/versions",
            f"{version}/files/model.json", f"{API}/compare/table?run={run}&run=odd",
        ):  # fmt: skip
            old, new = [await client.get(path) for client in (service.editor, it)]
            assert new.status_code == 200, path
            if new.headers["content-type"] == "application/json":
                assert new.json() == old.json(), path
            assert sorted(new.content) == sorted(old.content), path  # JSONB has its own order
        created = await stored_job(Service(app, it, it, it, it), "next")  # its number is free
        assert (await it.get(f"{API}/jobs/{created}")).status_code == 200


async def test_runs_come_back_wholly_where_they_are_wanted(
    service: Service, trained: TrainedRun, tmp_path: Path
) -> None:
    """Checkpoints, events and logs too, byte by byte; what a link leads to stays out."""
    uid = await add_run(service, trained)
    run = service.settings.runs_folder / uid
    (service.settings.data_dir / "secret").write_text("secret")
    (run / "model" / "link").symlink_to(service.settings.data_dir / "secret")
    (run / "linked").symlink_to(service.settings.data_dir)
    for runs in (False, True):
        archive, folder = tmp_path / f"{runs}.tar.gz", tmp_path / f"restored-{runs}"
        await _command(
            service.settings, back_up, archive, service.settings.data_dir,
            runs=runs, force=False, as_json=True,
        )  # fmt: skip
        await _command(
            Settings(data_dir=folder), restore, archive, folder, force=False, as_json=True
        )
        restored = folder / "runs" / uid
        found = {str(path.relative_to(restored)) for path in restored.rglob("*") if path.is_file()}
        all_files = {
            str(path.relative_to(run))
            for path in run.rglob("*")
            if path.is_file() and not path.is_symlink() and "linked" not in path.parts
        }
        if runs:
            assert found == all_files
        else:
            assert found == {
                name for name in all_files
                if name.startswith(("model/", "report/", "job.json", "status.json"))
            }  # fmt: skip
        assert all((restored / name).read_bytes() == (run / name).read_bytes() for name in found)


async def test_a_backup_is_of_one_moment(service: Service, tmp_path: Path) -> None:
    """What is written while rows are read is in the next backup, wholly; nobody waits."""
    uids = [await stored_job(service, f"job-{number}") for number in range(3)]
    noted: list[str] = []

    async def go_on() -> None:
        while len(noted) < 20:
            noted.append(await stored_job(service, f"late-{len(noted)}"))
            await service.editor.delete(f"{API}/jobs/{uids[0]}")

    archive = tmp_path / "backup.tar.gz"
    data = service.settings.data_dir
    await asyncio.gather(
        go_on(),
        _command(service.settings, back_up, archive, data, runs=True, force=False, as_json=True),
    )
    folder = tmp_path / "restored"
    await _command(Settings(data_dir=folder), restore, archive, folder, force=False, as_json=True)
    database = Database(Settings(data_dir=folder).sqlalchemy_url)
    assert await check_schema(database) is None
    await database.close()
    with tarfile.open(archive) as tar:
        member = tar.extractfile(MANIFEST)
        assert member is not None
        rows = json.load(member)["rows"]["jobs"]
    assert 3 <= rows <= 23
