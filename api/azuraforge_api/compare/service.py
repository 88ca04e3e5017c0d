"""Puts runs side by side; called by the endpoints."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from sqlalchemy.ext.asyncio import AsyncSession

from azuraforge_api.compare.defaults import with_defaults
from azuraforge_api.compare.repository import find_jobs
from azuraforge_api.compare.schemas import (
    ComparedRun,
    ComparedSeries,
    ConfigComparison,
    SeriesComparison,
    SeriesComparisonQuery,
    Setting,
    SettingDifference,
)
from azuraforge_api.compare.setting_rows import ABSENT, SettingRow, divide_settings
from azuraforge_api.jobs.tables import JobRow
from azuraforge_api.pipelines.service import PipelineCatalog
from azuraforge_api.problems.problem import Problem
from azuraforge_api.tracking.points import Points
from azuraforge_api.tracking.schemas import SeriesAxis
from azuraforge_api.tracking.service import read_series

__all__ = [
    "compare_configs",
    "compare_series",
    "compared_run",
    "find_runs",
    "full_specs",
    "value_or_none",
]

_NO_SETTINGS: Final = ("suspend", "cancel")
"""Parts of a spec that say what is wanted of a job, not what it is."""


async def find_runs(
    session: AsyncSession, references: Sequence[str], namespace: str | None = None
) -> list[JobRow]:
    """Return the jobs that are called so, in this order.

    Raises:
        Problem: one is not there, or is named twice.
    """
    found = await find_jobs(session, references, namespace)
    jobs = [job for job in found if job is not None]
    if len(jobs) < len(found):
        missing = [name for name, job in zip(references, found, strict=True) if job is None]
        listed = ", ".join(repr(name) for name in missing)
        where = f" in namespace {namespace}" if namespace else ""
        raise Problem("not-found", f"No job has the uid or name {listed}{where}.")
    uids = [job.uid for job in jobs]
    for number, uid in enumerate(uids):
        if uid in uids[:number]:
            raise Problem(
                "invalid-request",
                f"run.{uids.index(uid)} and run.{number} are the same run.",
                remedy="Name each once.",
            )
    return jobs


async def full_specs(catalog: PipelineCatalog, jobs: Sequence[JobRow]) -> list[dict[str, Any]]:
    """Return the specs of jobs with the defaults of their pipelines written out.

    A config of a pipeline that is installed no more stays as it was written.
    """
    pipelines = await catalog.pipelines()
    specs = []
    for job in jobs:
        spec = {name: value for name, value in job.spec.items() if name not in _NO_SETTINGS}
        pipeline = pipelines.get(job.pipeline)
        if pipeline is not None and pipeline.descriptor is not None:
            schema = pipeline.descriptor.config_schema
            spec["config"] = with_defaults(schema, spec.get("config") or {})
        specs.append(spec)
    return specs


async def compare_configs(catalog: PipelineCatalog, jobs: Sequence[JobRow]) -> ConfigComparison:
    """Return which settings of jobs differ and which do not."""
    differing, equal = divide_settings(await full_specs(catalog, jobs))
    return ConfigComparison(
        runs=[compared_run(job) for job in jobs],
        differing=[_difference(row) for row in differing],
        equal=[Setting(path=row.path, value=row.values[0]) for row in equal],
    )


async def compare_series(
    session: AsyncSession, jobs: Sequence[JobRow], query: SeriesComparisonQuery
) -> SeriesComparison:
    """Return series of several runs laid along one axis, each with as many points as the others."""
    series = []
    names = list(dict.fromkeys(query.name))
    for job in jobs:
        found = await read_series(
            session, job.id, names, axis=query.axis, maximum_points=query.max_points
        )
        series += [_laid_out(job, n, found[n], query.axis) for n in names if n in found]
    return SeriesComparison(
        axis=query.axis, runs=[compared_run(job) for job in jobs], series=series
    )


def compared_run(job: JobRow) -> ComparedRun:
    """Return what a comparison calls a run."""
    return ComparedRun.model_validate(job)


def value_or_none(value: float | None) -> float | None:
    """Return a figure that JSON knows; what is no number is null."""
    return value if value is not None and math.isfinite(value) else None


def _difference(row: SettingRow) -> SettingDifference:
    exists = [value is not ABSENT for value in row.values]
    values = [value if there else None for value, there in zip(row.values, exists, strict=True)]
    return SettingDifference(path=row.path, values=values, exists=exists)


def _laid_out(job: JobRow, name: str, points: Points, axis: SeriesAxis) -> ComparedSeries:
    x: npt.NDArray[Any] = points.epochs if axis is SeriesAxis.EPOCH else points.steps
    if axis is SeriesAxis.TIME:
        x = (points.times - round(_start(job).timestamp() * 1000)).astype(np.float64) / 1000
    return ComparedSeries(
        run=job.uid,
        name=name,
        points=len(points),
        x=x.tolist(),
        steps=points.steps.tolist(),
        values=points.values.tolist(),
    )


def _start(job: JobRow) -> datetime:
    """Return when a run's first attempt began; when it was created, where nobody noted that."""
    try:
        start = datetime.fromisoformat(str(job.status.get("startTime")))
    except ValueError:
        return job.created_at
    return start if start.tzinfo else start.replace(tzinfo=UTC)
