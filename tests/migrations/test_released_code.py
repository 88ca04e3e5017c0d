"""The code of every release works on the newest schema: releases only add, until nobody uses it.

Beside the revisions lies a record of what each release reads and writes. Here it writes and reads
once more, on today's schema.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import TableClause, and_, delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from azuraforge_api.database.column_kinds import ColumnKind, plain_table
from azuraforge_api.database.database import Database
from azuraforge_api.database.migrations import known_revisions, upgrade_schema
from azuraforge_migrations.released_schema import RELEASES, record_schema

pytestmark = pytest.mark.anyio

RECORDS = {path.stem: json.loads(path.read_bytes()) for path in sorted(RELEASES.glob("*.json"))}
Columns = Mapping[str, Mapping[str, Any]]


class OldCode:
    """What a release does with its tables: it knows no other ones, and no newer columns.

    Args:
        record: of the release.
        connection: in a transaction, to the newest schema.
    """

    def __init__(self, record: Mapping[str, Any], connection: AsyncConnection) -> None:
        self._tables: Mapping[str, Columns] = record["tables"]
        self._connection = connection
        self._numbers = iter(range(1, 1_000_000))
        self._written: dict[str, dict[str, Any]] = {}

    async def work(self) -> None:
        """Insert two rows into each table, read, change and delete them, in the keys' order."""
        for name, columns in self._tables.items():
            for is_full in (False, True):
                await self._write(name, columns, is_full=is_full)
        for name, columns in reversed(list(self._tables.items())):
            table = self._table(name)
            fresh = self._row(columns, is_full=True)
            row = self._written[name]
            keys = [column for column, facts in columns.items() if facts.get("key")]
            mine = and_(*(table.c[key] == row[key] for key in keys))
            changed = {c: v for c, v in fresh.items() if c not in keys}
            if changed:
                result = await self._connection.execute(update(table).where(mine).values(changed))
                assert result.rowcount == 1
            await self._connection.execute(delete(table))

    async def _write(self, name: str, columns: Columns, *, is_full: bool) -> None:
        table = self._table(name)
        row = self._row(columns, is_full=is_full)
        generated = [column for column, facts in columns.items() if facts.get("generated")]
        sent = {column: value for column, value in row.items() if column not in generated}
        statement = insert(table).values(sent)
        if generated:
            (column,) = generated
            row[column] = await self._connection.scalar(statement.returning(table.c[column]))
        else:
            await self._connection.execute(statement)
        keys = [column for column, facts in columns.items() if facts.get("key")]
        query = select(table).where(and_(*(table.c[key] == row[key] for key in keys)))
        read = (await self._connection.execute(query)).mappings().one()
        assert {column: read[column] for column in row} == row
        self._written[name] = row

    def _row(self, columns: Columns, *, is_full: bool) -> dict[str, Any]:
        return {
            name: None if facts["nullable"] and not is_full else self._value(facts)
            for name, facts in columns.items()
        }

    def _value(self, facts: Mapping[str, Any]) -> Any:
        reference = facts.get("references")
        if reference is not None:
            table, _, column = reference.partition(".")
            return self._written[table][column]
        number = next(self._numbers)
        return {
            ColumnKind.TIME: datetime(2026, 1, 1, microsecond=number, tzinfo=UTC),
            ColumnKind.BOOLEAN: True,
            ColumnKind.INTEGER: number,
            ColumnKind.NUMBER: number + 0.5,
            ColumnKind.TEXT: str(number).rjust(facts.get("length", 8), "x"),
            ColumnKind.JSON: {"number": number, "list": [None, "ü"]},
            ColumnKind.BYTES: bytes(range(256)),
        }[ColumnKind(facts["kind"])]

    def _table(self, name: str) -> TableClause:
        columns = self._tables[name]
        return plain_table(name, {c: ColumnKind(facts["kind"]) for c, facts in columns.items()})


async def _work(record: Mapping[str, Any], database: Database) -> None:
    engine = database.engine.execution_options(azuraforge_writes=True)
    async with engine.begin() as connection:
        await OldCode(record, connection).work()


@pytest.mark.parametrize("release", RECORDS)
async def test_a_release_s_code_works_on_the_newest_schema(
    release: str, database: Database
) -> None:
    """Its rows can be written, read, changed and deleted while a newer release is rolled out."""
    await upgrade_schema(database)
    await _work(RECORDS[release], database)


async def test_the_code_of_today_works_on_the_newest_schema(database: Database) -> None:
    """The check itself is right: it passes where nothing has changed."""
    await upgrade_schema(database)
    await _work(record_schema(), database)


@pytest.mark.parametrize(
    "contraction",
    [
        "ALTER TABLE jobs DROP COLUMN files_gone_at",
        "ALTER TABLE jobs RENAME COLUMN labels TO marks",
        "ALTER TABLE audit_entries RENAME TO changes",
        "ALTER TABLE tokens ADD COLUMN mood INTEGER NOT NULL CHECK (mood > 0) DEFAULT -1",
    ],
)
async def test_what_would_break_old_code_is_found(contraction: str, database: Database) -> None:
    """A column or table taken away, renamed or newly required stops the old code, and this test."""
    record = record_schema()
    await upgrade_schema(database)
    async with database.engine.begin() as connection:
        await connection.execute(text(contraction))
    with pytest.raises(DBAPIError):
        await _work(record, database)


async def test_additions_do_not_break_old_code(database: Database) -> None:
    """New tables, columns that may be empty and columns with a default are no harm."""
    record = record_schema()
    await upgrade_schema(database)
    async with database.engine.begin() as connection:
        await connection.execute(text("CREATE TABLE moods (id INTEGER PRIMARY KEY)"))
        await connection.execute(text("ALTER TABLE jobs ADD COLUMN mood INTEGER"))
        await connection.execute(
            text("ALTER TABLE jobs ADD COLUMN tone INTEGER DEFAULT 0 NOT NULL")
        )
    await _work(record, database)


def test_the_record_of_this_version_is_its_code_s() -> None:
    """What will be held against later schemas is what this version does."""
    present = record_schema()
    assert RECORDS[present["release"]] == present, "run `make released-schema`"
    assert {record["revision"] for record in RECORDS.values()} <= set(known_revisions())
