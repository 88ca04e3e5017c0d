"""What ``azuraforge predict`` does: finds the model and the rows, forecasts, shows and writes."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import typer

from azuraforge_cli.forecast_files import check_output, write_forecast, write_picture
from azuraforge_cli.named_model import find_model_folder
from azuraforge_contract.errors import AzuraForgeError, JobFileError
from azuraforge_core.prediction.documents import forecast_document
from azuraforge_core.prediction.forecasting import forecast
from azuraforge_core.prediction.known_rows import GivenRows
from azuraforge_core.prediction.loading import Forecaster, load_forecaster
from azuraforge_core.prediction.request import ForecastRequest
from azuraforge_core.prediction.result import Forecast
from azuraforge_core.prediction.what_if import parse_what_if

__all__ = [
    "TERMINAL",
    "PredictRequest",
    "check_options",
    "run_prediction",
    "seconds_of",
    "show_found",
    "write_files",
]

TERMINAL: Final = "terminal"


@dataclass(frozen=True)
class PredictRequest:
    """What was typed after ``azuraforge predict``."""

    run: str
    rows: Path | None = None
    newest: bool = False
    horizon: int | None = None
    series: tuple[str, ...] = ()
    what_if: tuple[str, ...] = ()
    what_if_rows: int | None = None
    at: str | None = None
    out: Path | None = None
    plot: str | None = None
    as_json: bool = False


def run_prediction(request: PredictRequest) -> None:
    """Carry out a request.

    Raises:
        JobFileError: there is no such model, or the request does not fit it.
        DataError: the rows do not suffice for a forecast.
        SourceUnreachableError: the newest data could not be fetched.
        StorageError: the model is damaged, or a file cannot be written.
    """
    check_options(request)
    at = None if request.at is None else seconds_of(request.at)
    changes = tuple(parse_what_if(text) for text in request.what_if)
    model_folder = find_model_folder(request.run)
    forecaster = load_forecaster(model_folder)
    asked = ForecastRequest(
        horizon=request.horizon,
        series=request.series,
        rows=_given_rows(request, forecaster, model_folder, at),
        what_if=changes,
        what_if_rows=request.what_if_rows,
    )
    found = forecast(forecaster, asked)
    show_found(found, request)


def check_options(request: PredictRequest) -> None:
    """Refuse what cannot be carried out before any time is spent."""
    if request.rows is not None and request.newest:
        raise JobFileError(
            "--input and --newest both say where to start from.", remedy="Give one of them."
        )
    if request.at is not None and request.rows is None and not request.newest:
        raise JobFileError(
            "--at needs rows to choose from: the model keeps only the end of its training data.",
            remedy="Add --newest, or --input with rows up to that time.",
        )
    if request.what_if_rows is not None and not request.what_if:
        raise JobFileError("--what-if-rows changes nothing.", remedy="Add --what-if COLUMN=VALUE.")
    if request.plot == TERMINAL and request.as_json:
        raise JobFileError(
            "--plot terminal and --json both print.",
            remedy="Draw into a file: --plot forecast.svg.",
        )
    if request.out is not None:
        check_output(request.out, ("csv", "parquet", "json"), "--out")
    if request.plot not in {None, TERMINAL}:
        check_output(Path(str(request.plot)), ("svg",), "--plot")


def _given_rows(
    request: PredictRequest, forecaster: Forecaster, model_folder: Path, at: int | None
) -> GivenRows | None:
    # Reading tables takes polars, which is not needed for the stored history.
    if request.rows is not None:
        from azuraforge_core.prediction.row_file import read_file_rows  # noqa: PLC0415 - see above

        return read_file_rows(request.rows, forecaster, at=at)
    if request.newest:
        from azuraforge_core.prediction.newest_rows import newest_rows  # noqa: PLC0415 - see above

        today = datetime.now(UTC).date()
        return newest_rows(forecaster, base=_base_folder(model_folder), today=today, at=at)
    return None


def _base_folder(model_folder: Path) -> Path:
    """Return the folder that paths in the job are relative to: the job file's, if still there."""
    from azuraforge_local.job_file import read_job  # noqa: PLC0415 - only a file source needs it

    try:
        folder = read_job(model_folder.parent).working_directory
    except AzuraForgeError:
        return Path.cwd()
    return folder if folder.is_dir() else Path.cwd()


def seconds_of(text: str) -> int:
    """Return the seconds since 1970 of a time as typed; without a zone it is taken for UTC.

    Raises:
        JobFileError: it is no time.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise JobFileError(
            f"--at expects a time, got {text!r}.", remedy="Write it as 2013-12-30T23:00."
        ) from None
    known = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(known.timestamp())


def write_files(found: Forecast, request: PredictRequest) -> None:
    """Write a forecast to the files that a request names.

    Raises:
        StorageError: a file cannot be written.
    """
    if request.out is not None:
        write_forecast(found, request.out)
    if request.plot not in {None, TERMINAL}:
        write_picture(found, Path(str(request.plot)))


def show_found(found: Forecast, request: PredictRequest) -> None:
    """Write and print a forecast as a request says.

    Raises:
        StorageError: a file cannot be written.
    """
    write_files(found, request)
    if request.as_json:
        typer.echo(json.dumps(forecast_document(found), indent=2, ensure_ascii=False))
        return
    from azuraforge_cli.forecast_table import print_forecast  # noqa: PLC0415 - not for scripts

    print_forecast(found, is_drawn=request.plot == TERMINAL)
    for path in (request.out, None if request.plot == TERMINAL else request.plot):
        if path is not None:
            typer.echo(f"Wrote {path}")
