"""The table of runs: one row each, with what differs and what came out."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from azuraforge_api.compare.repository import (
    MadeVersion,
    find_last_metrics,
    find_made_versions,
)
from azuraforge_api.compare.schemas import ComparisonTable, TableRow
from azuraforge_api.compare.service import compared_run, full_specs, value_or_none
from azuraforge_api.compare.setting_rows import ABSENT, SettingRow, divide_settings
from azuraforge_api.jobs.tables import JobRow
from azuraforge_api.pipelines.service import PipelineCatalog
from azuraforge_api.problems.problem import Problem
from azuraforge_contract.validation import nearest

__all__ = ["build_table", "cells_of", "column_names"]

_FACTS: Final = (
    "name", "namespace", "uid", "phase", "pipeline", "createdBy", "created", "finished",
    "durationSeconds", "model", "version",
)  # fmt: skip
_Cell = Any
"""Text, number, moment, list or None."""


async def build_table(
    session: AsyncSession, catalog: PipelineCatalog, jobs: Sequence[JobRow], sort: str | None
) -> ComparisonTable:
    """Return the table of jobs.

    Args:
        session: a transaction.
        catalog: knows the defaults of configs.
        jobs: one row each.
        sort: a column, descending with - in front; None: as they come.

    Raises:
        Problem: there is no such column.
    """
    differing, _ = divide_settings(await full_specs(catalog, jobs))
    identities = [job.id for job in jobs]
    last = await find_last_metrics(session, identities)
    made = await find_made_versions(session, identities)
    rows = [
        _row(job, number, differing, last.get(job.id, {}), made.get(job.id))
        for number, job in enumerate(jobs)
    ]
    table = ComparisonTable(
        settings=[row.path for row in differing],
        metrics=_names(row.metrics for row in rows),
        last_metrics=_names(row.last_metrics for row in rows),
        baselines=_names(_flat_baselines(row) for row in rows),
        rows=rows,
    )
    if sort is not None:
        table.rows = _sorted(table, sort)
    return table


def column_names(table: ComparisonTable) -> list[str]:
    """Return the names of a table's columns, as its CSV form heads them and `sort` takes them."""
    return [
        *_FACTS,
        *table.settings,
        *table.metrics,
        *(f"last.{name}" for name in table.last_metrics),
        *(f"baselines.{name}" for name in table.baselines),
    ]


def cells_of(row: TableRow) -> dict[str, _Cell]:
    """Return a row's values by column; what it has not is absent."""
    facts: dict[str, _Cell] = {
        **row.run.model_dump(by_alias=True),
        "created": row.created,
        "finished": row.finished,
        "durationSeconds": row.duration_seconds,
        "model": row.model,
        "version": row.version,
    }
    return {
        **{f"baselines.{name}": value for name, value in _flat_baselines(row).items()},
        **{f"last.{name}": value for name, value in row.last_metrics.items()},
        **row.metrics,
        **row.settings,
        **facts,
    }


def _row(
    job: JobRow,
    number: int,
    differing: Sequence[SettingRow],
    last: dict[str, float],
    made: MadeVersion | None,
) -> TableRow:
    settings = {row.path: row.values[number] for row in differing}
    return TableRow(
        run=compared_run(job),
        created=job.created_at,
        finished=job.finished_at,
        duration_seconds=_duration(job),
        model=made.name if made else None,
        version=made.version.number if made else None,
        settings={path: value for path, value in settings.items() if value is not ABSENT},
        metrics=made.version.metrics if made else {},
        last_metrics={name: value_or_none(value) for name, value in last.items()},
        baselines=made.version.baselines if made else {},
    )


def _duration(job: JobRow) -> float | None:
    """Return for how many seconds a job ran, those since its present attempt began included."""
    status = job.status
    if not status.get("startTime"):
        return None
    seconds = float(status.get("activeSeconds") or 0.0)
    since = status.get("activeSince")
    if since:
        running = datetime.now(UTC) - datetime.fromisoformat(since)
        seconds += max(0.0, running.total_seconds())
    return round(seconds, 3)


def _sorted(table: ComparisonTable, sort: str) -> list[TableRow]:
    column, descends = sort.removeprefix("-"), sort.startswith("-")
    known = column_names(table)
    if column not in known:
        near = nearest(column, known)
        raise Problem(
            "invalid-request",
            f"sort: none of these runs has {column!r}.",
            remedy=f"Did you mean {near}?" if near else "Name a column of the table.",
        )
    keyed = [(cells_of(row).get(column), row) for row in table.rows]
    present = [(_rank(value), row) for value, row in keyed if value is not None]
    present.sort(key=lambda each: each[0], reverse=descends)
    return [row for _, row in present] + [row for value, row in keyed if value is None]


def _rank(value: _Cell) -> tuple[int, _Cell]:
    """Return what values of one column are ordered by, whatever mixture they are."""
    if isinstance(value, bool | int | float):
        return 0, value
    return 1, value.isoformat() if isinstance(value, datetime) else str(value)


def _flat_baselines(row: TableRow) -> dict[str, float | None]:
    return {
        f"{baseline}.{name}": value
        for baseline, figures in row.baselines.items()
        for name, value in figures.items()
    }


def _names(found: Iterable[dict[str, Any]]) -> list[str]:
    return sorted({name for each in found for name in each})
