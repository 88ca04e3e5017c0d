"""What ``azuraforge datasets`` does."""

import itertools
import re
import unicodedata
from pathlib import Path
from typing import Final

import typer

from azuraforge_cli.commands.options import ServiceOutput
from azuraforge_cli.display.figures import bytes_text, count_text
from azuraforge_cli.service.connection import open_service
from azuraforge_cli.service.printing import (
    age_text,
    ask,
    print_document,
    print_documents,
    print_facts,
    print_rows,
)
from azuraforge_cli.service.references import Reference
from azuraforge_cli.service.transfer_bar import transfer_bar
from azuraforge_client.resources.datasets import DatasetPreview, DatasetVersion, Reading
from azuraforge_contract.errors import JobFileError

__all__ = [
    "delete_dataset",
    "download_dataset",
    "list_datasets",
    "preview_dataset",
    "show_dataset",
    "upload_dataset",
]

_NAME: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_ENDINGS: Final = (".csv", ".csv.gz", ".parquet")
_EXAMPLE_LENGTH: Final = 40
_TITLES: Final = ("NAME", "VERSIONS", "ROWS", "SIZE", "AGE")
_VERSION_TITLES: Final = ("VERSION", "ROWS", "SIZE", "AGE", "OWNER", "FILE", "DIGEST")


def list_datasets(text: str | None, most: int, output: ServiceOutput | None) -> None:
    """Print data sets, the first ``most`` of them (0: all)."""
    with open_service() as client:
        found = list(itertools.islice(client.datasets.list(text=text), most or None))
    if output in {ServiceOutput.JSON, ServiceOutput.YAML}:
        print_documents((each.to_document() for each in found), output)
        return
    is_wide = output is ServiceOutput.WIDE
    rows = [
        [
            each.name,
            str(each.versions),
            count_text(each.latest.rows),
            bytes_text(each.latest.bytes),
            age_text(each.latest.created_at),
            *([each.created_by, each.latest.file_name, each.latest.digest] if is_wide else []),
        ]
        for each in found
    ]
    titles = (*_TITLES, "OWNER", "FILE", "DIGEST") if is_wide else _TITLES
    print_rows(titles, rows, nothing="There is no such data set.")


def show_dataset(named: str, output: ServiceOutput | None) -> None:
    """Print a data set with its versions, or one version."""
    reference = Reference.parse(named)
    with open_service() as client:
        if reference.version is not None:
            version = client.datasets.version(reference.name, reference.version)
            _show_version(version, output)
            return
        dataset = client.datasets.get(reference.name)
        versions = list(client.datasets.versions(reference.name))
    if output in {ServiceOutput.JSON, ServiceOutput.YAML}:
        print_document(dataset.to_document(), output)
        return
    rows = [
        [
            str(each.version),
            count_text(each.rows),
            bytes_text(each.bytes),
            age_text(each.created_at),
            each.created_by,
            each.file_name,
            each.digest if output is ServiceOutput.WIDE else each.digest[:12],
        ]
        for each in versions
    ]
    print_rows(_VERSION_TITLES, rows, nothing="It has no version.")


def _show_version(version: DatasetVersion, output: ServiceOutput | None) -> None:
    if output in {ServiceOutput.JSON, ServiceOutput.YAML}:
        print_document(version.to_document(), output)
        return
    print_facts(
        [
            ("data set", f"{version.dataset}@{version.version}"),
            ("file", f"{version.file_name} ({version.form}, {bytes_text(version.bytes)})"),
            ("rows", count_text(version.rows)),
            ("digest", version.digest),
            ("created", f"{age_text(version.created_at)} ago by {version.created_by}"),
        ]
    )


def upload_dataset(
    file: Path, name: str | None, reading: Reading, output: ServiceOutput | None
) -> None:
    """Upload a table.

    Raises:
        JobFileError: the file's ending is none that the service reads, or its name is none for a
            data set.
    """
    if not file.name.lower().endswith(_ENDINGS):
        raise JobFileError(
            f"{file}: the ending says the format, got {file.suffix or 'none'}.",
            remedy=f"A data set is made of {', '.join(_ENDINGS)}.",
        )
    name = name or _name_of(file)
    with open_service() as client, transfer_bar(f"Uploading {file.name}") as progress:
        made = client.datasets.upload(name, file, progress=progress, **reading)
    if output in {ServiceOutput.JSON, ServiceOutput.YAML}:
        print_document(made.to_document(), output)
        return
    typer.echo(
        f"{made.dataset}@{made.version}: {_rows_text(made.rows)}, {bytes_text(made.bytes)}. "
        f"azuraforge datasets preview {made.dataset}"
    )
    typer.echo(
        "In a job file: spec.config.dataset.source: "
        f"{{kind: dataset, name: {made.dataset}, version: {made.version}}}"
    )


