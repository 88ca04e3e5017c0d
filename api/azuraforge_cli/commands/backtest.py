"""``azuraforge backtest``: how a job would have done at several times before."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from azuraforge_cli.commands.options import DeviceChoice, JobFile, Settings, examples

__all__ = ["EXAMPLES", "backtest"]

EXAMPLES: Final = examples(
    "azuraforge backtest -f examples/weather.yaml --folds 5",
    "azuraforge backtest -f job.yaml --folds 4 --no-refit",
    "azuraforge backtest -f job.yaml --window sliding --first 0.6",
    "azuraforge backtest -f job.yaml --set config.model.kind=dlinear --out backtests/dlinear",
)
_FEWEST_FOLDS: Final = 2


class WindowChoice(StrEnum):
    """What a later fold trains on."""

    EXPANDING = "expanding"
    SLIDING = "sliding"


def _check_folds(value: int) -> int:
    if value < _FEWEST_FOLDS:
        raise typer.BadParameter(
            f"expected at least {_FEWEST_FOLDS}, got {value}; one fold is what `azuraforge run` "
            "tests on."
        )
    return value


def _check_first(value: float) -> float:
    if not 0 < value < 1:
        raise typer.BadParameter(f"expected a part of the rows between 0 and 1, got {value:g}.")
    return value


def backtest(  # noqa: PLR0913, PLR0917 - the options of a command are its arguments
    file: JobFile,
    folds: Annotated[
        int,
        typer.Option("--folds", metavar="N", callback=_check_folds, help="How many test folds."),
    ] = 5,
    window: Annotated[
        WindowChoice,
        typer.Option(
            "--window",
            help="Train on all rows before a fold, or on as many as the first fold had.",
        ),
    ] = WindowChoice.EXPANDING,
    refit: Annotated[
        bool,
        typer.Option(
            "--refit/--no-refit",
            help="Train a model for each fold, or one before the first fold for all.",
        ),
    ] = True,
    first: Annotated[
        float,
        typer.Option(
            "--first",
            metavar="PART",
            callback=_check_first,
            help="Part of the rows that lies before the first fold.",
        ),
    ] = 0.5,
    settings: Settings = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="DIR",
            help="The backtest's folder; default: backtests/NAME-1, backtests/NAME-2, …",
        ),
    ] = None,
    device: Annotated[
        DeviceChoice | None,
        typer.Option("--device", help="Train on this device instead of the job file's."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the result as one JSON document.")
    ] = False,
) -> None:
    """Test a job on several stretches of its past, one after another.

    The last part of the rows is cut into N folds. For each fold the job's model and the
    baselines (last value, seasonal naive, ridge) learn from what lies before it, and
    forecast it. The table says in which folds the model is better, and whether its
    difference to ridge can be luck (Diebold-Mariano test).

    Writes folds.csv, result.json and backtest.html into its folder. Finished folds are
    kept there: after Ctrl-C, which exits with 75, the same command goes on.
    """
    from azuraforge_cli.backtest import (  # noqa: PLC0415 - --help stays fast
        BacktestCommand,
        backtest_job,
    )

    command = BacktestCommand(
        file=file,
        settings=tuple(settings or ()),
        folds=folds,
        window=window.value,
        refit=refit,
        first=first,
        out=out,
        device=device.value if device else None,
    )
    raise typer.Exit(backtest_job(command, as_json=as_json))
