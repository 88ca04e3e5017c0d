"""What ``azuraforge models`` shows and changes."""

import itertools
from dataclasses import dataclass
from typing import Final

import typer

from azuraforge_cli.commands.options import ServiceOutput
from azuraforge_cli.display.figures import bytes_text, loss_text
from azuraforge_cli.failures import CommandExitCode, CommandFailure
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
from azuraforge_client.resources.model_documents import ModelVersion, VersionSummary
from azuraforge_client.resources.models import ModelFilter
from azuraforge_contract.errors import JobFileError

__all__ = [
    "Promotion",
    "delete_model",
    "list_models",
    "list_versions",
    "move_alias",
    "promote_model",
    "remove_alias",
    "show_model",
]

_JUDGED_BY: Final = "test.mse"
_TEST: Final = "test."
"""Baselines are measured on the test rows only, and their figures do not say so."""
_TITLES: Final = ("NAME", "VERSION", "ALIASES", "KIND", "TEST MSE", "AGE")
_WIDE: Final = ("SIZE", "PIPELINE", "OWNER", "RUN", "NOTES")


@dataclass(frozen=True)
class Promotion:
    """An alias that shall move if a version is better.

    Attributes:
        model: NAME@VERSION.
        alias: such as champion.
        metric: by which they are compared.
        is_higher_better: which way.
    """

    model: str
    alias: str
    metric: str
    is_higher_better: bool


def list_models(wanted: ModelFilter, most: int, output: ServiceOutput | None) -> None:
    """Print models with their newest versions, the first ``most`` of them (0: all)."""
    with open_service() as client:
        found = list(itertools.islice(client.models.list(**wanted), most or None))
    if output in {ServiceOutput.JSON, ServiceOutput.YAML}:
        print_documents((each.to_document() for each in found), output)
        return
    rows = []
    for each in found:
        aliases = ", ".join(f"{alias}={number}" for alias, number in each.aliases.items())
        rows.append(_cells(each.name, each.latest, aliases, output))
    _print(rows, output, "There is no such model.")


def list_versions(name: str, output: ServiceOutput | None) -> None:
    """Print a model's versions, the newest first."""
    with open_service() as client:
        found = list(client.models.versions(name))
    if output in {ServiceOutput.JSON, ServiceOutput.YAML}:
        print_documents((each.to_document() for each in found), output)
        return
    rows = [_cells(name, each, ", ".join(each.aliases), output) for each in found]
    _print(rows, output, f"{name} has no version.")


def _cells(
    name: str, version: VersionSummary, aliases: str, output: ServiceOutput | None
) -> list[str]:
    figure = loss_text(version.metrics.get(_JUDGED_BY))
    age = age_text(version.created_at)
    cells = [name, str(version.version), aliases, version.kind, figure, age]
    if output is ServiceOutput.WIDE:
        size, owner = bytes_text(version.bytes), version.created_by
        cells += [size, version.pipeline, owner, version.run, version.notes]
    return cells


def _print(rows: list[list[str]], output: ServiceOutput | None, nothing: str) -> None:
    titles = (*_TITLES, *_WIDE) if output is ServiceOutput.WIDE else _TITLES
    print_rows(titles, rows, nothing=nothing)


def show_model(named: str, output: ServiceOutput | None) -> None:
    """Print a version: figures beside baselines, and where it comes from."""
    reference = Reference.parse(named)
    with open_service() as client:
        found = client.models.version(reference.name, reference.version_or_latest)
    if output in {ServiceOutput.JSON, ServiceOutput.YAML}:
        print_document(found.to_document(), output)
        return
    print_facts(_facts(found))
    typer.echo()
    print_rows(
        ("FIGURE", found.kind.upper(), *(name.upper() for name in found.baselines)),
        [
            [
                name,
                loss_text(value),
                *(
                    loss_text(each[base]) if base in each else ""
                    for each in found.baselines.values()
                ),
            ]
            for name, value in sorted(found.metrics.items())
            for base in [name.removeprefix(_TEST)]
        ],
        nothing="It has no figures.",
    )


def _facts(found: ModelVersion) -> list[tuple[str, str]]:
    lineage = found.lineage
    parent = lineage.parent
    gone = found.files_gone_at
    return [
        ("model", f"{found.model}@{found.version} ({found.kind}, {bytes_text(found.bytes)})"),
        ("aliases", ", ".join(found.aliases)),
        ("notes", found.notes),
        ("job", f"{lineage.job} ({found.pipeline} on {lineage.device}, seed {lineage.seed})"),
        ("run", lineage.run),
        ("went on from", parent.run if parent else ""),
        ("data", str(lineage.data.get("source", ""))),
        ("data digest", str(lineage.data.get("digest", ""))),
        ("digest", found.digest),
        ("code", ", ".join(f"{name} {release}" for name, release in lineage.versions.items())),
        ("created", f"{age_text(found.created_at)} ago by {found.created_by}"),
        ("files", f"removed {age_text(gone)} ago, after their retention" if gone else ""),
    ]


def move_alias(named: str, alias: str) -> None:
    """Let an alias stand for a version."""
    reference = _versioned(named)
    with open_service() as client:
        number = client.models.version(reference.name, reference.version_or_latest).version
        moved = client.models.point_alias(reference.name, alias, number)
    state = "stands for" if moved.moved else "stood already for"
    typer.echo(f"{alias} {state} {moved.model}@{moved.version}.")


def remove_alias(named: str, alias: str) -> None:
    """Take an alias away."""
    with open_service() as client:
        client.models.delete_alias(Reference.parse(named).name, alias)
    typer.echo(f"{alias} stands for nothing; the version stays.")


def promote_model(wanted: Promotion) -> None:
    """Let an alias stand for a version if that is better.

    Raises:
        CommandFailure: it is not better.
    """
    reference = _versioned(wanted.model)
    direction = "higher" if wanted.is_higher_better else "lower"
    with open_service() as client:
        number = client.models.version(reference.name, reference.version_or_latest).version
        done = client.models.promote(
            reference.name, wanted.alias, number, metric=wanted.metric, direction=direction
        )
    if done.version != number:
        raise CommandFailure(
            f"{reference.name}@{number} is not better by {wanted.metric} ({direction}): "
            f"{wanted.alias} stays with version {done.version}.",
            CommandExitCode.CONFLICT,
        )
    state = "stands for" if done.moved else "stood already for"
    typer.echo(f"{wanted.alias} {state} {done.model}@{done.version}.")


def delete_model(named: str, *, is_granted: bool) -> None:
    """Delete a version and its files."""
    reference = _versioned(named)
    with open_service() as client:
        found = client.models.version(reference.name, reference.version_or_latest)
        shown = f"{found.model}@{found.version}"
        ask(f"Delete {shown} and its files for ever?", is_granted=is_granted)
        client.models.delete_version(found.model, found.version)
    typer.echo(f"Deleted {shown}.")


def _versioned(named: str) -> Reference:
    reference = Reference.parse(named)
    if reference.version is None:
        raise JobFileError(
            f"{named} does not say which version.", remedy=f"Write {named}@3, or {named}@latest."
        )
    return reference
