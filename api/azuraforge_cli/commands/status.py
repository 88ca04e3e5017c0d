"""``azuraforge status``: how a run stands."""

from pathlib import Path
from typing import Annotated, Final

import typer

from azuraforge_cli.commands.options import AsJson, OutputFormat, examples

__all__ = ["EXAMPLES", "show_status"]

EXAMPLES: Final = examples(
    "azuraforge status runs/nyc-temperature-1",
    "azuraforge status runs/nyc-temperature-1 -o yaml",
    "azuraforge status runs/nyc-temperature-1 --json",
)


def show_status(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="A run's folder, such as runs/nyc-temperature-1.")
    ],
    as_json: AsJson = False,
    output: Annotated[
        OutputFormat | None, typer.Option("--output", "-o", help="Print the whole object.")
    ] = None,
) -> None:
    """Show how a run stands, and why.

    Phase, progress, attempts and checkpoint, for people or as the whole object.

    The object printed is the one that `kubectl get trainingjob -o yaml` prints in a cluster.
    """
    from azuraforge_cli.status import print_status  # noqa: PLC0415 - --help stays fast

    print_status(folder, OutputFormat.JSON if as_json else output)
