"""Queries on predictions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, Row, Select, Table, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from azuraforge_api.http.paging import as_number, decode_token
from azuraforge_api.models.tables import ModelRow, ModelVersionRow
from azuraforge_api.predictions.tables import PredictionRow

__all__ = [
    "ORDER",
    "PredictionFilter",
    "PredictionOf",
    "add_predictions",
    "find_prediction",
    "forget_oldest",
    "list_predictions",
]

ORDER = "predictions:-id"
_PREDICTIONS: Final[Table] = PredictionRow.__table__  # type: ignore[assignment]  # a declared class has a Table
_NEW_PREDICTION: Final = insert(_PREDICTIONS)
PredictionOf = Row[PredictionRow, str, int]
"""A prediction with name and number of its model."""


@dataclass(frozen=True)
class PredictionFilter:
    """Which predictions a list shows.

    Attributes:
        model: with the model of this name.
        number: with this version of it.
        created_by: asked for by this one.
    """

    model: str | None = None
    number: int | None = None
    created_by: str | None = None


def add_predictions(connection: Connection, rows: Sequence[dict[str, object]]) -> None:
    """Store predictions."""
    connection.execute(_NEW_PREDICTION, list(rows))


def forget_oldest(connection: Connection, version_id: int, kept: int) -> None:
    """Remove all but the newest predictions of a version."""
    oldest = (
        select(_PREDICTIONS.c.id)
        .where(_PREDICTIONS.c.version_id == version_id)
        .order_by(_PREDICTIONS.c.id.desc())
        .offset(kept)
        .limit(1)
        .scalar_subquery()
    )
    connection.execute(
        delete(_PREDICTIONS).where(
            _PREDICTIONS.c.version_id == version_id, _PREDICTIONS.c.id <= oldest
        )
    )


async def find_prediction(
    session: AsyncSession, uid: str, *, is_locked: bool = False
) -> PredictionOf | None:
    """Return a prediction by its identity."""
    query = _with_model().where(PredictionRow.uid == uid)
    if is_locked:
        query = query.with_for_update(of=PredictionRow)
    return (await session.execute(query)).one_or_none()


async def list_predictions(
    session: AsyncSession, wanted: PredictionFilter, *, limit: int, token: str | None
) -> list[PredictionOf]:
    """Return predictions, the newest first, one more than the limit where more follow.

    Raises:
        Problem: the token is not one of this list.
    """
    query = _with_model()
    if wanted.model is not None:
        query = query.where(ModelRow.name == wanted.model)
    if wanted.number is not None:
        query = query.where(ModelVersionRow.number == wanted.number)
    if wanted.created_by is not None:
        query = query.where(PredictionRow.created_by == wanted.created_by)
    if token is not None:
        (identity,) = decode_token(token, ORDER, as_number)
        query = query.where(PredictionRow.id < identity)
    query = query.order_by(PredictionRow.id.desc()).limit(limit + 1)
    return list(await session.execute(query))


def _with_model() -> Select[PredictionRow, str, int]:
    return (
        select(PredictionRow, ModelRow.name, ModelVersionRow.number)
        .join(ModelVersionRow, ModelVersionRow.id == PredictionRow.version_id)
        .join(ModelRow, ModelRow.id == ModelVersionRow.model_id)
    )
