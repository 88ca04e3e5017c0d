"""``azuraforge restore``: a service from a backup."""

from pathlib import Path
from typing import Annotated, Final

import typer

from azuraforge_cli.commands.db import DataFolder
from azuraforge_cli.commands.options import AsJson, examples

__all__ = ["EXAMPLES", "restore"]

EXAMPLES: Final = examples(
    "azuraforge restore monday.tar.gz --data ~/azuraforge",
    "AZURAFORGE_DATABASE_URL=postgresql://… azuraforge restore monday.tar.gz    from SQLite, too",
)


def restore(
    archive: Annotated[Path, typer.Argument(metavar="FILE", help="What `backup` has written.")],
    data: DataFolder = Path("azuraforge-data"),
    force: Annotated[
        bool,
        typer.Option("--force", help="Replace everything that the service in DIR has; "
                     "the files of its runs are set aside, its rows are gone."),
    ] = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Fill an empty service from a backup, of the same or an earlier release.

    Every file is checked before anything is changed. It happens wholly or not at all, also where it
    is interrupted. Stop the service first.

    A backup of SQLite can be restored into PostgreSQL, and the other way round.
    """
    from azuraforge_cli.restore import restore as carry_out  # noqa: PLC0415 - --help stays fast

    carry_out(archive, data, force=force, as_json=as_json)
