"""Queries on the model library."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Select, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from azuraforge_api.http.paging import as_number, as_small_number, as_text, decode_token
from azuraforge_api.models.tables import AliasMoveRow, AliasRow, ModelRow, ModelVersionRow

__all__ = [
    "MODEL_ORDER",
    "MOVE_ORDER",
    "VERSION_ORDER",
    "ModelFilter",
    "NumberedVersion",
    "aliases_by_version",
    "find_alias",
    "find_latest",
    "find_model",
    "find_version",
    "find_version_of_alias",
    "find_version_of_run",
    "list_aliases",
    "list_models",
    "list_moves",
    "list_versions",
    "lock_model",
    "versions_of_runs",
]

MODEL_ORDER = "models:name"
VERSION_ORDER = "versions:-number"
MOVE_ORDER = "moves:-id"


@dataclass(frozen=True)
class ModelFilter:
    """Which models a list shows.

    Attributes:
        text: a part of the name.
        pipeline: with a version of this plugin.
        alias: with this alias.
        created_by: with a version of this owner.
    """

    text: str | None = None
    pipeline: str | None = None
    alias: str | None = None
    created_by: str | None = None


@dataclass(frozen=True)
class NumberedVersion:
    """A version with the name of its model."""

    name: str
    version: ModelVersionRow


async def lock_model(session: AsyncSession, name: str) -> ModelRow:
    """Return a model, created where it is new; nobody else numbers or moves meanwhile."""
    dialect = session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    values = {"name": name, "last_number": 0, "created_at": datetime.now(UTC)}
    await session.execute(insert(ModelRow).on_conflict_do_nothing().values(values))
    query = select(ModelRow).where(ModelRow.name == name).with_for_update()
    return (await session.scalars(query)).one()


async def find_model(
    session: AsyncSession, name: str, *, is_locked: bool = False
) -> ModelRow | None:
    """Return the model of a name."""
    query = select(ModelRow).where(ModelRow.name == name)
    return await session.scalar(query.with_for_update() if is_locked else query)


async def find_version(session: AsyncSession, model_id: int, number: int) -> ModelVersionRow | None:
    """Return a version by its number, unless it was deleted."""
    return await session.scalar(
        _living().where(ModelVersionRow.model_id == model_id, ModelVersionRow.number == number)
    )


async def find_version_of_alias(
    session: AsyncSession, model_id: int, alias: str
) -> ModelVersionRow | None:
    """Return the version that an alias stands for."""
    query = _living().join(AliasRow, AliasRow.version_id == ModelVersionRow.id)
    return await session.scalar(query.where(AliasRow.model_id == model_id, AliasRow.alias == alias))


async def find_version_of_run(session: AsyncSession, uid: str) -> ModelVersionRow | None:
    """Return what a run has made, also where it was deleted since."""
    return await session.scalar(select(ModelVersionRow).where(ModelVersionRow.run_uid == uid))


async def versions_of_runs(
    session: AsyncSession, uids: Sequence[str]
) -> dict[str, NumberedVersion]:
    """Return living versions with their models' names by the runs that made them."""
    query = (
        select(ModelRow.name, ModelVersionRow)
        .join(ModelVersionRow, ModelVersionRow.model_id == ModelRow.id)
        .where(ModelVersionRow.run_uid.in_(uids), ModelVersionRow.deleted_at.is_(None))
    )
    found = await session.execute(query)
    return {version.run_uid: NumberedVersion(name, version) for name, version in found}


async def find_latest(
    session: AsyncSession, model_ids: Sequence[int]
) -> dict[int, ModelVersionRow]:
    """Return the newest living version of each model."""
    newest = (
        select(func.max(ModelVersionRow.id))
        .where(ModelVersionRow.model_id.in_(model_ids), ModelVersionRow.deleted_at.is_(None))
        .group_by(ModelVersionRow.model_id)
    )
    found = await session.scalars(select(ModelVersionRow).where(ModelVersionRow.id.in_(newest)))
    return {row.model_id: row for row in found}


