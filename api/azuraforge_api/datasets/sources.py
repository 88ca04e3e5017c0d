"""The data sets that a job's config names, found and pinned to the bytes that they have now.

A stored job names version and digest, so that its history is true: a newer version of the same name
changes nothing of a job that is there.
"""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from azuraforge_api.datasets.repository import find_version
from azuraforge_api.datasets.tables import DatasetVersionRow
from azuraforge_api.problems.problem import FieldProblem
from azuraforge_contract.dataset_folder import SOURCE_KIND, find_sources

__all__ = ["dataset_names", "pin_datasets"]


async def pin_datasets(
    session: AsyncSession, config: Mapping[str, Any]
) -> tuple[dict[str, Any], list[FieldProblem]]:
    """Return a config whose data sets name version and digest, and what stands in the way.

    Args:
        session: a transaction.
        config: fits its pipeline's schema.
    """
    pinned = copy.deepcopy(dict(config))
    problems = []
    for path, source in find_sources(pinned):
        if source["kind"] != SOURCE_KIND:
            continue
        row = await find_version(session, source["name"], source.get("version"))
        problem = _problem(path, source, row)
        if problem is not None:
            problems.append(problem)
        if row is not None:
            given = {name: value for name, value in source.items() if value not in (None, "")}
            source.update({**row.options, **given, "version": row.number, "digest": row.digest})
    return pinned, problems


def dataset_names(name: str, numbers: Sequence[int]) -> set[tuple[str, int | None]]:
    """Return how a pinned source may name one of these versions."""
    return {(name, number) for number in numbers}


def _problem(
    path: str, source: Mapping[str, Any], row: DatasetVersionRow | None
) -> FieldProblem | None:
    if row is None:
        version = source.get("version")
        what = f"{source['name']!r}" + (f" version {version}" if version else "")
        message = f"there is no data set {what}. Upload it, or name another one."
        return FieldProblem(path=f"{path}.name", message=message)
    if not source.get("time_column") and not row.options.get("time_column"):
        message = "is needed: no column of the data set looks like time stamps. Name the one."
        return FieldProblem(path=f"{path}.time_column", message=message)
    return None
