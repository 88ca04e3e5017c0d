"""``azuraforge backup``: database and library in one file."""

from pathlib import Path
from typing import Annotated, Final

import typer

from azuraforge_cli.commands.db import DataFolder
from azuraforge_cli.commands.options import AsJson, examples

__all__ = ["EXAMPLES", "backup"]

EXAMPLES: Final = examples(
    "azuraforge backup backups/    a file named for the time in that folder",
    "azuraforge backup monday.tar.gz --data ~/azuraforge --runs",
    "AZURAFORGE_DATABASE_URL=postgresql://… azuraforge backup backups/ --json",
)


def backup(
    target: Annotated[Path, typer.Argument(metavar="FILE|DIR", help="Where the backup goes.")],
    data: DataFolder = Path("azuraforge-data"),
    runs: Annotated[
        bool, typer.Option("--runs", help="Take runs wholly, with checkpoints, events and logs.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write the database and the library into one file; the service may go on meanwhile.

    Jobs, curves, events, models, reports, data sets, tokens, webhooks, predictions and the audit
    log, all of one moment. Settings are the environment's and not in it.

    Keep the file as you keep the service: everybody's data are in it.
    """
    from azuraforge_cli.backup import back_up  # noqa: PLC0415 - --help stays fast

    back_up(target, data, runs=runs, force=force, as_json=as_json)