async def list_models(
    session: AsyncSession, wanted: ModelFilter, *, limit: int, token: str | None
) -> list[ModelRow]:
    """Return models with a living version by name, one more than the limit where more follow.

    Raises:
        Problem: the token is not one of this list.
    """
    living = select(ModelVersionRow.id).where(
        ModelVersionRow.model_id == ModelRow.id, ModelVersionRow.deleted_at.is_(None)
    )
    if wanted.pipeline is not None:
        living = living.where(ModelVersionRow.pipeline == wanted.pipeline)
    if wanted.created_by is not None:
        living = living.where(ModelVersionRow.created_by == wanted.created_by)
    query = select(ModelRow).where(living.exists())
    if wanted.text:
        query = query.where(ModelRow.name.contains(wanted.text.lower(), autoescape=True))
    if wanted.alias is not None:
        aliased = select(AliasRow.alias).where(
            AliasRow.model_id == ModelRow.id, AliasRow.alias == wanted.alias
        )
        query = query.where(aliased.exists())
    if token is not None:
        (name,) = decode_token(token, MODEL_ORDER, as_text)
        query = query.where(ModelRow.name > name)
    return list(await session.scalars(query.order_by(ModelRow.name).limit(limit + 1)))


async def list_versions(
    session: AsyncSession,
    model_id: int,
    *,
    created_by: str | None = None,
    limit: int,
    token: str | None,
) -> list[ModelVersionRow]:
    """Return a model's living versions, the newest first, one more than the limit.

    Raises:
        Problem: the token is not one of this list.
    """
    query = _living().where(ModelVersionRow.model_id == model_id)
    if created_by is not None:
        query = query.where(ModelVersionRow.created_by == created_by)
    if token is not None:
        (number,) = decode_token(token, VERSION_ORDER, as_small_number)
        query = query.where(ModelVersionRow.number < number)
    query = query.order_by(ModelVersionRow.number.desc())
    return list(await session.scalars(query.limit(limit + 1)))


async def find_alias(session: AsyncSession, model_id: int, alias: str) -> AliasRow | None:
    """Return an alias."""
    query = select(AliasRow).where(AliasRow.model_id == model_id, AliasRow.alias == alias)
    return await session.scalar(query)


async def list_aliases(
    session: AsyncSession, model_ids: Sequence[int]
) -> dict[int, dict[str, int]]:
    """Return by model its aliases with the numbers they stand for."""
    query = (
        select(AliasRow.model_id, AliasRow.alias, ModelVersionRow.number)
        .join(ModelVersionRow, ModelVersionRow.id == AliasRow.version_id)
        .where(AliasRow.model_id.in_(model_ids))
        .order_by(AliasRow.model_id, AliasRow.alias)
    )
    found: dict[int, dict[str, int]] = {}
    for model_id, alias, number in await session.execute(query):
        found.setdefault(model_id, {})[alias] = number
    return found


async def aliases_by_version(
    session: AsyncSession, version_ids: Sequence[int]
) -> dict[int, list[str]]:
    """Return by version the aliases that stand for it."""
    query = select(AliasRow).where(AliasRow.version_id.in_(version_ids)).order_by(AliasRow.alias)
    found: dict[int, list[str]] = {}
    for row in await session.scalars(query):
        found.setdefault(row.version_id, []).append(row.alias)
    return found


async def list_moves(
    session: AsyncSession, model_id: int, *, limit: int, token: str | None
) -> list[AliasMoveRow]:
    """Return the moves of a model's aliases, the newest first, one more than the limit.

    Raises:
        Problem: the token is not one of this list.
    """
    query = select(AliasMoveRow).where(AliasMoveRow.model_id == model_id)
    if token is not None:
        (identity,) = decode_token(token, MOVE_ORDER, as_number)
        query = query.where(AliasMoveRow.id < identity)
    query = query.order_by(AliasMoveRow.id.desc())
    return list(await session.scalars(query.limit(limit + 1)))


def _living() -> Select[ModelVersionRow]:
    return select(ModelVersionRow).where(ModelVersionRow.deleted_at.is_(None))
