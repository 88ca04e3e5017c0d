"""``azuraforge datasets``: tables that a service keeps for its jobs."""

from pathlib import Path
from typing import Annotated

import typer

from azuraforge_cli.commands.options import AsJson, Out, Output, Yes, chosen_output, examples

__all__ = ["app"]

Dataset = Annotated[
    str,
    typer.Argument(metavar="NAME[@VERSION]", help="Such as load, or load@2; the newest otherwise."),
]
TimeColumn = Annotated[
    str | None,
    typer.Option("--time-column", metavar="NAME", help="The column of the time stamps."),
]
Delimiter = Annotated[
    str | None, typer.Option("--delimiter", metavar="CHARACTER", help="Between cells.")
]
Decimal = Annotated[
    str | None, typer.Option("--decimal", metavar="MARK", help="Of numbers: . or ,")
]
Encoding = Annotated[
    str | None, typer.Option("--encoding", metavar="NAME", help="Of the text, such as latin-1.")
]
DayFirst = Annotated[
    bool | None,
    typer.Option("--day-first/--month-first", help="What 01/02/2013 begins with."),
]

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Tables that a service keeps for its jobs.\n\n"
    "A job trains on one with dataset.source: {kind: dataset, name: NAME}.",
)


@app.command(
    "list", epilog=examples("azuraforge datasets list", "azuraforge datasets list --text load")
)
def list_datasets(
    text: Annotated[
        str | None, typer.Option("--text", metavar="TEXT", help="Only with this in the name.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=0, help="At most; 0: all.")] = 50,
    output: Output = None,
    as_json: AsJson = False,
) -> None:
    """List data sets by name, each with its newest version."""
    from azuraforge_cli.service import datasets  # noqa: PLC0415 - --help stays fast

    datasets.list_datasets(text, limit, chosen_output(output, as_json=as_json))


@app.command(
    "get", epilog=examples("azuraforge datasets get load", "azuraforge datasets get load@2 -o yaml")
)
def get_dataset(dataset: Dataset, output: Output = None, as_json: AsJson = False) -> None:
    """Show a data set with its versions, or one version."""
    from azuraforge_cli.service import datasets  # noqa: PLC0415 - --help stays fast

    datasets.show_dataset(dataset, chosen_output(output, as_json=as_json))


@app.command(
    "upload",
    epilog=examples(
        "azuraforge datasets upload load.csv",
        "azuraforge datasets upload 2024.parquet --name load",
        "azuraforge datasets upload last.csv --delimiter ';' --decimal ,",
    ),
)
def upload_dataset(  # noqa: PLR0913, PLR0917 - every option of a command is an argument
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A table: .csv, .csv.gz or .parquet.")
    ],
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="Its name; else the file's.")
    ] = None,
    time_column: TimeColumn = None,
    delimiter: Delimiter = None,
    decimal: Decimal = None,
    encoding: Encoding = None,
    day_first: DayFirst = None,
    output: Output = None,
    as_json: AsJson = False,
) -> None:
    """Upload a table: the first makes the data set, further ones its versions.

    A version is its content: the same bytes are the same version. How a file is read is
    detected; the options say it where that fails. Ctrl-C leaves nothing behind.
    """
    from azuraforge_cli.service import datasets, reading  # noqa: PLC0415 - --help stays fast

    how = reading.reading_of(time_column, delimiter, decimal, encoding, day_first)
    datasets.upload_dataset(file, name, how, chosen_output(output, as_json=as_json))


@app.command(
    "preview",
    epilog=examples(
        "azuraforge datasets preview load",
        "azuraforge datasets preview load@1 --time-column measured_at",
    ),
)
def preview_dataset(  # noqa: PLR0913, PLR0917 - every option of a command is an argument
    dataset: Dataset,
    time_column: TimeColumn = None,
    delimiter: Delimiter = None,
    decimal: Decimal = None,
    encoding: Encoding = None,
    day_first: DayFirst = None,
    output: Output = None,
    as_json: AsJson = False,
) -> None:
    """Show a table as training will see it: types, time, gaps, and why it would be refused."""
    from azuraforge_cli.service import datasets, reading  # noqa: PLC0415 - --help stays fast

    how = reading.reading_of(time_column, delimiter, decimal, encoding, day_first)
    datasets.preview_dataset(dataset, how, chosen_output(output, as_json=as_json))


@app.command(
    "download",
    epilog=examples(
        "azuraforge datasets download load", "azuraforge datasets download load@1 --out old.csv"
    ),
)
def download_dataset(dataset: Dataset, out: Out = Path()) -> None:
    """Fetch a version's bytes as they were uploaded, whole or not at all."""
    from azuraforge_cli.service import datasets  # noqa: PLC0415 - --help stays fast

    datasets.download_dataset(dataset, out)


@app.command(
    "delete",
    epilog=examples("azuraforge datasets delete load@1", "azuraforge datasets delete load --yes"),
)
def delete_dataset(dataset: Dataset, yes: Yes = False) -> None:
    """Delete a data set or one version, for ever; refused while a job uses it (73)."""
    from azuraforge_cli.service import datasets  # noqa: PLC0415 - --help stays fast

    datasets.delete_dataset(dataset, is_granted=yes)
