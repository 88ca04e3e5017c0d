"""Forecasts with the models of the library, and how they came out."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypedDict, Unpack

from pydantic import Field

from azuraforge_client.calls import API, Call, Listing, Route, parsed_as
from azuraforge_client.documents import Document
from azuraforge_client.operations import AsyncResource, Iteration, Operation, Resource
from azuraforge_client.pages import in_camel_case, listing

__all__ = [
    "AsyncPredictions",
    "Forecast",
    "ForecastOptions",
    "Interval",
    "Prediction",
    "PredictionSummary",
    "Predictions",
    "SeriesForecast",
    "TargetForecast",
]

_PREDICT: Final = Route("POST", f"{API}/models/{{model}}/versions/{{version}}/predict")
_LIST: Final = Route("GET", f"{API}/predictions")
_GET: Final = Route("GET", f"{API}/predictions/{{prediction}}")
_ACTUALS: Final = Route("POST", f"{API}/predictions/{{prediction}}/actuals", is_repeatable=True)
Numbers = list[float | None]


class ForecastOptions(TypedDict, total=False):
    """What may be asked of a forecast."""

    horizon: int
    """Rows to forecast; as many as the model was trained for where it is not said."""
    series: list[str]
    """Which series, by name; all where it is not said."""
    what_if: list[str]
    """Inputs to change: temp=20, temp=+2, temp-=2 or temp=+10%."""
    what_if_rows: int
    """Over how many of the last rows."""
    at: datetime
    """Forecast as of this time, with a time zone; only with rows or the newest data."""


class ServedModel(Document):
    """The model that a forecast was made with."""

    name: str
    version: int
    job: str
    kind: str


class Interval(Document):
    """An interval around a forecast."""

    level: float
    """How often the truth shall lie inside."""
    lower: Numbers
    upper: Numbers


class TargetForecast(Document):
    """The forecast of one column."""

    name: str
    unit: str | None = None
    values: Numbers
    intervals: list[Interval] = Field(default_factory=list)
    unchanged: Numbers | None = None
    """Of a what-if: the forecast without the change."""
    difference: Numbers | None = None
    """Of a what-if: what the change makes of it."""


class SeriesForecast(Document):
    """The forecast of one series."""

    series: str | None
    """Its name; None for the lone series of a table without names."""
    last_time: str
    """Of the last row that the model saw."""
    times: list[str]
    """ISO 8601."""
    targets: list[TargetForecast]


class Forecast(Document):
    """A forecast."""

    id: str
    """Under which actual values are posted; empty where it was not recorded."""
    format_version: int
    model: ServedModel
    step: str
    time_zone: str
    what_if: list[str] = Field(default_factory=list)
    series: list[SeriesForecast]
    notes: list[str] = Field(default_factory=list)


class TargetScore(Document):
    """How one column came out."""

    rows: int
    mae: float
    rmse: float
    coverage: dict[str, float] = Field(default_factory=dict)


class PredictionScore(Document):
    """How a forecast came out."""

    rows: int
    targets: dict[str, TargetScore]


class PredictionSummary(Document):
    """One forecast, as lists show it."""

    id: str
    model: str
    version: int
    created_by: str
    created_at: datetime
    request: dict[str, Any]
    score: PredictionScore | None = None
    scored_at: datetime | None = None


class Prediction(PredictionSummary):
    """One forecast."""

    forecast: Forecast


def predict(
    model: str,
    version: int | str = "latest",
    *,
    history: str | Sequence[Mapping[str, Any]] = "stored",
    record: bool = True,
    **options: Unpack[ForecastOptions],
) -> Call[Forecast]:
    """Forecast with a version.

    Args:
        model: its name.
        version: number, alias or ``latest``.
        history: the end of the training data (``stored``), the newest of its source (``newest``),
            or rows: {time, COLUMN: value, …}, as the training data were written.
        record: whether it is kept, to be scored later.
        options: how far, of which series, with which changes.
    """
    at = options.get("at")
    body = in_camel_case({"history": history, **options})
    if at is not None:
        body["at"] = at.isoformat()
    address = _PREDICT.address(model=model, version=version)
    return Call(_PREDICT, address, parsed_as(Forecast), query={"record": record}, json=body)


def predict_csv(
    model: str,
    version: int | str,
    rows: str | bytes,
    *,
    record: bool = True,
    **options: Unpack[ForecastOptions],
) -> Call[Forecast]:
    """Forecast from rows as CSV, with a header as that of the training data.

    Args:
        model: its name.
        version: number, alias or ``latest``.
        rows: the text of the CSV.
        record: whether it is kept, to be scored later.
        options: how far, of which series, with which changes.
    """
    query = in_camel_case({"record": record, **options})
    address = _PREDICT.address(model=model, version=version)
    headers = {"Content-Type": "text/csv"}
    return Call(_PREDICT, address, parsed_as(Forecast), query=query, content=rows, headers=headers)


def list_predictions(
    *,
    model: str | None = None,
    version: int | None = None,
    created_by: str | None = None,
    limit: int | None = None,
) -> Listing[PredictionSummary]:
    """Go through forecasts, the newest first."""
    query = {"model": model, "version": version, "created_by": created_by, "limit": limit}
    return listing(_LIST, PredictionSummary, query)


def get_prediction(prediction: str) -> Call[Prediction]:
    """Return a forecast, and how it came out where that is known."""
    return Call(_GET, _GET.address(prediction=prediction), parsed_as(Prediction))


def post_actuals(prediction: str, rows: Sequence[Mapping[str, Any]]) -> Call[Prediction]:
    """Tell what came true, as rows ``{time, series, values: {COLUMN: value}}``; scores it."""
    address = _ACTUALS.address(prediction=prediction)
    body = {"rows": [dict(row) for row in rows]}
    return Call(_ACTUALS, address, parsed_as(Prediction), json=body)


class _Predictions:
    predict = Operation(predict)
    predict_csv = Operation(predict_csv)
    list = Iteration(list_predictions)
    get = Operation(get_prediction)
    post_actuals = Operation(post_actuals)


class Predictions(_Predictions, Resource):
    """Forecasts, for the blocking client."""


class AsyncPredictions(_Predictions, AsyncResource):
    """Forecasts, for the asynchronous client."""
