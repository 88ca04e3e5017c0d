"""What ``azuraforge predict MODEL@VERSION`` does: the service forecasts, shown as one made here."""

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from azuraforge_cli.predict import (
    PredictRequest,
    check_options,
    seconds_of,
    show_found,
    write_files,
)
from azuraforge_cli.service.connection import open_service
from azuraforge_cli.service.printing import print_document
from azuraforge_cli.service.references import Reference
from azuraforge_client import Client
from azuraforge_client.resources.predictions import (
    Forecast,
    ForecastOptions,
    SeriesForecast,
    TargetForecast,
)
from azuraforge_contract.errors import StorageError
from azuraforge_core.prediction import result

__all__ = ["run_remote_prediction"]

Floats = npt.NDArray[np.float64]


def run_remote_prediction(request: PredictRequest) -> None:
    """Carry out a request whose ``run`` is MODEL@VERSION.

    Raises:
        JobFileError: the request does not fit together.
        StorageError: the rows cannot be read, or a file cannot be written.
        CommandFailure: the service refused it.
        ServiceError: the service does not answer.
    """
    check_options(request)
    with open_service() as client:
        found = _ask(client, request)
    if not request.as_json:
        show_found(_as_forecast(found), request)
        return
    if request.out is not None or request.plot is not None:
        write_files(_as_forecast(found), request)
    print_document(found.to_document(), None)  # with the identity that only the service knows


def _ask(client: Client, request: PredictRequest) -> Forecast:
    reference = Reference.parse(request.run)
    version = reference.version_or_latest
    options = _options(request)
    if request.rows is not None:
        rows = _csv_of(request.rows)
        return client.predictions.predict_csv(reference.name, version, rows, **options)
    history = "newest" if request.newest else "stored"
    return client.predictions.predict(reference.name, version, history=history, **options)


def _options(request: PredictRequest) -> ForecastOptions:
    options: ForecastOptions = {}
    if request.horizon is not None:
        options["horizon"] = request.horizon
    if request.series:
        options["series"] = list(request.series)
    if request.what_if:
        options["what_if"] = list(request.what_if)
    if request.what_if_rows is not None:
        options["what_if_rows"] = request.what_if_rows
    if request.at is not None:
        options["at"] = datetime.fromtimestamp(seconds_of(request.at), UTC)
    return options


def _csv_of(path: Path) -> bytes:
    """Return rows as CSV, the form in which the service takes them."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror}.") from error
    if path.suffix.lower() != ".parquet":
        return content
    import polars as pl  # noqa: PLC0415 - a third of a second, for this format alone

    try:
        return pl.read_parquet(io.BytesIO(content)).write_csv().encode()
    except pl.exceptions.PolarsError as error:
        raise StorageError(f"{path} is no Parquet file: {error}.") from None


def _as_forecast(told: Forecast) -> result.Forecast:
    """Return a forecast as the tables and files of this command take it.

    What the model saw is not told: its place holds the last time and no values, and pictures
    leave it out.
    """
    first = told.series[0].targets
    return result.Forecast(
        job=told.model.job,
        kind=told.model.kind,
        targets=tuple(result.ForecastTarget(each.name, each.unit or "") for each in first),
        step=told.step,
        time_zone=told.time_zone,
        what_if=tuple(told.what_if),
        series=tuple(_series(part) for part in told.series),
        notes=tuple(told.notes),
    )


def _series(part: SeriesForecast) -> result.SeriesForecast:
    targets = part.targets
    levels = [interval.level for interval in targets[0].intervals]
    bands = tuple(
        result.Band(
            level,
            _stacked([target.intervals[index].lower for target in targets]),
            _stacked([target.intervals[index].upper for target in targets]),
        )
        for index, level in enumerate(levels)
    )
    return result.SeriesForecast(
        series=part.series or "",
        times=np.array([_seconds(time) for time in part.times], dtype=np.int64),
        values=_stacked([target.values for target in targets]),
        bands=bands,
        unchanged=_unchanged(targets),
        history_times=np.array([_seconds(part.last_time)], dtype=np.int64),
        history=np.full((1, len(targets)), np.nan),
    )


def _unchanged(targets: list[TargetForecast]) -> Floats | None:
    found = [target.unchanged for target in targets]
    return None if any(each is None for each in found) else _stacked(found)


def _stacked(columns: Any) -> Floats:
    """Return ``(row, target)`` of a list for each target; NaN for no number."""
    return np.array(columns, dtype=np.float64).T


def _seconds(time: str) -> int:
    moment = datetime.fromisoformat(time)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
