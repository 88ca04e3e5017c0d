"""``azuraforge predict``: forecast with a finished model."""

from pathlib import Path
from typing import Annotated, Final

import typer

from azuraforge_cli.commands.options import AsJson, examples

__all__ = ["EXAMPLES", "predict"]

EXAMPLES: Final = examples(
    "azuraforge predict runs/nyc-temperature-1                      what comes next",
    "azuraforge predict nyc-temperature-1 --newest                  from the source's newest data",
    "azuraforge predict nyc-temperature-1 --input new.csv --out forecast.csv",
    "azuraforge predict nyc-temperature-1 --what-if dewp=+5 --plot terminal",
    "azuraforge predict nyc-temperature-1 --horizon 6 --plot forecast.svg",
    "azuraforge predict nyc-temperature@champion --input new.csv     with a model of the service",
)


def predict(  # noqa: PLR0913, PLR0917 - every option of a command is an argument
    run: Annotated[
        str,
        typer.Argument(
            metavar="RUN",
            help="A run's folder, its model folder, or a run's name below runs/; or "
            "MODEL@VERSION of the service's library: a number, an alias or latest.",
        ),
    ],
    rows: Annotated[
        Path | None,
        typer.Option(
            "--input",
            metavar="FILE",
            help="Start from these rows, .csv or .parquet with the columns of the training data. "
            "Rows at the end with only columns known ahead filled in are forecast.",
        ),
    ] = None,
    newest: Annotated[
        bool, typer.Option("--newest", help="Start from the newest rows of the model's source.")
    ] = False,
    horizon: Annotated[
        int | None,
        typer.Option(
            "--horizon", metavar="N", help="Rows to forecast. Default: as the model was trained."
        ),
    ] = None,
    series: Annotated[
        list[str] | None,
        typer.Option("--series", metavar="NAME", help="Forecast this series. May be repeated."),
    ] = None,
    what_if: Annotated[
        list[str] | None,
        typer.Option(
            "--what-if",
            metavar="COLUMN=VALUE",
            help="Change an input: temp=20 sets, temp=+2 and temp-=2 add, temp=-10% scales. Shows "
            "the forecast beside the unchanged one. May be repeated.",
        ),
    ] = None,
    what_if_rows: Annotated[
        int | None,
        typer.Option(
            "--what-if-rows",
            metavar="N",
            help="Change inputs not known ahead over the last N rows only, not over all seen.",
        ),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(
            "--at",
            metavar="TIME",
            help="With --input or --newest: forecast as of this row, such as 2013-12-30T23:00.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Write the forecast: .csv, .parquet or .json."),
    ] = None,
    plot: Annotated[
        str | None,
        typer.Option(
            "--plot", metavar="FILE", help="Draw it: FILE.svg, or the word terminal to draw here."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Forecast with a finished model.

    By default from the end of its training data, which lies in the model's folder.

    MODEL@VERSION, such as weather@champion, is forecast by the service (azuraforge login);
    anything else is of this machine.

    Nothing else of the run is read, neither data nor plugin, and nothing is fitted again:
    the stored scales apply. Forecasts are in original units, with intervals where the
    model has them. A horizon beyond the trained one is forecast from forecasts.
    """
    from azuraforge_cli.predict import PredictRequest, run_prediction  # noqa: PLC0415 - fast --help
    from azuraforge_cli.service.references import is_reference  # noqa: PLC0415 - likewise

    request = PredictRequest(
        run=run,
        rows=rows,
        newest=newest,
        horizon=horizon,
        series=tuple(series or ()),
        what_if=tuple(what_if or ()),
        what_if_rows=what_if_rows,
        at=at,
        out=out,
        plot=plot,
        as_json=as_json,
    )
    if is_reference(run):
        from azuraforge_cli.service import predictions  # noqa: PLC0415 - not for runs of here

        predictions.run_remote_prediction(request)
    else:
        run_prediction(request)
