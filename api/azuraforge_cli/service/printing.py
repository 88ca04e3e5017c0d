"""How answers of a service are printed: a table for people, the whole object for programs."""

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import typer
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from azuraforge_cli.commands.options import ServiceOutput
from azuraforge_cli.display.figures import duration_text
from azuraforge_cli.display.terminal import open_console
from azuraforge_cli.failures import CommandFailure

__all__ = [
    "age_text",
    "ask",
    "print_document",
    "print_documents",
    "print_facts",
    "print_rows",
    "time_text",
]

_ENDLESS: Final = 1_000_000


def print_document(document: Any, output: ServiceOutput | None) -> None:
    """Print JSON values, as JSON where YAML is not asked for."""
    if output is ServiceOutput.YAML:
        import yaml  # noqa: PLC0415 - for this format alone

        typer.echo(yaml.safe_dump(document, sort_keys=False, allow_unicode=True), nl=False)
    else:
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))


def print_documents(documents: Iterable[Any], output: ServiceOutput | None) -> None:
    """Print several objects as one, as the service lists them."""
    print_document({"items": list(documents)}, output)


def print_rows(titles: Sequence[str], rows: Iterable[Sequence[str]], *, nothing: str) -> None:
    """Print a table, a line for each row: a terminal that is too narrow wraps the lines itself.

    Args:
        titles: of the columns.
        rows: cells.
        nothing: what is said, where it does not disturb a script, when there is no row.
    """
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in titles:
        table.add_column(title, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    if table.row_count:
        _print_whole(table)
    else:
        typer.echo(nothing, err=True)


def print_facts(facts: Iterable[tuple[str, str]]) -> None:
    """Print what is known of one thing, a line each; what is empty is left out."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, text in facts:
        if text:
            table.add_row(name, Text(text))
    if sys.stdout.isatty():
        open_console().print(table)
    else:
        _print_whole(table)


def _print_whole(table: Table) -> None:
    """Print a table without folding a cell, and without blanks behind the last one."""
    console = open_console()
    unbounded = console.options.update(max_width=_ENDLESS)
    console.width = Measurement.get(console, unbounded, table).maximum
    with console.capture() as captured:
        console.print(table)
    typer.echo("\n".join(line.rstrip() for line in captured.get().splitlines()))


def age_text(moment: datetime) -> str:
    """Return how long ago something was."""
    return duration_text(max(0.0, (datetime.now(UTC) - moment).total_seconds()))


def time_text(moment: datetime) -> str:
    """Return a moment in UTC to the second: ``2026-01-31 18:00:00``."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def ask(question: str, *, is_granted: bool) -> None:
    """Ask before something is gone for ever.

    Raises:
        CommandFailure: nobody is there to ask.
        typer.Exit: the answer is no.
    """
    if is_granted:
        return
    if not sys.stdin.isatty():
        raise CommandFailure(f"{question} Nobody is there to answer.", 2, remedy="Add --yes.")
    if not typer.confirm(question):
        raise typer.Exit(1)