def _rows_text(rows: int) -> str:
    return f"{count_text(rows)} row{'' if rows == 1 else 's'}"


def _name_of(file: Path) -> str:
    # ö is o and ß is ss: letters keep their base, and what has none becomes a hyphen.
    plain = unicodedata.normalize("NFKD", file.name.partition(".")[0].casefold())
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    name = re.sub(r"[^a-z0-9]+", "-", letters).strip("-")[:63].rstrip("-")
    if not _NAME.fullmatch(name):
        raise JobFileError(
            f"{file.name!r} makes no name for a data set.", remedy="Give one: --name hourly-load"
        )
    return name


def preview_dataset(named: str, reading: Reading, output: ServiceOutput | None) -> None:
    """Print a table as training will see it."""
    reference = Reference.parse(named)
    with open_service() as client:
        found = client.datasets.preview(reference.name, reference.version_or_latest, **reading)
    if output in {ServiceOutput.JSON, ServiceOutput.YAML}:
        print_document(found.to_document(), output)
        return
    rows = [
        [
            column.name,
            column.kind,
            column.use,
            column.unit,
            count_text(column.missing),
            "" if column.minimum is None else f"{column.minimum:g}",
            "" if column.maximum is None else f"{column.maximum:g}",
            _short(column.example),
        ]
        for column in found.columns
    ]
    titles = ("COLUMN", "HOLDS", "USE", "UNIT", "MISSING", "LOWEST", "HIGHEST", "EXAMPLE")
    print_rows(titles, rows, nothing="It has no column.")
    typer.echo()
    print_facts(_preview_facts(found))


def _short(text: str) -> str:
    return text if len(text) <= _EXAMPLE_LENGTH else f"{text[: _EXAMPLE_LENGTH - 1]}…"


def _preview_facts(found: DatasetPreview) -> list[tuple[str, str]]:
    facts = [("rows", count_text(found.rows))]
    if found.span is not None:
        span = found.span
        zone = f", {span.time_zone}" if span.time_zone == "UTC" else ""
        facts.append(("time", f"{span.first_time} to {span.last_time}, every {span.step}{zone}"))
        facts.append(("series", count_text(span.series)))
    if found.quality is not None:
        facts.append(("missing rows", count_text(found.quality.rows_missing)))
        facts += [("warning", warning) for warning in found.quality.warnings]
    if found.refusal is not None:
        facts.append(("refused", f"{found.refusal.message} {found.refusal.remedy}".strip()))
    return facts + [("note", note) for note in found.notes]


def download_dataset(named: str, out: Path) -> None:
    """Fetch a version's bytes."""
    reference = Reference.parse(named)
    with open_service() as client, transfer_bar(f"Downloading {named}") as progress:
        path = client.datasets.download(
            reference.name, out, version=reference.version_or_latest, progress=progress
        )
    typer.echo(f"Wrote {path}")


def delete_dataset(named: str, *, is_granted: bool) -> None:
    """Delete a data set, or one of its versions.

    Raises:
        JobFileError: the version is no number.
    """
    reference = Reference.parse(named)
    if reference.version is not None and not reference.version.isdecimal():
        raise JobFileError(
            f"{named}: a version is deleted by its number, got {reference.version!r}."
        )
    with open_service() as client:
        if reference.version is None:
            found = client.datasets.get(reference.name)
            shown = f"{named} with {found.versions} version{'s' if found.versions > 1 else ''}"
            ask(f"Delete {shown} for ever?", is_granted=is_granted)
            client.datasets.delete(reference.name)
        else:
            ask(f"Delete {named} for ever?", is_granted=is_granted)
            client.datasets.delete_version(reference.name, int(reference.version))
    typer.echo(f"Deleted {named}.")
