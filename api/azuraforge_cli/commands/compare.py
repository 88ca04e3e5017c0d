"""``azuraforge compare``: runs of a service side by side."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from azuraforge_cli.commands.options import AsJson, Output, chosen_output, examples

__all__ = ["EXAMPLES", "compare"]

EXAMPLES: Final = examples(
    "azuraforge compare weather-1 weather-2",
    "azuraforge compare weather-1 weather-2 weather-3 --sort test.mse",
    "azuraforge compare weather-1 weather-2 --settings",
    "azuraforge compare weather-1 weather-2 --series validation.mse --axis epoch",
    "azuraforge compare weather-1 weather-2 --csv > comparison.csv",
    "azuraforge compare weather-1 weather-2 --page comparison.html",
)


class AxisChoice(StrEnum):
    """What curves are laid along."""

    STEP = "step"
    EPOCH = "epoch"
    TIME = "time"


def compare(  # noqa: PLR0913, PLR0917 - every option of a command is an argument
    runs: Annotated[
        list[str],
        typer.Argument(metavar="RUN RUN...", help="Jobs of the service, by name or uid."),
    ],
    settings: Annotated[
        bool, typer.Option("--settings", help="Show the settings that differ; -o wide: all.")
    ] = False,
    series: Annotated[
        list[str] | None,
        typer.Option("--series", metavar="NAME", help="Show this metric. May be repeated."),
    ] = None,
    axis: Annotated[
        AxisChoice, typer.Option("--axis", help="What --series is laid along.")
    ] = AxisChoice.STEP,
    sort: Annotated[
        str | None,
        typer.Option("--sort", metavar="COLUMN", help="Order; with - in front: descending."),
    ] = None,
    csv: Annotated[bool, typer.Option("--csv", help="Print the table as CSV.")] = False,
    page: Annotated[
        Path | None,
        typer.Option("--page", metavar="FILE", help="Write a page of HTML about 2 to 8 runs."),
    ] = None,
    output: Output = None,
    as_json: AsJson = False,
) -> None:
    """Put runs of a service side by side: what differs, and what came out.

    Runs of this machine are compared by `azuraforge report --compare`.
    """
    from azuraforge_cli.service import comparison  # noqa: PLC0415 - --help stays fast

    wanted = comparison.Comparison(
        runs=tuple(runs),
        sort=sort,
        series=tuple(series or ()),
        axis=axis.value,
        shows_settings=settings,
        as_csv=csv,
        page=page,
    )
    comparison.compare(wanted, chosen_output(output, as_json=as_json))
