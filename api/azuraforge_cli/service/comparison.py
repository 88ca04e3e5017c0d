"""What ``azuraforge compare`` prints: runs of a service side by side."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import typer

from azuraforge_cli.commands.options import ServiceOutput
from azuraforge_cli.display.figures import duration_text, loss_text, sparkline
from azuraforge_cli.service.connection import open_service
from azuraforge_cli.service.model_files import write_page
from azuraforge_cli.service.printing import print_document, print_rows
from azuraforge_client import Client
from azuraforge_client.resources.compare import ComparedRun, ComparisonTable
from azuraforge_contract.errors import JobFileError

__all__ = ["Comparison", "compare"]

_BAR_POINTS: Final = 200


@dataclass(frozen=True)
class Comparison:
    """What shall be compared, and how it is shown.

    Attributes:
        runs: by uid or name.
        sort: column of the table; None: as the runs were named.
        series: metrics whose curves are shown instead.
        axis: of the curves.
        shows_settings: whether settings are shown instead.
        as_csv: whether the table is printed as CSV.
        page: where a page of HTML is written instead.
    """

    runs: tuple[str, ...]
    sort: str | None
    series: tuple[str, ...]
    axis: str
    shows_settings: bool
    as_csv: bool
    page: Path | None


def compare(wanted: Comparison, output: ServiceOutput | None) -> None:
    """Compare runs.

    Raises:
        JobFileError: more than one form is asked for.
    """
    asked = [wanted.shows_settings, bool(wanted.series), wanted.as_csv, wanted.page is not None]
    if sum(asked) > 1:
        raise JobFileError(
            "--settings, --series, --csv and --page each show the comparison in another way.",
            remedy="Give one of them.",
        )
    with open_service() as client:
        _carry_out(client, wanted, output)


def _carry_out(client: Client, wanted: Comparison, output: ServiceOutput | None) -> None:
    if wanted.page is not None:
        write_page(client.compare.report(wanted.runs), wanted.page, "comparison.html")
        return
    if wanted.as_csv:
        typer.echo(client.compare.csv(wanted.runs, sort=wanted.sort), nl=False)
        return
    if wanted.shows_settings:
        _show_settings(client, wanted, output)
    elif wanted.series:
        _show_series(client, wanted, output)
    else:
        _show_table(client, wanted, output)


def _show_table(client: Client, wanted: Comparison, output: ServiceOutput | None) -> None:
    table = client.compare.table(wanted.runs, sort=wanted.sort)
    if output in {ServiceOutput.JSON, ServiceOutput.YAML}:
        print_document(table.to_document(), output)
        return
    titles = ["", *(row.run.name for row in table.rows)]
    print_rows(titles, _lines(table), nothing="")


def _lines(table: ComparisonTable) -> list[list[str]]:
    """Return a line for each thing that is told of the runs: those are few, and these are many."""
    rows = table.rows
    lines = [
        ["phase", *(row.run.phase for row in rows)],
        ["model", *(f"{row.model}@{row.version}" if row.model else "" for row in rows)],
        ["took", *(duration_text(row.duration_seconds) for row in rows)],
    ]
    lines += [
        [path, *(_cell(row.settings[path]) if path in row.settings else "" for row in rows)]
        for path in table.settings
    ]
    return lines + [
        [name, *(loss_text(row.metrics.get(name)) for row in rows)] for name in table.metrics
    ]


def _show_settings(client: Client, wanted: Comparison, output: ServiceOutput | None) -> None:
    found = client.compare.configs(wanted.runs)
    if output in {ServiceOutput.JSON, ServiceOutput.YAML}:
        print_document(found.to_document(), output)
        return
    rows = [
        [
            row.path,
            *(_cell(v) if there else "" for v, there in zip(row.values, row.exists, strict=True)),
        ]
        for row in found.differing
    ]
    if output is ServiceOutput.WIDE:
        rows += [[each.path, *([_cell(each.value)] * len(found.runs))] for each in found.equal]
    print_rows(
        ["SETTING", *(run.name for run in found.runs)], rows, nothing="All settings are equal."
    )


def _show_series(client: Client, wanted: Comparison, output: ServiceOutput | None) -> None:
    points = None if output in {ServiceOutput.JSON, ServiceOutput.YAML} else _BAR_POINTS
    found = client.compare.series(wanted.runs, wanted.series, axis=wanted.axis, max_points=points)
    if output in {ServiceOutput.JSON, ServiceOutput.YAML}:
        print_document(found.to_document(), output)
        return
    runs: dict[str, ComparedRun] = {run.uid: run for run in found.runs}
    rows = [
        [
            runs[each.run].name,
            each.name,
            loss_text(each.values[-1]),
            loss_text(min(each.values)),
            f"{each.x[-1]:g}",
            sparkline(each.values),
        ]
        for each in found.series
        if each.values
    ]
    titles = ("RUN", "METRIC", "LAST", "LOWEST", f"LAST {wanted.axis.upper()}", "CURVE")
    print_rows(titles, rows, nothing="None of the runs has such a metric.")


def _cell(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
