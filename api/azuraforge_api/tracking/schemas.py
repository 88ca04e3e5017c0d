"""Events and series as the API sends and takes them."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from azuraforge_api.http.api_model import ApiModel, ApiRequest
from azuraforge_api.jobs.schemas import NamespaceName

__all__ = ["AppendedEvents", "MetricSummary", "Series", "SeriesAxis", "SeriesList", "SeriesQuery"]

MetricName = Annotated[str, Field(min_length=1, max_length=200)]


class SeriesAxis(StrEnum):
    """What the points of a series are laid along."""

    STEP = "step"
    EPOCH = "epoch"
    TIME = "time"


class SeriesQuery(ApiRequest):
    """Which series."""

    name: Annotated[tuple[MetricName, ...], Field(min_length=1, max_length=50)]
    """Names of metrics, such as validation.mse."""
    axis: SeriesAxis = SeriesAxis.STEP
    """What the points are laid along."""
    max_points: Annotated[int, Field(ge=4, le=10_000)] = 1000
    """Points of each series at most; fewer are chosen so that every peak stays."""
    namespace: NamespaceName = None
    """Where the name of a run is looked for; none: anywhere."""


class Series(ApiModel):
    """One series; the lists are of one length."""

    name: str
    """The metric."""
    points: int
    """How many points the list has."""
    steps: list[int]
    """Finished training steps."""
    epochs: list[int]
    """Epochs, from 1."""
    times: list[int]
    """Milliseconds since 1970, UTC."""
    values: list[float]
    """What was measured."""


class SeriesList(ApiModel):
    """Several series."""

    series: list[Series]
    """In the order asked for; a metric without points is left out."""


class MetricSummary(ApiModel):
    """One metric of a run."""

    name: str
    """Such as validation.mse."""
    points: int
    """How many were stored."""
    last_step: int
    """Step of the last one."""
    last_value: float
    """The last one."""


class AppendedEvents(ApiModel):
    """What became of events that were sent."""

    stored: int
    """How many are new."""
    known: int
    """How many were there before."""
