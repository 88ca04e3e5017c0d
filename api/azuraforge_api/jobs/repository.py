"""Queries on jobs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Select, String, Text, cast, func, select, tuple_, type_coerce
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from azuraforge_api.http.paging import as_moment, as_number, as_text, decode_token
from azuraforge_api.jobs.schemas import JobSort
from azuraforge_api.jobs.tables import JobRow

__all__ = [
    "JobFilter",
    "ListedJob",
    "find_job",
    "find_job_by_name",
    "list_job_rows",
    "names_like",
    "sort_key",
]


@dataclass(frozen=True)
class JobFilter:
    """Which jobs a list shows; what is None or empty does not filter.

    Attributes:
        phases: any of these.
        pipeline: of this plugin.
        created_by: of this owner.
        namespace: in this namespace.
        text: a part of the name.
        labels: with these labels.
        created_after: not older.
        created_before: older.
        sort: the order.
    """

    phases: tuple[str, ...] = ()
    pipeline: str | None = None
    created_by: str | None = None
    namespace: str | None = None
    text: str | None = None
    labels: tuple[tuple[str, str], ...] = ()
    created_after: datetime | None = None
    created_before: datetime | None = None
    sort: JobSort = JobSort.NEWEST


class ListedJob(NamedTuple):
    """What a list tells of a job; see `JobRow`.

    Attributes:
        spec: JSON as the database has it: nobody on the way to a caller looks into it.
    """

    id: int
    uid: str
    namespace: str
    name: str
    created_by: str
    labels: dict[str, Any]
    spec: str
    status: dict[str, Any]
    phase: str
    generation: int
    version: int
    created_at: datetime
    finished_at: datetime | None
    gone_at: datetime | None
    publication: dict[str, Any] | None


_LISTED: Final = tuple(
    cast(JobRow.spec, Text).label(name) if name == "spec" else getattr(JobRow, name)
    for name in ListedJob._fields
)


async def find_job(session: AsyncSession, uid: str) -> JobRow | None:
    """Return the job of an identity."""
    return await session.scalar(select(JobRow).where(JobRow.uid == uid))


async def find_job_by_name(
    session: AsyncSession, name: str, namespace: str | None
) -> JobRow | None:
    """Return the newest job of a name, in a namespace or in any."""
    query = select(JobRow).where(JobRow.name == name)
    if namespace is not None:
        query = query.where(JobRow.namespace == namespace)
    return await session.scalar(query.order_by(JobRow.created_at.desc(), JobRow.id.desc()).limit(1))


async def names_like(session: AsyncSession, stem: str, namespace: str) -> set[str]:
    """Return the names that begin with a stem and a hyphen."""
    query = select(JobRow.name).where(
        JobRow.namespace == namespace, JobRow.name.startswith(f"{stem}-", autoescape=True)
    )
    return set(await session.scalars(query))


async def list_job_rows(
    session: AsyncSession, wanted: JobFilter, *, limit: int, token: str | None
) -> Sequence[ListedJob]:
    """Return one job more than the limit where more follow.

    Raises:
        Problem: the token is not one of this list.
    """
    is_server = session.get_bind().dialect.name == "postgresql"
    found = _filtered(select(*_LISTED), wanted, is_server=is_server)
    query = _ordered(found, wanted.sort, token)
    return [ListedJob(*row) for row in await session.execute(query.limit(limit + 1))]


def sort_key(row: ListedJob, sort: JobSort) -> list[Any]:
    """Return where a row stands in an order."""
    if sort is JobSort.NAME:
        return [row.name, row.id]
    return [row.created_at.isoformat(), row.id]


def _filtered(query: Select[Any], wanted: JobFilter, *, is_server: bool) -> Select[Any]:
    if wanted.phases:
        query = query.where(JobRow.phase.in_(wanted.phases))
    for column, value in (
        (JobRow.pipeline, wanted.pipeline),
        (JobRow.created_by, wanted.created_by),
        (JobRow.namespace, wanted.namespace),
    ):
        if value is not None:
            query = query.where(column == value)
    if wanted.text:
        query = query.where(func.lower(JobRow.name).contains(wanted.text.lower(), autoescape=True))
    for name, value in wanted.labels:
        query = query.where(_has_label(name, value, is_server=is_server))
    if wanted.created_after is not None:
        query = query.where(JobRow.created_at >= wanted.created_after)
    if wanted.created_before is not None:
        query = query.where(JobRow.created_at < wanted.created_before)
    return query


def _has_label(name: str, value: str, *, is_server: bool) -> ColumnElement[bool]:
    if is_server:  # what the index on labels knows
        return type_coerce(JobRow.labels, JSONB).contains({name: value})
    return cast(JobRow.labels[name].as_string(), String) == value


def _ordered(query: Select[Any], sort: JobSort, token: str | None) -> Select[Any]:
    key: Any = JobRow.name if sort is JobSort.NAME else JobRow.created_at
    descends = sort is JobSort.NEWEST
    if token is not None:
        at, identity = decode_token(
            token, sort.value, as_text if sort is JobSort.NAME else as_moment, as_number
        )
        # As one comparison of rows: an index is entered at that place instead of read up to it.
        place, last = tuple_(key, JobRow.id), tuple_(at, identity)
        query = query.where(place < last if descends else place > last)
    if descends:
        return query.order_by(key.desc(), JobRow.id.desc())
    return query.order_by(key, JobRow.id)
