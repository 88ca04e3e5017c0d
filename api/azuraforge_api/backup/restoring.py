"""Fills a database from a backup: all rows and files, or nothing of it.

One transaction: the schema of the backup's release, its rows, then the upgrade to today's schema,
so that an old backup goes the way an old database would have gone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, delete, insert, select, text, update
from sqlalchemy.exc import DataError, IntegrityError

from azuraforge_api.audit.tables import AuditRow
from azuraforge_api.backup.archive import LEFT_OUT, RUNS, TABLES, ArchiveManifest
from azuraforge_api.backup.placing import Placement, find_interrupted
from azuraforge_api.backup.rows import count_rows, insert_rows, read_rows
from azuraforge_api.backup.unpacking import UnpackedBackup
from azuraforge_api.database.database import Database
from azuraforge_api.database.migrations import (
    current_revision,
    head_revision,
    migrate,
    read_schema,
    schema_transaction,
)
from azuraforge_api.database.tables import METADATA
from azuraforge_api.jobs.tables import JobRow
from azuraforge_api.settings import Settings
from azuraforge_contract.errors import JobFileError, StorageError
from azuraforge_contract.status import Phase

__all__ = ["Restore", "check_target", "settle_interrupted"]

_METHOD: Final = "RESTORE"


async def check_target(settings: Settings, database: Database) -> None:
    """Refuse a target that has something in it.

    Raises:
        JobFileError: it has.
        StorageError: its database is newer than this release.
    """
    state = await read_schema(database)
    if state.is_newer:
        raise StorageError(str(state.trouble), remedy=state.remedy)
    found: object = Placement(settings, "").find_files()
    if found is None and state.current is not None:
        async with database.engine.connect() as connection:
            found = await connection.run_sync(_find_rows)
    if found is not None:
        raise JobFileError(
            f"The service to be restored is not empty: {found} is there.",
            remedy="Choose another --data or an empty database, or replace everything by --force.",
        )


async def settle_interrupted(settings: Settings, database: Database) -> list[Path]:
    """Finish or undo a restore that was cut off; return the folders of what it set aside.

    Raises:
        StorageError: its journal cannot be read.
    """
    identity = find_interrupted(settings)
    if identity is None:
        return []
    placement = Placement(settings, identity)
    if await current_revision(database) == head_revision():
        query = select(AuditRow.id).where(
            AuditRow.request_id == identity, AuditRow.method == _METHOD
        )
        async with database.read() as session:
            if await session.scalar(query) is not None:
                return placement.finish()
    placement.undo()
    return []


@dataclass(frozen=True)
class Restore:
    """One restore of an unpacked backup.

    Attributes:
        settings: of the service to be filled.
        backup: checked.
        placement: of its files.
        name: the archive's, for the audit log.
        on_rows: told how many rows more are in.
    """

    settings: Settings
    backup: UnpackedBackup
    placement: Placement
    name: str
    on_rows: Callable[[int], None] = field(default=lambda _: None)

    async def carry_out(self, database: Database) -> list[Path]:
        """Put rows and files in; return the folders of what was set aside.

        Raises:
            StorageError: the rows do not fit, or the disk is full; nothing was changed then.
        """
        try:
            async with schema_transaction(database) as connection:
                await connection.run_sync(self._fill)
                self.placement.place()
        except (IntegrityError, DataError) as error:
            reason = str(error.orig).partition("\n")[0]
            raise StorageError(
                f"The rows of the backup do not fit this database: {reason}.",
                remedy="Nothing was changed.",
            ) from error
        except OSError as error:
            raise StorageError(
                f"The files of the backup cannot be put in place: {error}.",
                remedy="Nothing was changed. Look at the folders' owners and disks.",
            ) from error
        finally:
            aside = await settle_interrupted(self.settings, database)
        return aside

    def _fill(self, connection: Connection) -> None:
        revision = self.backup.header.schema_revision
        _empty(connection, revision)
        for name in self._tables(connection):
            self._load(connection, name)
        if revision != head_revision():
            migrate(connection, "head")
        _set_sequences(connection)
        if self.settings.backend == "local":
            self._end_lost_jobs(connection)
        connection.execute(
            insert(AuditRow).values(
                time=datetime.now(UTC),
                principal="azuraforge restore",
                method=_METHOD,
                path=self.name[:500],
                status=200,
                request_id=self.placement.identity,
            )
        )

    def _tables(self, connection: Connection) -> Sequence[str]:
        """Return the tables of the backup in an order in which references lead backwards."""
        del connection
        known = [table.name for table in METADATA.sorted_tables]
        rows = self.backup.manifest.rows
        return [name for name in known if name in rows] + sorted(set(rows) - set(known))

    def _load(self, connection: Connection, name: str) -> None:
        table, batches = read_rows(self.placement.staged(f"{TABLES}/{name}.jsonl"))
        for batch in batches:
            insert_rows(connection, table, batch)
            self.on_rows(len(batch))
        count = count_rows(connection, table)
        if count != self.backup.manifest.rows[name]:
            raise StorageError(
                f"The backup has {count} rows of {name}, and says that it has "
                f"{self.backup.manifest.rows[name]}.",
                remedy="Nothing was changed. Use another backup.",
            )

    def _end_lost_jobs(self, connection: Connection) -> None:
        """End jobs that had not ended and whose runs are not in the backup: nobody can go on."""
        phases = [phase.value for phase in Phase if not phase.is_terminal]
        query = select(JobRow.id, JobRow.uid, JobRow.status).where(JobRow.phase.in_(phases))
        now = datetime.now(UTC)
        restored = _runs_with_jobs(self.backup.manifest)
        for job, uid, status in connection.execute(query).all():
            if uid in restored:
                continue
            ended: dict[str, Any] = {
                **status,
                "phase": Phase.FAILED.value,
                "reason": "NotRestored",
                "message": "It had not ended when the backup was made that has no runs.",
                "completionTime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            }
            values = {"status": ended, "phase": Phase.FAILED.value, "finished_at": now}
            change = update(JobRow).where(JobRow.id == job)
            connection.execute(change.values(**values, version=JobRow.version + 1))


def _empty(connection: Connection, revision: str) -> None:
    """Bring the schema to a revision without a row in it."""
    found = connection.dialect.has_table(connection, "alembic_version")
    current = connection.scalar(text("SELECT version_num FROM alembic_version")) if found else None
    if current == revision == head_revision():
        for table in reversed(METADATA.sorted_tables):
            connection.execute(delete(table))
        return
    if current is not None:
        migrate(connection, "base", is_downgrade=True)
    migrate(connection, revision)


def _find_rows(connection: Connection) -> str | None:
    for table in METADATA.sorted_tables:
        if table.name in LEFT_OUT or not connection.dialect.has_table(connection, table.name):
            continue
        count = count_rows(connection, table)
        if count:
            return f"{count} row{'s'[: count != 1]} of {table.name}"
    return None


def _runs_with_jobs(manifest: ArchiveManifest) -> set[str]:
    names = (name.split("/") for name in manifest.files)
    return {parts[1] for parts in names if parts[0] == RUNS and parts[2:] == ["job.json"]}


def _set_sequences(connection: Connection) -> None:
    """Let PostgreSQL number on from the last row; SQLite does so by itself."""
    if connection.dialect.name != "postgresql":
        return
    for table in METADATA.sorted_tables:
        column = table.autoincrement_column
        if column is None:
            continue
        connection.execute(
            text(
                f'SELECT setval(pg_get_serial_sequence(:name, :column), max("{column.name}")) '  # noqa: S608 - our own names
                f'FROM "{table.name}" HAVING max("{column.name}") IS NOT NULL'
            ),
            {"name": table.name, "column": column.name},
        )
