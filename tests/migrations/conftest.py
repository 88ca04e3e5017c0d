"""Empty databases of both kinds."""

import itertools
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from azuraforge_api.database.database import Database
from azuraforge_api.settings import Settings

if TYPE_CHECKING:
    from azuraforge_api_harness.postgres_server import PostgresServer

_numbers = itertools.count()


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Return settings of a service with an empty database, once on each kind."""
    if request.param == "sqlite":
        yield Settings(data_dir=tmp_path)
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = f"empty_{next(_numbers)}"
    yield Settings(data_dir=tmp_path, database_url=server.create_database(name))
    server.drop_database(name)


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    """Return the empty database."""
    opened = Database(settings.sqlalchemy_url)
    yield opened
    await opened.close()
