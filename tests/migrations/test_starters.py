"""Several starters, and one that is killed: the schema is upgraded once, wholly or not at all."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from azuraforge_api.database import sqlite as sqlite_module
from azuraforge_api.database.database import Database
from azuraforge_api.database.migrations import (
    check_schema,
    current_revision,
    head_revision,
    schema_transaction,
    upgrade_schema,
)
from azuraforge_api.settings import Settings

pytestmark = pytest.mark.anyio

WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
KILLED = """
import asyncio, os, signal, sys
from sqlalchemy import event
from azuraforge_api.database.database import Database
from azuraforge_api.database.migrations import upgrade_schema

database = Database(sys.argv[1])
created = []

@event.listens_for(database.engine.sync_engine, "after_cursor_execute")
def count(connection, cursor, statement, *rest):
    if "CREATE TABLE" in statement:
        created.append(statement)
    if len(created) == 5:
        os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(upgrade_schema(database))
"""


def _start(settings: Settings) -> "subprocess.Popen[str]":
    environment = dict(os.environ)
    if settings.database_url is not None:
        environment["AZURAFORGE_DATABASE_URL"] = settings.database_url.get_secret_value()
    command = [sys.executable, "-m", "azuraforge_cli", "db", "upgrade", "--json"]
    return subprocess.Popen(  # noqa: S603 - our own command
        [*command, "--data", str(settings.data_dir)],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def _has_open(process: "subprocess.Popen[str]", file: Path) -> bool:
    try:
        opened = [link.readlink() for link in Path(f"/proc/{process.pid}/fd").iterdir()]
    except OSError:
        return False
    return file in opened


async def _have_come(database: Database, processes: list["subprocess.Popen[str]"]) -> bool:
    """Return whether all processes have come to the lock."""
    if database.is_sqlite:
        file = Path(str(database.engine.url.database))
        return all(_has_open(process, file) for process in processes)
    async with database.engine.connect() as connection:
        waiting = await connection.scalar(text(WAITING))
    return bool(waiting == len(processes))


async def test_of_two_starters_one_works_and_the_other_waits(
    settings: Settings, database: Database
) -> None:
    """Both succeed, and only one has changed anything."""
    processes: list[subprocess.Popen[str]] = []
    try:
        async with schema_transaction(database):
            processes = [_start(settings), _start(settings)]
            give_up = time.monotonic() + 60
            while not await _have_come(database, processes):
                assert time.monotonic() < give_up, "they do not come to the lock"
                await asyncio.sleep(0.05)
            assert [process.poll() for process in processes] == [None, None]
        printed = [await asyncio.to_thread(process.communicate, None, 60) for process in processes]
    finally:
        for process in processes:
            if process.poll() is None:
                process.kill()
                process.communicate()
    assert [process.returncode for process in processes] == [0, 0], printed
    answers = [json.loads(out) for out, _ in printed]
    assert sorted(answer["changed"] for answer in answers) == [False, True]
    assert {answer["to"] for answer in answers} == {head_revision()}
    assert await check_schema(database) is None


async def test_whoever_waits_for_long_still_comes_through(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A migration may take longer than a query waits for a lock."""
    monkeypatch.setattr(sqlite_module, "_BUSY_MILLISECONDS", 1)
    first, second = Database(settings.sqlalchemy_url), Database(settings.sqlalchemy_url)
    async with schema_transaction(first):
        waiting = asyncio.create_task(upgrade_schema(second))
        done, _ = await asyncio.wait({waiting}, timeout=0.3)
        assert not done
    assert (await waiting).current is None
    for each in (first, second):
        await each.close()


async def test_killed_in_its_middle_an_upgrade_never_happened(
    settings: Settings, database: Database
) -> None:
    """No half of a schema is left; the next start brings it to head."""
    command = [sys.executable, "-c", KILLED, settings.sqlalchemy_url]
    killed = await asyncio.to_thread(subprocess.run, command, check=False, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    async with database.engine.connect() as connection:
        tables = await connection.run_sync(lambda inner: inspect(inner).get_table_names())
    assert (tables, await current_revision(database)) == ([], None)
    await upgrade_schema(database)
    assert await check_schema(database) is None
