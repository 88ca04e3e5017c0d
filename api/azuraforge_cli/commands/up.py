"""``azuraforge up``: the whole platform on this machine."""

from pathlib import Path
from typing import Annotated, Final

import typer

from azuraforge_cli.commands.options import examples

__all__ = ["EXAMPLES", "up"]

EXAMPLES: Final = examples(
    "azuraforge up",
    "azuraforge up --data ~/azuraforge --port 9000",
    "AZURAFORGE_ADMIN_TOKEN=… azuraforge up    with a token of your own, for automation",
)


def up(
    data: Annotated[
        Path, typer.Option("--data", metavar="DIR", help="Where everything is kept.")
    ] = Path("azuraforge-data"),
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0: any free one.")] = 8000,
    host: Annotated[
        str, typer.Option("--host", help="Address to listen on; others than this machine's own "
                          "reach the service from outside.")
    ] = "127.0.0.1",
) -> None:  # fmt: skip
    """Run the service on this machine: jobs, metrics, model library, predictions.

    Needs no cluster, no Docker and no database server. Prints a link that logs you in, once.

    Ctrl-C ends the service; trainers go on and are looked after again by the next `azuraforge up`.
    """
    from azuraforge_cli.up import run_service  # noqa: PLC0415 - --help stays fast

    run_service(data, host, port)
