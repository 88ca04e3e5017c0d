"""The API on both databases, each test with a database of its own at the head of the schema."""

import asyncio
import itertools
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from azuraforge_api.app import create_app
from azuraforge_api.database.database import Database
from azuraforge_api.database.migrations import upgrade_schema
from azuraforge_api.security.principal import Role
from azuraforge_api.settings import Settings
from azuraforge_api_harness.running import end_trainers
from azuraforge_api_harness.service import Service, open_client
from azuraforge_api_harness.trained_run import TrainedRun, train

if TYPE_CHECKING:
    from azuraforge_api_harness.postgres_server import PostgresServer

_numbers = itertools.count()


@pytest.fixture(scope="session")
def sqlite_at_head(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an SQLite database at the head of the schema."""
    folder = tmp_path_factory.mktemp("sqlite")
    asyncio.run(_migrate(Settings(data_dir=folder)))
    return folder / "azuraforge.db"


async def _migrate(settings: Settings) -> None:
    database = Database(settings.sqlalchemy_url)
    await upgrade_schema(database)
    await database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Return settings of a service with an empty database at head, once on each database.

    When the service that a test ran with them has closed, its trainers are ended, which would
    outlive it: ended earlier, the service would start the next attempt.
    """
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_at_head"), tmp_path / "azuraforge.db")
        found = Settings(data_dir=tmp_path)
        yield found
        end_trainers(found.runs_folder)
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = f"test_{next(_numbers)}"
    found = Settings(data_dir=tmp_path, database_url=server.create_database(name, "at_head"))
    yield found
    end_trainers(found.runs_folder)
    server.drop_database(name)


@pytest.fixture
async def service(settings: Settings) -> AsyncIterator[Service]:
    """Return a running service."""
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        clients = {role: await open_client(app, role) for role in (*Role, None)}
        yield Service(
            app,
            viewer=clients[Role.VIEWER],
            editor=clients[Role.EDITOR],
            admin=clients[Role.ADMIN],
            nobody=clients[None],
        )
        for client in clients.values():
            await client.aclose()


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> TrainedRun:
    """Return a finished run of a small model."""
    return train(tmp_path_factory.mktemp("trained"))
