"""Aliases: each stands for one version, moves in one step, and leaves a record of every move."""

import math
from datetime import UTC, datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from azuraforge_api.models.repository import find_alias, find_version_of_alias
from azuraforge_api.models.schemas import Direction, PromoteIfBetter
from azuraforge_api.models.tables import AliasMoveRow, AliasRow, ModelRow, ModelVersionRow
from azuraforge_api.problems.problem import Problem

__all__ = ["LATEST", "check_better", "is_alias", "move_alias", "remove_alias"]

LATEST: Final = "latest"
"""Always stands for the newest version; nobody moves it."""


def is_alias(text: str) -> bool:
    """Return whether a word may be an alias: no number, and not the newest version's name."""
    return text != LATEST and not text.isdigit()


async def move_alias(
    session: AsyncSession, model: ModelRow, alias: str, version: ModelVersionRow,
    *, by: str, reason: str = "",
) -> bool:  # fmt: skip
    """Let an alias stand for a version; return whether it moved.

    Args:
        session: a writing transaction.
        model: locked.
        alias: the word.
        version: one of the model's.
        by: who moves it.
        reason: why, for the record.

    Raises:
        Problem: the word is no alias, or the version's files are gone.
    """
    if not is_alias(alias):
        raise Problem(
            "invalid-request",
            f"{alias!r} cannot be an alias.",
            remedy="Take a word such as champion; numbers name versions, and latest is the newest.",
        )
    if version.files_gone_at is not None:
        raise Problem(
            "conflict", f"The files of version {version.number} of {model.name} were removed."
        )
    before = await find_version_of_alias(session, model.id, alias)
    if before is not None and before.id == version.id:
        return False
    now = datetime.now(UTC)
    row = await find_alias(session, model.id, alias)
    if row is None:
        row = AliasRow(model_id=model.id, alias=alias)
        session.add(row)
    row.version_id, row.moved_at, row.moved_by = version.id, now, by
    from_number = None if before is None else before.number
    _record(session, model, alias, (from_number, version.number), by=by, reason=reason)
    return True


async def remove_alias(session: AsyncSession, model: ModelRow, alias: str, *, by: str) -> None:
    """Take an alias away.

    Raises:
        Problem: there is none of that name.
    """
    row = await find_alias(session, model.id, alias)
    before = await find_version_of_alias(session, model.id, alias)
    if row is None or before is None:
        raise Problem(
            "not-found",
            f"{model.name} has no alias {alias!r}.",
            remedy=f"GET /api/v1/models/{model.name} shows its aliases.",
        )
    await session.delete(row)
    _record(session, model, alias, (before.number, None), by=by, reason="")


def check_better(
    wanted: PromoteIfBetter, candidate: ModelVersionRow, present: ModelVersionRow, alias: str
) -> str:
    """Return why a version is better than the one an alias stands for, as a sentence.

    Raises:
        Problem: it is not, or has no such figure.
    """
    new, old = _figure(wanted.metric, candidate), _figure(wanted.metric, present)
    is_better = new < old if wanted.direction is Direction.LOWER else new > old
    both = (
        f"{wanted.metric} is {new:g} in version {candidate.number} and {old:g} in version "
        f"{present.number}"
    )
    if not is_better:
        raise Problem(
            "conflict",
            f"{both} ({alias}): not {wanted.direction.value}.",
            remedy="Leave promoteIfBetter out to move the alias all the same.",
        )
    return f"{both}: {wanted.direction.value}."


def _figure(metric: str, version: ModelVersionRow) -> float:
    """Return a figure; one that is no number is worse than every other."""
    if metric not in version.metrics:
        known = ", ".join(sorted(version.metrics))
        raise Problem(
            "invalid-request",
            f"promoteIfBetter.metric: version {version.number} has no figure {metric!r}.",
            remedy=f"It has {known}.",
        )
    value = version.metrics[metric]
    return math.nan if value is None else float(value)


def _record(
    session: AsyncSession, model: ModelRow, alias: str, numbers: tuple[int | None, int | None],
    *, by: str, reason: str,
) -> None:  # fmt: skip
    session.add(
        AliasMoveRow(
            model_id=model.id,
            alias=alias,
            from_number=numbers[0],
            to_number=numbers[1],
            moved_at=datetime.now(UTC),
            moved_by=by,
            reason=reason[:500],
        )
    )
