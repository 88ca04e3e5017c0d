"""What ``azuraforge models`` fetches and brings: folders, ONNX, reports, runs of elsewhere."""

import tempfile
import zipfile
from pathlib import Path
from typing import Final

import typer

from azuraforge_cli.commands.options import ServiceOutput
from azuraforge_cli.service.connection import open_service
from azuraforge_cli.service.printing import print_document
from azuraforge_cli.service.references import Reference
from azuraforge_cli.service.transfer_bar import transfer_bar
from azuraforge_contract.errors import JobFileError, StorageError
from azuraforge_contract.run_folder import RUNS, RunFolder

__all__ = ["download_model", "export_model", "fetch_report", "import_run", "write_page"]

_ZIP: Final = ".zip"


def download_model(named: str, out: Path) -> None:
    """Fetch a version's folder as a zip file."""
    reference = Reference.parse(named)
    with open_service() as client, transfer_bar(f"Downloading {named}") as progress:
        path = client.models.download(
            reference.name, out, version=reference.version_or_latest, progress=progress
        )
    typer.echo(f"Wrote {path}")


def export_model(named: str, out: Path) -> None:
    """Fetch a version as ONNX."""
    reference = Reference.parse(named)
    with open_service() as client, transfer_bar(f"Exporting {named}") as progress:
        path = client.models.export_onnx(
            reference.name, out, version=reference.version_or_latest, progress=progress
        )
    typer.echo(f"Wrote {path}")


def fetch_report(named: str, out: Path) -> None:
    """Fetch the report of the run that made a version.

    Raises:
        StorageError: it cannot be written.
    """
    reference = Reference.parse(named)
    with open_service() as client:
        page = client.reports.of_version(reference.name, reference.version_or_latest)
    write_page(page, out, "report.html")


def import_run(
    run: str, model: str | None, alias: str | None, output: ServiceOutput | None
) -> None:
    """Take a finished run of this machine into the library.

    Raises:
        JobFileError: there is no such run.
        StorageError: it cannot be read.
    """
    found = _find_run(run)
    with tempfile.TemporaryDirectory(prefix="azuraforge-") as folder:
        archive = found if found.suffix == _ZIP else _zipped(found, Path(folder) / "run.zip")
        with open_service() as client, transfer_bar(f"Importing {found.name}") as progress:
            made = client.models.import_run(archive, model=model, alias=alias, progress=progress)
    if output in {ServiceOutput.JSON, ServiceOutput.YAML}:
        print_document(made.to_document(), output)
    else:
        typer.echo(f"{found} is {made.model}@{made.version}.")


def _find_run(run: str) -> Path:
    for place in (Path(run), RUNS / run):
        is_archive = place.is_file() and place.suffix == _ZIP
        if is_archive or RunFolder(place).job_file.is_file():
            return place
    raise JobFileError(
        f"There is no run {run}.",
        remedy="Name a run's folder, its name below runs/, or a zip file of it.",
    )


def _zipped(run: Path, archive: Path) -> Path:
    """Write what the library keeps of a run: no checkpoints, no logs."""
    folder = RunFolder(run)
    wanted = [folder.job_file, folder.status_file]
    for part in (folder.events, folder.model, folder.report):
        wanted += sorted(path for path in part.glob("*") if path.is_file())
    try:
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
            for path in wanted:
                if path.is_file():
                    opened.write(path, path.relative_to(run))
    except OSError as error:
        raise StorageError(f"{run} cannot be packed: {error.strerror}.") from error
    return archive


def write_page(page: str, out: Path, name: str) -> None:
    """Write a page of HTML, whole or not at all.

    Args:
        page: its text.
        out: a file, or the folder it is put in.
        name: of the file in a folder.

    Raises:
        StorageError: it cannot be written.
    """
    from azuraforge_core.store.atomic import write_file  # noqa: PLC0415 - for this alone

    out = out / name if out.is_dir() else out
    try:
        write_file(out, page.encode())
    except StorageError as error:  # whose remedy is one for trainers
        raise StorageError(
            error.message, remedy="Name a file in a folder that is there and yours to write to."
        ) from error
    typer.echo(f"Wrote {out}")
