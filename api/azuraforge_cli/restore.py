"""What ``azuraforge restore`` does."""

import asyncio
import json
import uuid
from pathlib import Path

import typer

from azuraforge_api.backup.placing import Placement
from azuraforge_api.backup.restoring import Restore, check_target, settle_interrupted
from azuraforge_api.backup.unpacking import UnpackedBackup, unpack_archive
from azuraforge_api.settings import Settings
from azuraforge_cli.display.figures import count_text
from azuraforge_cli.opened_database import opened_database
from azuraforge_cli.progress import showing_progress
from azuraforge_cli.service_folder import hold_service_folder
from azuraforge_cli.service_settings import read_settings
from azuraforge_contract.errors import JobFileError, StorageError

__all__ = ["restore"]


def restore(archive: Path, data: Path, *, force: bool, as_json: bool) -> None:
    """Fill an empty service from a backup, or replace all that another one has.

    Raises:
        AzuraForgeError: the target is not empty or a service runs on it, the backup is damaged or
            of a newer release, or there is no room; nothing was changed then.
    """
    settings = read_settings(data_dir=data.absolute())
    if not archive.is_file():
        raise JobFileError(f"There is no file {archive}.", remedy="Name a backup.")
    with hold_service_folder(settings.data_dir):
        asyncio.run(_prepare(settings, force=force))
        placement = Placement(settings, uuid.uuid4().hex)
        try:
            backup = _unpack(archive, placement, is_shown=not as_json)
            aside = _carry_out(settings, backup, placement, archive.name, is_shown=not as_json)
        finally:
            placement.clean()
    _print(backup, aside, as_json=as_json)


async def _prepare(settings: Settings, *, force: bool) -> None:
    async with opened_database(settings) as database:
        await settle_interrupted(settings, database)
        if not force:
            await check_target(settings, database)


def _unpack(archive: Path, placement: Placement, *, is_shown: bool) -> UnpackedBackup:
    try:
        placement.begin()
        size = archive.stat().st_size
    except OSError as error:
        raise StorageError(f"{error.filename} cannot be used: {error.strerror}.") from error
    with showing_progress("checking", size, is_shown=is_shown) as told:
        return unpack_archive(archive, placement.staged, told)


def _carry_out(
    settings: Settings,
    backup: UnpackedBackup,
    placement: Placement,
    name: str,
    *,
    is_shown: bool,
) -> list[Path]:
    rows = sum(backup.manifest.rows.values())

    async def carry_out() -> list[Path]:
        with showing_progress("restoring", rows, is_shown=is_shown, unit="rows") as told:
            async with opened_database(settings) as database:
                work = Restore(settings, backup, placement, name, told)
                return await work.carry_out(database)

    return asyncio.run(carry_out())


def _print(backup: UnpackedBackup, aside: list[Path], *, as_json: bool) -> None:
    rows = backup.manifest.rows
    if as_json:
        facts = {
            "createdAt": backup.header.created_at.isoformat(),
            "release": backup.header.release,
            "jobs": rows.get("jobs", 0),
            "modelVersions": rows.get("model_versions", 0),
            "datasetVersions": rows.get("dataset_versions", 0),
            "setAside": [str(folder) for folder in aside],
        }
        typer.echo(json.dumps(facts))
        return
    typer.echo(
        f"Restored {count_text(rows.get('jobs', 0))} jobs, "
        f"{count_text(rows.get('model_versions', 0))} versions of models and "
        f"{count_text(rows.get('dataset_versions', 0))} of data sets, as they were on "
        f"{backup.header.created_at:%Y-%m-%d %H:%M} UTC."
    )
    for folder in aside:
        typer.echo(f"What was there before lies in {folder}; remove it when nobody needs it.")
