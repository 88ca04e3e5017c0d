"""``azuraforge db``: the schema of the service's database."""

from pathlib import Path
from typing import Annotated

import typer

from azuraforge_cli.commands.options import AsJson, examples

__all__ = ["DataFolder", "app"]

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="The schema of the service's database.\n\n"
    "The database is the one in AZURAFORGE_DATABASE_URL, else SQLite in the folder of --data.",
)

DataFolder = Annotated[
    Path, typer.Option("--data", metavar="DIR", help="Where the service keeps everything.")
]
_DATA = Path("azuraforge-data")


@app.command(
    "upgrade",
    epilog=examples(
        "azuraforge db upgrade", "AZURAFORGE_DATABASE_URL=postgresql://… azuraforge db upgrade"
    ),
)
def upgrade(data: DataFolder = _DATA, as_json: AsJson = False) -> None:
    """Bring the schema to what this release needs.

    One transaction: interrupted, it never happened. Several at once are no harm, one works and the
    others wait. `azuraforge up` does it by itself.

    A database that a newer release has migrated is refused.
    """
    from azuraforge_cli.database_commands import upgrade_database  # noqa: PLC0415 - --help is fast

    upgrade_database(data, as_json=as_json)


@app.command("current", epilog=examples("azuraforge db current --json"))
def current(data: DataFolder = _DATA, as_json: AsJson = False) -> None:
    """Show which revision the schema is at, and which one this release needs."""
    from azuraforge_cli.database_commands import show_database  # noqa: PLC0415 - --help is fast

    show_database(data, as_json=as_json)


@app.command("check", epilog=examples("azuraforge db check || azuraforge db upgrade"))
def check(data: DataFolder = _DATA, as_json: AsJson = False) -> None:
    """Tell whether this release can work on the database; exits with 74 when it cannot."""
    from azuraforge_cli.database_commands import check_database  # noqa: PLC0415 - --help is fast

    raise typer.Exit(check_database(data, as_json=as_json))
