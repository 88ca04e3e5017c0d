"""The history of the schema leads to what the code works on, and back to nothing."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from azuraforge_api.database.database import Database
from azuraforge_api.database.migrations import (
    check_schema,
    current_revision,
    downgrade_schema,
    head_revision,
    known_revisions,
    upgrade_schema,
)
from azuraforge_api.database.tables import METADATA
from azuraforge_contract.errors import StorageError

pytestmark = pytest.mark.anyio

NEWER = "ffffffffffff"


async def _tables(database: Database) -> set[str]:
    async with database.engine.connect() as connection:
        names = await connection.run_sync(lambda inner: inspect(inner).get_table_names())
    return set(names) - {"alembic_version"}


def _differences(connection: Connection) -> list[object]:
    options = {"compare_type": True, "compare_server_default": True}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), METADATA))


async def test_empty_to_head_to_nothing_to_head(database: Database) -> None:
    """Every revision can be applied, taken back without a trace, and applied again."""
    assert await current_revision(database) is None
    before = await upgrade_schema(database)
    assert (before.current, before.is_at_head) == (None, False)
    assert await _tables(database) == set(METADATA.tables)
    await downgrade_schema(database, "base")
    assert (await _tables(database), await current_revision(database)) == (set(), None)
    await upgrade_schema(database)
    assert await _tables(database) == set(METADATA.tables)
    assert await check_schema(database) is None
    again = await upgrade_schema(database)
    assert again.is_at_head


async def test_every_step_can_be_gone_alone(database: Database) -> None:
    """No revision needs that others are applied in the same transaction."""
    for revision in reversed(known_revisions()):
        await upgrade_schema(database, revision)
        assert await current_revision(database) == revision
    for revision in [*known_revisions()[1:], "base"]:
        await downgrade_schema(database, revision)


async def test_the_schema_at_head_is_the_code_s(database: Database) -> None:
    """Alembic finds nothing to do between the database at head and the tables of the code."""
    await upgrade_schema(database)
    async with database.engine.connect() as connection:
        assert await connection.run_sync(_differences) == []


async def test_a_difference_would_be_found(database: Database) -> None:
    """The comparison above can fail: a column that the code does not know is one."""
    await upgrade_schema(database)
    async with database.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE jobs ADD COLUMN mood VARCHAR(10)"))
    async with database.engine.connect() as connection:
        assert len(await connection.run_sync(_differences)) == 1


async def test_a_newer_database_is_refused(database: Database) -> None:
    """A release does not touch what it does not understand, and says so."""
    await upgrade_schema(database)
    async with database.engine.begin() as connection:
        await connection.execute(text(f"UPDATE alembic_version SET version_num = '{NEWER}'"))  # noqa: S608 - our own word
    assert await check_schema(database) == (
        f"The database is at revision {NEWER}, which this release does not know: it is newer."
    )
    with pytest.raises(StorageError, match="it is newer") as refusal:
        await upgrade_schema(database)
    assert "newer one" in refusal.value.remedy
    assert await current_revision(database) == NEWER


def test_there_is_one_head() -> None:
    """Two people's revisions stand one behind the other, never side by side."""
    assert known_revisions()[0] == head_revision()
