"""Predictions as the API sends and takes them."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, WithJsonSchema

from azuraforge_api.http.api_model import PLAIN, ApiModel, ApiRequest, Moment
from azuraforge_api.http.paging import Limit, PageToken
from azuraforge_api.jobs.schemas import Owner

__all__ = [
    "ActualRow",
    "Actuals",
    "ForecastDocument",
    "Interval",
    "PredictionQuery",
    "PredictionRequest",
    "PredictionResource",
    "PredictionScore",
    "PredictionSummary",
    "RowOptions",
    "SeriesDocument",
    "ServedModel",
    "TargetDocument",
    "TargetScore",
]

Numbers = list[float | None]
History = Annotated[
    Any,
    WithJsonSchema(
        {
            "default": "stored",
            "anyOf": [
                {"enum": ["stored", "newest"]},
                {
                    "type": "array",
                    "minItems": 1,
                    "items": {
                        "type": "object",
                        "additionalProperties": {"type": ["string", "number", "null"]},
                    },
                },
            ],
        }
    ),
]
"""Looked at cell by cell in ``sent_rows``, whose sentences say which row is wrong."""


class RowOptions(ApiRequest):
    """What may be asked of a forecast; with rows as CSV it stands in the address."""

    horizon: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """Rows to forecast; none: as many as the model was trained for."""
    series: Annotated[
        tuple[Annotated[str, Field(max_length=200, pattern=PLAIN)], ...], Field(max_length=1000)
    ] = ()
    """Which series, by name; none: all."""
    what_if: Annotated[
        tuple[Annotated[str, Field(max_length=300, pattern=PLAIN)], ...], Field(max_length=50)
    ] = ()
    """Inputs to change: temp=20, temp=+2, temp-=2 or temp=+10%."""
    what_if_rows: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """Over how many of the last rows; none: over all that the model looks back."""
    at: Moment | None = None
    """Forecast as of this time; only with rows or the newest data."""


class PredictionRequest(RowOptions):
    """What a forecast starts from, and how far it goes; an empty object asks for all there is."""

    history: History = "stored"
    """The end of the training data (stored), the newest data of its source (newest), or rows: a
    list of {time, COLUMN: value…}, written as the training data were."""


class ServedModel(ApiModel):
    """The model that a forecast was made with."""

    name: str
    """Its name in the library."""
    version: int
    """Its version."""
    job: str
    """Name of the job that trained it."""
    kind: str
    """Its architecture."""


class Interval(ApiModel):
    """An interval around a forecast."""

    level: float
    """How often the truth shall lie inside."""
    lower: Numbers
    """Its lower ends; null where the model has none."""
    upper: Numbers
    """Its upper ends."""


class TargetDocument(ApiModel):
    """The forecast of one column."""

    name: str
    """The column."""
    unit: str | None
    """Its unit, where the source named one."""
    values: Numbers
    """The forecast in that unit, one for each time."""
    intervals: list[Interval]
    """How sure it is."""
    unchanged: Numbers | None = None
    """Of a what-if: the forecast without the change."""
    difference: Numbers | None = None
    """Of a what-if: what the change makes of it."""


class SeriesDocument(ApiModel):
    """The forecast of one series."""

    series: str | None
    """Its name; null for the lone series of a table without names."""
    last_time: str
    """Of the last row that the model saw."""
    times: list[str]
    """What is forecast, ISO 8601."""
    targets: list[TargetDocument]
    """One for each target column."""


class ForecastDocument(ApiModel):
    """A forecast."""

    id: str
    """Its identity, under which actual values are posted; empty where it was not recorded."""
    format_version: int
    """Of this document."""
    model: ServedModel
    """What made it."""
    step: str
    """The time between two rows, in words."""
    time_zone: str
    """UTC, or unknown: as written in the source."""
    what_if: list[str]
    """The changed inputs, in words."""
    series: list[SeriesDocument]
    """In the order asked for."""
    notes: list[str]
    """What a person should know, one sentence each."""


class TargetScore(ApiModel):
    """How one column came out."""

    rows: int
    """Values compared."""
    mae: float
    """Mean absolute error, in the column's unit."""
    rmse: float
    """Root of the mean squared error, in the column's unit."""
    coverage: dict[str, float]
    """Level of an interval, such as 0.8, to the share of values inside it."""


class PredictionScore(ApiModel):
    """How a forecast came out."""

    rows: int
    """Values compared, over all columns."""
    targets: dict[str, TargetScore]
    """By column."""


class PredictionSummary(ApiModel):
    """One prediction, as lists show it."""

    id: str
    """Its identity."""
    model: str
    """Name of the model."""
    version: int
    """Its version."""
    created_by: str
    """Who asked."""
    created_at: datetime
    """When."""
    request: dict[str, Any]
    """What was asked for, without rows that were sent."""
    score: PredictionScore | None
    """How it came out, where actual values were posted."""
    scored_at: datetime | None
    """When they were."""


class PredictionResource(PredictionSummary):
    """One prediction."""

    forecast: ForecastDocument
    """What was answered."""


class PredictionQuery(ApiRequest):
    """Which predictions a list shows."""

    model: Annotated[str, Field(max_length=63, pattern=PLAIN)] | None = None
    """With this model."""
    version: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    """And this version of it."""
    created_by: Owner = None
    """Asked for by this one."""
    limit: Limit = 50
    """Items of a page at most."""
    page: PageToken = None
    """`next` of the page before; none: the first."""


class ActualRow(ApiRequest):
    """What came true at one time."""

    time: Annotated[str, Field(max_length=40)]
    """A time of the forecast, as it was written there."""
    series: Annotated[str, Field(max_length=200, pattern=PLAIN)] | None = None
    """The series; null where there is only one."""
    values: Annotated[dict[str, Annotated[float, Field(allow_inf_nan=False)]], Field(min_length=1)]
    """Target column to value."""


class Actuals(ApiRequest):
    """What came true."""

    rows: Annotated[list[ActualRow], Field(min_length=1, max_length=100_000)]
    """In any order; times that were not forecast are left out of the score."""
