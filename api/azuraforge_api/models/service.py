"""What one can do with models; called by the endpoints of models, predictions and reports."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from azuraforge_api.backends.backend import Backend
from azuraforge_api.jobs.tables import JobRow
from azuraforge_api.models.aliases import LATEST, check_better, move_alias
from azuraforge_api.models.repository import (
    NumberedVersion,
    aliases_by_version,
    find_latest,
    find_model,
    find_version,
    find_version_of_alias,
    list_aliases,
    versions_of_runs,
)
from azuraforge_api.models.schemas import (
    Alias,
    AliasTarget,
    Lineage,
    ModelResource,
    ParentRun,
    VersionResource,
    VersionSummary,
)
from azuraforge_api.models.tables import ModelRow, ModelVersionRow
from azuraforge_api.problems.problem import Problem

__all__ = [
    "FoundVersion",
    "delete_version",
    "get_model",
    "get_version",
    "model_resources",
    "point_alias",
    "run_of",
    "version_resource",
    "version_summaries",
]

_LONGEST_NUMBER = 9


@dataclass(frozen=True)
class FoundVersion:
    """A version and its model."""

    model: ModelRow
    version: ModelVersionRow


async def get_model(session: AsyncSession, name: str, *, is_locked: bool = False) -> ModelRow:
    """Return a model.

    Raises:
        Problem: there is none of that name.
    """
    row = await find_model(session, name, is_locked=is_locked)
    if row is None:
        raise Problem(
            "not-found",
            f"There is no model {name!r}.",
            remedy="`azuraforge models list`, or GET /api/v1/models, shows them.",
        )
    return row


async def get_version(
    session: AsyncSession, name: str, reference: str, *, is_locked: bool = False
) -> FoundVersion:
    """Return a version by its number, an alias, or ``latest``.

    Raises:
        Problem: there is none.
    """
    model = await get_model(session, name, is_locked=is_locked)
    if reference == LATEST:
        version = (await find_latest(session, [model.id])).get(model.id)
    elif reference.isascii() and reference.isdigit() and len(reference) <= _LONGEST_NUMBER:
        version = await find_version(session, model.id, int(reference))
    else:
        version = await find_version_of_alias(session, model.id, reference)
    if version is None:
        raise Problem(
            "not-found",
            f"Model {name} has no version or alias {reference!r}.",
            remedy=f"`azuraforge models versions {name}` shows them (GET /models/{name}/versions).",
        )
    return FoundVersion(model, version)


def run_of(backend: Backend, found: FoundVersion) -> Path:
    """Return the run's folder in which a version's files lie.

    Raises:
        Problem: they are not there.
    """
    folder = backend.run_folder(found.version.run_uid)
    if folder is None or found.version.files_gone_at is not None:
        raise Problem(
            "not-found",
            f"The files of version {found.version.number} of {found.model.name} are not in reach.",
            remedy="They were removed after their retention, or lie on a volume of another place.",
        )
    return folder


async def point_alias(
    session: AsyncSession, name: str, alias: str, target: AliasTarget, *, by: str
) -> Alias:
    """Let an alias stand for a version, perhaps only for a better one.

    Raises:
        Problem: there is no such version, or it is not better.
    """
    model = await get_model(session, name, is_locked=True)
    version = await find_version(session, model.id, target.version)
    if version is None:
        raise Problem(
            "not-found",
            f"Model {name} has no version {target.version}.",
            remedy=f"`azuraforge models versions {name}` shows them (GET /models/{name}/versions).",
        )
    reason = ""
    present = await find_version_of_alias(session, model.id, alias)
    if target.promote_if_better and present is not None and present.id != version.id:
        reason = check_better(target.promote_if_better, version, present, alias)
    moved = await move_alias(session, model, alias, version, by=by, reason=reason)
    return Alias(model=name, alias=alias, version=version.number, moved=moved)


async def delete_version(session: AsyncSession, found: FoundVersion) -> None:
    """Take a version out of the library; its files are removed by the caller afterwards.

    Args:
        session: a writing transaction.
        found: the model locked.

    Raises:
        Problem: an alias stands for it.
    """
    held = await aliases_by_version(session, [found.version.id])
    if held:
        names = ", ".join(held[found.version.id])
        raise Problem(
            "conflict",
            f"Version {found.version.number} of {found.model.name} is {names}.",
            remedy="Move or remove the alias first.",
        )
    now = datetime.now(UTC)
    found.version.deleted_at = now
    found.version.files_gone_at = found.version.files_gone_at or now
    found.version.revision += 1
    job = await session.get(JobRow, found.version.job_id)
    if job is not None:
        job.publication = None
        job.version += 1


async def model_resources(session: AsyncSession, rows: Sequence[ModelRow]) -> list[ModelResource]:
    """Return models as the API shows them; those without a living version are left out."""
    identities = [row.id for row in rows]
    latest = await find_latest(session, identities)
    aliases = await list_aliases(session, identities)
    names = await aliases_by_version(session, [version.id for version in latest.values()])
    return [
        ModelResource(
            name=row.name,
            created_at=row.created_at,
            aliases=aliases.get(row.id, {}),
            latest=_summary(row.name, latest[row.id], names.get(latest[row.id].id, [])),
        )
        for row in rows
        if row.id in latest
    ]


async def version_summaries(
    session: AsyncSession, name: str, rows: Sequence[ModelVersionRow]
) -> list[VersionSummary]:
    """Return versions of one model as lists show them."""
    aliases = await aliases_by_version(session, [row.id for row in rows])
    return [_summary(name, row, aliases.get(row.id, [])) for row in rows]


async def version_resource(session: AsyncSession, found: FoundVersion) -> VersionResource:
    """Return a version with all that is known of it."""
    (summary,) = await version_summaries(session, found.model.name, [found.version])
    manifest = found.version.manifest
    job = await session.get_one(JobRow, found.version.job_id)
    made = manifest["lineage"]
    lineage = Lineage(
        job=job.name,
        namespace=job.namespace,
        run=job.uid,
        parent=await _parent(session, job.spec.get("resumeFrom")),
        data=manifest["data"],
        versions=made["versions"],
        device=made["device"],
        seed=made["seed"],
    )
    return VersionResource(**summary.model_dump(), lineage=lineage, manifest=manifest)


async def _parent(session: AsyncSession, uid: str | None) -> ParentRun | None:
    if uid is None:
        return None
    found: NumberedVersion | None = (await versions_of_runs(session, [uid])).get(uid)
    if found is None:
        return ParentRun(run=uid, model=None, version=None)
    return ParentRun(run=uid, model=found.name, version=found.version.number)


def _summary(name: str, row: ModelVersionRow, aliases: list[str]) -> VersionSummary:
    return VersionSummary(
        model=name,
        version=row.number,
        aliases=aliases,
        run=row.run_uid,
        pipeline=row.pipeline,
        kind=row.kind,
        metrics=row.metrics,
        baselines=row.baselines,
        digest=row.digest,
        bytes=row.bytes,
        notes=row.notes,
        created_by=row.created_by,
        created_at=row.created_at,
        revision=row.revision,
        files_gone_at=row.files_gone_at,
    )
