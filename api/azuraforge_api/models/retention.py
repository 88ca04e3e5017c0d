"""Removes the folders of runs some days after their end; what is known of them stays.

Opened by ``app``. A folder whose model an alias stands for is kept always: the version is locked
while it is decided, and an alias cannot move to a version whose files are going. Rows tell it
first and files go afterwards, so that whatever interrupts a sweep is finished by the next one.
"""

import asyncio
import logging
import shutil
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from azuraforge_api.backends.backend import Backend
from azuraforge_api.database.database import Database
from azuraforge_api.jobs.tables import JobRow
from azuraforge_api.models.repository import aliases_by_version, find_version_of_run
from azuraforge_api.models.tables import AliasRow, ModelRow, ModelVersionRow
from azuraforge_api.settings import Settings
from azuraforge_contract.status import Phase

__all__ = ["RunRetention"]

_SWEEP_SECONDS: Final = 3600.0
_AT_ONCE: Final = 100
_AGAIN: Final = timedelta(days=7)
"""For so long a folder that was to go is looked for again."""
_ENDED: Final = tuple(phase.value for phase in Phase if phase.is_terminal)
_logger: Final = logging.getLogger("azuraforge.api.retention")


class RunRetention:
    """Sweeps in the background for as long as the service runs.

    Args:
        settings: the service's.
        database: the service's.
        backend: knows where runs lie.
    """

    def __init__(self, settings: Settings, database: Database, backend: Backend) -> None:
        self._settings = settings
        self._database = database
        self._backend = backend
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, where the settings say how long runs are kept."""
        if self._settings.run_retention_days is not None:
            self._task = asyncio.create_task(self._sweep_on(), name="retention")

    async def close(self) -> None:
        """End."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def sweep(self, now: datetime) -> list[str]:
        """Remove what is due; return the uids of the runs whose folders are gone."""
        days = self._settings.run_retention_days
        if days is None:
            return []
        gone: list[str] = []
        after = 0
        while uids := await self._due(now - timedelta(days=days), after):
            after = uids[-1][0]
            gone += [uid for _, uid in uids if await self._let_go(uid, now)]
        for uid in await self._let_go_before(now):
            await self._remove(uid)
        return gone

    async def _sweep_on(self) -> None:
        while True:
            try:
                gone = await self.sweep(datetime.now(UTC))
                if gone:
                    facts = {"event": "runs_removed", "count": len(gone)}
                    _logger.info("%d runs were removed", len(gone), extra=facts)
            except (SQLAlchemyError, OSError) as error:
                _logger.warning("sweep: %s", error, extra={"event": "retention_trouble"})
            await asyncio.sleep(_SWEEP_SECONDS)

    async def _due(self, before: datetime, after: int) -> list[tuple[int, str]]:
        aliased = (
            select(ModelVersionRow.job_id)
            .join(AliasRow, AliasRow.version_id == ModelVersionRow.id)
            .where(ModelVersionRow.job_id == JobRow.id)
        )
        query = (
            select(JobRow.id, JobRow.uid)
            .where(
                JobRow.id > after,
                JobRow.finished_at < before,
                JobRow.phase.in_(_ENDED),
                JobRow.files_gone_at.is_(None),
                ~aliased.exists(),
            )
            .order_by(JobRow.id)
            .limit(_AT_ONCE)
        )
        async with self._database.read() as session:
            return [(identity, uid) for identity, uid in await session.execute(query)]

    async def _let_go(self, uid: str, now: datetime) -> bool:
        """Note that a run's folder goes, unless it is needed after all."""
        if self._backend.run_folder(uid) is None:
            return False  # out of our reach, or gone by another hand
        async with self._database.write() as session:
            if await _is_resumed(session, uid):
                return False
            version = await find_version_of_run(session, uid)
            if version is not None:
                model = select(ModelRow).where(ModelRow.id == version.model_id)
                await session.scalar(model.with_for_update())
                if await aliases_by_version(session, [version.id]):
                    return False
                version.files_gone_at = version.files_gone_at or now
            job = await session.scalar(select(JobRow).where(JobRow.uid == uid))
            if job is not None:
                job.files_gone_at = now
        return True

    async def _let_go_before(self, now: datetime) -> list[str]:
        query = select(JobRow.uid).where(JobRow.files_gone_at >= now - _AGAIN)
        async with self._database.read() as session:
            return list(await session.scalars(query))

    async def _remove(self, uid: str) -> None:
        folders = [self._settings.library_folder / "onnx" / uid]
        run = self._backend.run_folder(uid)
        if run is not None:
            folders.append(run)
        for folder in folders:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


async def _is_resumed(session: AsyncSession, uid: str) -> bool:
    """Return whether a job that has not ended goes on from a run's checkpoint."""
    query = select(JobRow.spec).where(JobRow.phase.not_in(_ENDED))
    return any(spec.get("resumeFrom") == uid for spec in await session.scalars(query))
