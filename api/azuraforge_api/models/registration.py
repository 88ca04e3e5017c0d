"""From a finished run to a version in the library, once, whoever notices it and however often.

Called by the ingest: live, at the sweep when the service starts, at replay and at import.
"""

import asyncio
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from azuraforge_api.database.database import Database
from azuraforge_api.jobs.repository import find_job
from azuraforge_api.jobs.tables import JobRow
from azuraforge_api.models.aliases import is_alias, move_alias
from azuraforge_api.models.found_model import FoundModel, has_model, inspect_model
from azuraforge_api.models.repository import find_version_of_run, lock_model
from azuraforge_api.models.tables import ModelVersionRow
from azuraforge_contract.errors import StorageError
from azuraforge_contract.status import ConditionStatus, Phase

__all__ = ["publish_run", "register_run"]

_logger: Final = logging.getLogger("azuraforge.api.models")


async def publish_run(database: Database, uid: str, run: Path) -> bool:
    """Make a version of a run that has succeeded and left a model; return whether that is settled.

    A damaged model is logged, and told in the status of its job; it never becomes a version.
    """
    if not await asyncio.to_thread(has_model, run):
        return False
    async with database.read() as session:
        job = await find_job(session, uid)
        if job is None or job.phase != Phase.SUCCEEDED:
            return False
        if await find_version_of_run(session, uid) is not None:
            return True
    try:
        found = await asyncio.to_thread(inspect_model, run)
    except StorageError as error:
        await _tell_trouble(database, uid, error)
        return True
    async with database.write() as session:
        job = await find_job(session, uid)
        if job is not None:
            await register_run(session, job, found)
    return True


async def register_run(
    session: AsyncSession, job: JobRow, found: FoundModel
) -> ModelVersionRow | None:
    """Return the version that a run has made, numbered when it is seen first.

    Args:
        session: a writing transaction.
        job: whose run it is; name, owner and identity are its, never the manifest's.
        found: its model.

    Returns:
        None where a person has deleted the version.
    """
    publish = job.spec.get("publish") or {}
    model = await lock_model(session, str(publish.get("model") or job.name))
    known = await find_version_of_run(session, job.uid)
    if known is not None:
        return known if known.deleted_at is None else None
    model.last_number += 1
    version = ModelVersionRow(
        model_id=model.id,
        number=model.last_number,
        run_uid=job.uid,
        job_id=job.id,
        pipeline=job.pipeline,
        kind=found.kind[:63],
        metrics=found.metrics,
        baselines=found.baselines,
        manifest=found.manifest,
        digest=found.digest,
        bytes=found.bytes,
        notes="",
        created_by=job.created_by,
        created_at=datetime.now(UTC),
        revision=1,
    )
    session.add(version)
    await session.flush()
    alias = publish.get("alias")
    if isinstance(alias, str) and is_alias(alias):
        reason = f"Job {job.name} says so."
        await move_alias(session, model, alias, version, by=job.created_by, reason=reason)
    said = f"Published as {model.name}, version {version.number}."
    _note(job, ConditionStatus.TRUE, "Published", said)
    job.publication = {
        **(job.publication or {}),
        "model": {"name": model.name, "version": version.number},
    }
    _logger.info(said, extra={"event": "model_registered", "job": job.name})
    return version


async def _tell_trouble(database: Database, uid: str, error: StorageError) -> None:
    async with database.write() as session:
        job = await find_job(session, uid)
        if job is None:
            return
        _note(job, ConditionStatus.FALSE, "ModelDamaged", str(error))
    _logger.error("run %s: %s", uid, error, extra={"event": "model_damaged", "job": uid})


def _note(job: JobRow, status: ConditionStatus, reason: str, message: str) -> None:
    condition: dict[str, Any] = {
        "status": status.value,
        "reason": reason,
        "message": message,
        "lastTransitionTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    before = (job.publication or {}).get("condition", {})
    if before.get("message") != message:
        job.publication = {"condition": condition}
        job.version += 1
