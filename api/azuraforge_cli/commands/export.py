"""``azuraforge export``: a finished model as a file that runs without AzuraForge."""

from pathlib import Path
from typing import Annotated, Final

import typer

from azuraforge_cli.commands.options import AsJson, examples
from azuraforge_cli.export_formats import ExportFormat

__all__ = ["EXAMPLES", "export"]

EXAMPLES: Final = examples(
    "azuraforge export runs/nyc-temperature-1",
    "azuraforge export runs/nyc-temperature-1 --out nyc-onnx",
    "azuraforge export runs/nyc-temperature-1 --json | jq -r .model",
)


def export(
    run: Annotated[
        str,
        typer.Argument(
            metavar="RUN", help="A run's folder or name, or the folder of its model alone."
        ),
    ],
    export_format: Annotated[
        ExportFormat, typer.Option("--format", help="What to export to.")
    ] = ExportFormat.ONNX,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="DIR", help="Where to write; by default onnx in the model's folder."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a finished model as a file that runs without AzuraForge.

    Raw values go in and raw values come out: scaling, calendar and intervals are inside. A README
    beside the file says what the model is, and shows the Python that uses it.

    Needs the package onnx: pip install 'azuraforge[export]'
    """
    from azuraforge_cli.export import print_export  # noqa: PLC0415 - --help stays fast

    print_export(run, export_format, out, as_json=as_json)
