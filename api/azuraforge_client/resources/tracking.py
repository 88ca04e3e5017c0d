"""Metrics and series of runs."""

from collections.abc import Sequence
from typing import Final

from azuraforge_client.calls import API, Call, Route, parsed_as
from azuraforge_client.documents import Document
from azuraforge_client.operations import AsyncResource, Operation, Resource

__all__ = ["AsyncTracking", "MetricSummary", "Series", "Tracking"]

_METRICS: Final = Route("GET", f"{API}/runs/{{run}}/metrics")
_SERIES: Final = Route("GET", f"{API}/runs/{{run}}/series")


class MetricSummary(Document):
    """One metric of a run."""

    name: str
    points: int
    last_step: int
    last_value: float


class Series(Document):
    """One series; the lists are of one length."""

    name: str
    points: int
    steps: list[int]
    """Finished training steps."""
    epochs: list[int]
    times: list[int]
    """Milliseconds since 1970, UTC."""
    values: list[float]


class SeriesList(Document):
    """Several series."""

    series: list[Series]


def list_metrics(run: str, *, namespace: str | None = None) -> Call[list[MetricSummary]]:
    """Return a run's metrics with their last values."""
    query = {"namespace": namespace}
    address = _METRICS.address(run=run)
    return Call(_METRICS, address, parsed_as(list[MetricSummary]), query=query)


def read_series(
    run: str,
    names: Sequence[str],
    *,
    axis: str = "step",
    max_points: int | None = None,
    namespace: str | None = None,
) -> Call[SeriesList]:
    """Return series of a run, with fewer points where there are many, every peak kept.

    Args:
        run: uid or name of its job.
        names: of metrics, such as validation.mse.
        axis: step, epoch or time: what the points are laid along.
        max_points: of each series.
        namespace: where a name is looked for.
    """
    query = {"name": names, "axis": axis, "maxPoints": max_points, "namespace": namespace}
    return Call(_SERIES, _SERIES.address(run=run), parsed_as(SeriesList), query=query)


class _Tracking:
    metrics = Operation(list_metrics)
    series = Operation(read_series)


class Tracking(_Tracking, Resource):
    """Metrics and series, for the blocking client."""


class AsyncTracking(_Tracking, AsyncResource):
    """Metrics and series, for the asynchronous client."""
