"""Queries on data sets."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Subquery, exists, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from azuraforge_api.datasets.tables import DatasetRow, DatasetVersionRow
from azuraforge_api.jobs.tables import JobRow
from azuraforge_contract.status import Phase

__all__ = [
    "DatasetFilter",
    "DatasetSummary",
    "find_dataset",
    "find_version",
    "list_datasets",
    "list_versions",
    "lock_datasets",
    "next_number",
    "stored_bytes",
    "unfinished_specs",
    "unused_digests",
]

_LOCK: Final = 4_154_872_602
"""Any number that no other advisory lock of ours has."""


@dataclass(frozen=True)
class DatasetFilter:
    """Which data sets a list shows.

    Attributes:
        text: a part of the name.
        created_by: with a version of this owner.
        name: the whole name.
    """

    text: str | None = None
    created_by: str | None = None
    name: str | None = None


@dataclass(frozen=True)
class DatasetSummary:
    """A data set with its newest version.

    Attributes:
        row: its name.
        versions: how many versions there are.
        latest: the newest.
    """

    row: DatasetRow
    versions: int
    latest: DatasetVersionRow


async def lock_datasets(session: AsyncSession) -> None:
    """Let no other process change data sets until this transaction ends.

    Uploads and deletions are rare and end fast; one after the other, no file is removed that
    another upload has just found. SQLite has one writer anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


async def find_dataset(session: AsyncSession, name: str) -> DatasetRow | None:
    """Return the row of a name, also where all its versions were deleted."""
    return await session.scalar(select(DatasetRow).where(DatasetRow.name == name))


async def find_version(
    session: AsyncSession, name: str, number: int | None
) -> DatasetVersionRow | None:
    """Return a version that is there; None as number: the newest."""
    query = (
        select(DatasetVersionRow)
        .join(DatasetRow, DatasetRow.id == DatasetVersionRow.dataset_id)
        .where(DatasetRow.name == name, DatasetVersionRow.deleted_at.is_(None))
        .order_by(DatasetVersionRow.number.desc())
        .limit(1)
    )
    if number is not None:
        query = query.where(DatasetVersionRow.number == number)
    return await session.scalar(query)


async def list_versions(
    session: AsyncSession,
    dataset_id: int,
    *,
    created_by: str | None = None,
    limit: int | None = None,
    after: int | None = None,
) -> Sequence[DatasetVersionRow]:
    """Return the versions that are there, newest first, one more than the limit where there are."""
    query = (
        select(DatasetVersionRow)
        .where(DatasetVersionRow.dataset_id == dataset_id, DatasetVersionRow.deleted_at.is_(None))
        .order_by(DatasetVersionRow.number.desc())
    )
    if created_by is not None:
        query = query.where(DatasetVersionRow.created_by == created_by)
    if after is not None:
        query = query.where(DatasetVersionRow.number < after)
    return list(await session.scalars(query if limit is None else query.limit(limit + 1)))


async def list_datasets(
    session: AsyncSession, wanted: DatasetFilter, *, limit: int, after: str | None = None
) -> list[DatasetSummary]:
    """Return data sets that have a version by name, one more than the limit where there are."""
    latest = _latest()
    query = (
        select(DatasetRow, latest.c.versions, DatasetVersionRow)
        .join(latest, latest.c.dataset_id == DatasetRow.id)
        .join(
            DatasetVersionRow,
            (DatasetVersionRow.dataset_id == DatasetRow.id)
            & (DatasetVersionRow.number == latest.c.number),
        )
        .order_by(DatasetRow.name)
        .limit(limit + 1)
    )
    if wanted.text:
        query = query.where(DatasetRow.name.contains(wanted.text.lower(), autoescape=True))
    if wanted.created_by is not None:
        query = query.where(_has_version_of(wanted.created_by))
    if wanted.name is not None:
        query = query.where(DatasetRow.name == wanted.name)
    if after is not None:
        query = query.where(DatasetRow.name > after)
    return [DatasetSummary(*row) for row in await session.execute(query)]


async def next_number(session: AsyncSession, dataset_id: int) -> int:
    """Return the number of a new version; that of a deleted one is never given again."""
    query = select(func.max(DatasetVersionRow.number)).where(
        DatasetVersionRow.dataset_id == dataset_id
    )
    return (await session.scalar(query) or 0) + 1


async def stored_bytes(session: AsyncSession) -> int:
    """Return the space that all versions take; the same bytes lie there once."""
    query = (
        select(func.max(DatasetVersionRow.bytes))
        .where(DatasetVersionRow.deleted_at.is_(None))
        .group_by(DatasetVersionRow.digest)
        .subquery()
    )
    return int(await session.scalar(select(func.sum(query.c[0]))) or 0)


async def unused_digests(session: AsyncSession, digests: Sequence[str]) -> list[str]:
    """Return those of which no version is there any more."""
    query = select(DatasetVersionRow.digest).where(
        DatasetVersionRow.digest.in_(digests), DatasetVersionRow.deleted_at.is_(None)
    )
    return sorted(set(digests) - set(await session.scalars(query)))


async def unfinished_specs(session: AsyncSession) -> Sequence[tuple[str, dict[str, object]]]:
    """Return name and spec of every job that has not ended."""
    open_phases = [phase.value for phase in Phase if not phase.is_terminal]
    query = select(JobRow.name, JobRow.spec).where(
        JobRow.phase.in_(open_phases), JobRow.gone_at.is_(None)
    )
    return [(name, spec) for name, spec in await session.execute(query)]


def _has_version_of(owner: str) -> ColumnElement[bool]:
    version = aliased(DatasetVersionRow)
    return exists().where(
        version.dataset_id == DatasetRow.id,
        version.created_by == owner,
        version.deleted_at.is_(None),
    )


def _latest() -> Subquery:
    return (
        select(
            DatasetVersionRow.dataset_id,
            func.max(DatasetVersionRow.number).label("number"),
            func.count().label("versions"),
        )
        .where(DatasetVersionRow.deleted_at.is_(None))
        .group_by(DatasetVersionRow.dataset_id)
        .subquery()
    )
