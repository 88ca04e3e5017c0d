"""Queries of comparisons."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from azuraforge_api.jobs.repository import find_job_by_name
from azuraforge_api.jobs.tables import JobRow
from azuraforge_api.models.tables import ModelRow, ModelVersionRow
from azuraforge_api.tracking.tables import MetricRow

__all__ = ["MadeVersion", "find_jobs", "find_last_metrics", "find_made_versions"]


@dataclass(frozen=True)
class MadeVersion:
    """The version that a run has made, with its model's name."""

    name: str
    version: ModelVersionRow


async def find_jobs(
    session: AsyncSession, references: Sequence[str], namespace: str | None
) -> list[JobRow | None]:
    """Return for each reference the job of that uid, else the newest one of that name."""
    query = select(JobRow).where(JobRow.uid.in_(set(references)))
    by_uid = {row.uid: row for row in await session.scalars(query)}
    names = {each for each in references if each not in by_uid}
    by_name = {name: await find_job_by_name(session, name, namespace) for name in names}
    return [by_uid.get(each) or by_name.get(each) for each in references]


async def find_last_metrics(
    session: AsyncSession, job_ids: Sequence[int]
) -> dict[int, dict[str, float]]:
    """Return by job the last value of each of its series."""
    query = (
        select(MetricRow.job_id, MetricRow.name, MetricRow.last_value)
        .where(MetricRow.job_id.in_(job_ids), MetricRow.points > 0)
        .order_by(MetricRow.job_id, MetricRow.name)
    )
    found: dict[int, dict[str, float]] = {}
    for job_id, name, value in await session.execute(query):
        found.setdefault(job_id, {})[name] = value
    return found


async def find_made_versions(
    session: AsyncSession, job_ids: Sequence[int]
) -> dict[int, MadeVersion]:
    """Return by job what it has made, deleted versions too: their figures are history."""
    query = (
        select(ModelRow.name, ModelVersionRow)
        .join(ModelVersionRow, ModelVersionRow.model_id == ModelRow.id)
        .where(ModelVersionRow.job_id.in_(job_ids))
    )
    found = await session.execute(query)
    return {version.job_id: MadeVersion(name, version) for name, version in found}
