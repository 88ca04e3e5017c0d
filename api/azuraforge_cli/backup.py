"""What ``azuraforge backup`` does."""

import asyncio
import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import typer

from azuraforge_api.backup.archive import ArchiveManifest
from azuraforge_api.backup.dumping import Dump, dump_database
from azuraforge_api.backup.library_files import LibraryFiles
from azuraforge_api.backup.writing import write_archive
from azuraforge_api.settings import Settings
from azuraforge_cli.display.figures import count_text
from azuraforge_cli.opened_database import opened_database, sqlite_file
from azuraforge_cli.progress import showing_progress
from azuraforge_cli.service_settings import read_settings
from azuraforge_contract.errors import JobFileError, StorageError

__all__ = ["back_up"]


def back_up(target: Path, data: Path, *, runs: bool, force: bool, as_json: bool) -> None:
    """Write a backup of a service, which may be running.

    Raises:
        AzuraForgeError: there is no service, or the backup cannot be written.
    """
    settings = read_settings(data_dir=data)
    file = sqlite_file(settings)
    if file is not None and not file.is_file():
        raise JobFileError(
            f"There is no service in {data}: {file.name} is missing.",
            remedy="Name its folder by --data, or its database by AZURAFORGE_DATABASE_URL.",
        )
    target = _target(target, force=force)
    try:
        scratch = tempfile.TemporaryDirectory(dir=target.parent, prefix=".azuraforge-backup-")
    except OSError as error:
        raise StorageError(
            f"{target.parent} cannot be written: {error.strerror}.", remedy="Choose another place."
        ) from error
    with scratch as folder:
        dump = _dump(settings, Path(folder), target)
        library = LibraryFiles(settings, dump, runs, [])
        tables = sum(path.stat().st_size for path in Path(folder).rglob("*.jsonl"))
        with showing_progress("backing up", tables + library.bytes(), is_shown=not as_json) as told:
            manifest = write_archive(target, Path(folder), library, told)
    _print(target, manifest, as_json=as_json)


def _dump(settings: Settings, folder: Path, target: Path) -> Dump:
    async def dump() -> Dump:
        async with opened_database(settings) as database:
            return await dump_database(database, folder)

    try:
        return asyncio.run(dump())
    except OSError as error:
        raise StorageError(
            f"{target.parent} cannot be written: {error.strerror or error}.",
            remedy="Nothing is left of the backup. Make room, or choose another place.",
        ) from error


def _target(target: Path, *, force: bool) -> Path:
    target = target.absolute()
    if target.is_dir():
        return target / f"azuraforge-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.tar.gz"
    if target.exists() and not force:
        raise JobFileError(
            f"{target} is there already.", remedy="Choose another name, or replace it by --force."
        )
    return target


def _print(target: Path, manifest: ArchiveManifest, *, as_json: bool) -> None:
    rows = manifest.rows
    facts = {
        "file": str(target),
        "bytes": target.stat().st_size,
        "jobs": rows["jobs"],
        "modelVersions": rows["model_versions"],
        "datasetVersions": rows["dataset_versions"],
        "files": len(manifest.files) - len(rows),
        "missing": list(manifest.missing),
    }
    if as_json:
        typer.echo(json.dumps(facts))
        return
    typer.echo(
        f"Backed up {count_text(rows['jobs'])} jobs, {count_text(rows['model_versions'])} versions "
        f"of models and {count_text(rows['dataset_versions'])} of data sets to {target}."
    )
    for name in manifest.missing:
        typer.echo(f"Not in it, because it was not there: {name}", err=True)
