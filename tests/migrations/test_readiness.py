"""A service is ready only on the schema that it needs, and says why it is not."""

import asyncio
import time

import httpx
import pytest
from sqlalchemy import text

from azuraforge_api.app import create_app
from azuraforge_api.database import schema_watch
from azuraforge_api.database.database import Database
from azuraforge_api.database.migrations import head_revision, upgrade_schema
from azuraforge_api.settings import Settings

pytestmark = pytest.mark.anyio


async def _ask(client: httpx.AsyncClient) -> tuple[int, str, str]:
    answer = await client.get("/readyz")
    document = answer.json()
    return answer.status_code, document.get("detail", ""), document.get("remedy", "")


async def test_a_service_waits_for_its_schema(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Started too early it says what to run; when that was done it takes up its work by itself."""
    monkeypatch.setattr(schema_watch, "_LOOK_SECONDS", 0.05)
    app = create_app(settings)
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://testserver") as client,
    ):
        assert await _ask(client) == (
            503,
            f"The database is at revision none, this release needs {head_revision()}.",
            "Run `azuraforge db upgrade`.",
        )
        assert (await client.get("/healthz")).status_code == 200
        assert not settings.runs_folder.exists()
        await upgrade_schema(database)
        give_up = time.monotonic() + 30
        while (await _ask(client))[0] != 200:
            assert time.monotonic() < give_up, await _ask(client)
            await asyncio.sleep(0.05)
        assert settings.runs_folder.is_dir()  # the backend is at work


async def test_a_newer_release_may_migrate_under_a_running_service(
    settings: Settings, database: Database
) -> None:
    """Whoever is at work stays ready; whoever starts on the newer schema is not, and says why."""
    await upgrade_schema(database)
    old, late = create_app(settings), create_app(settings)
    transport = httpx.ASGITransport(app=old)
    async with (
        old.router.lifespan_context(old),
        httpx.AsyncClient(transport=transport, base_url="http://testserver") as client,
    ):
        async with database.engine.begin() as connection:
            await connection.execute(text("UPDATE alembic_version SET version_num = 'newer'"))
        assert (await _ask(client))[0] == 200
    transport = httpx.ASGITransport(app=late)
    async with (
        late.router.lifespan_context(late),
        httpx.AsyncClient(transport=transport, base_url="http://testserver") as client,
    ):
        code, detail, remedy = await _ask(client)
    assert (code, "it is newer" in detail, "a newer one" in remedy) == (503, True, True)
