"""Runs side by side: settings, curves, figures."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from azuraforge_client.calls import API, Call, Route, parsed_as, text
from azuraforge_client.documents import Document
from azuraforge_client.operations import AsyncResource, Operation, Resource

__all__ = [
    "AsyncCompare",
    "Compare",
    "ComparedRun",
    "ComparedSeries",
    "ComparisonTable",
    "ConfigComparison",
    "SeriesComparison",
    "SettingDifference",
    "TableRow",
]

_CONFIGS: Final = Route("GET", f"{API}/compare/configs")
_SERIES: Final = Route("GET", f"{API}/compare/series")
_TABLE: Final = Route("GET", f"{API}/compare/table")
_REPORT: Final = Route("GET", f"{API}/compare/report")


class ComparedRun(Document):
    """One of the runs."""

    uid: str
    name: str
    namespace: str
    pipeline: str
    phase: str
    created_by: str = ""


class Setting(Document):
    """A setting that all runs share."""

    path: str
    """Dotted, as behind `--set`."""
    value: Any


class SettingDifference(Document):
    """A setting that is not the same for all runs."""

    path: str
    """Dotted, as behind `--set`."""
    values: list[Any]
    """One for each run."""
    exists: list[bool]
    """Whether a run has this setting at all."""


class ConfigComparison(Document):
    """Settings of several runs."""

    runs: list[ComparedRun]
    differing: list[SettingDifference]
    equal: list[Setting]


class ComparedSeries(Document):
    """One series of one run; the lists are of one length."""

    run: str
    """uid."""
    name: str
    points: int
    x: list[float]
    """Along the axis: steps, epochs, or seconds since the run's start."""
    steps: list[int]
    values: list[float]


class SeriesComparison(Document):
    """Series of several runs on one axis."""

    axis: str
    runs: list[ComparedRun]
    series: list[ComparedSeries]


class TableRow(Document):
    """One run with its figures."""

    run: ComparedRun
    created: datetime
    finished: datetime | None = None
    duration_seconds: float | None = None
    model: str | None = None
    version: int | None = None
    settings: dict[str, Any]
    """Those that differ, by path."""
    metrics: dict[str, float | None]
    """Figures of the finished model."""
    last_metrics: dict[str, float | None]
    """Last value of each series."""
    baselines: dict[str, dict[str, float | None]]
    """Figures of the baselines by name."""


class ComparisonTable(Document):
    """One row for each run, and what the columns are."""

    settings: list[str]
    metrics: list[str]
    last_metrics: list[str]
    baselines: list[str]
    rows: list[TableRow]


def compare_configs(runs: Sequence[str], *, namespace: str | None = None) -> Call[ConfigComparison]:
    """Return the settings of two to fifty runs, named by uid or name: differences first."""
    query = {"run": runs, "namespace": namespace}
    return Call(_CONFIGS, _CONFIGS.path, parsed_as(ConfigComparison), query=query)


def compare_series(
    runs: Sequence[str],
    names: Sequence[str],
    *,
    axis: str = "step",
    max_points: int | None = None,
    namespace: str | None = None,
) -> Call[SeriesComparison]:
    """Return series of several runs along one axis, every peak kept.

    Args:
        runs: by uid or name.
        names: of metrics, such as validation.mse.
        axis: step, epoch or time; time counts from each run's start.
        max_points: of each series.
        namespace: where names are looked for.
    """
    query = {"run": runs, "name": names, "axis": axis, "maxPoints": max_points}
    query |= {"namespace": namespace}
    return Call(_SERIES, _SERIES.path, parsed_as(SeriesComparison), query=query)


def compare_table(
    runs: Sequence[str], *, sort: str | None = None, namespace: str | None = None
) -> Call[ComparisonTable]:
    """Return what differs and what came out of each run.

    Args:
        runs: by uid or name.
        sort: a column such as test.mse; with - in front: descending. None: as the runs were named.
        namespace: where names are looked for.
    """
    query = {"run": runs, "sort": sort, "format": "json", "namespace": namespace}
    return Call(_TABLE, _TABLE.path, parsed_as(ComparisonTable), query=query)


def compare_csv(
    runs: Sequence[str], *, sort: str | None = None, namespace: str | None = None
) -> Call[str]:
    """Return the same table as CSV."""
    query = {"run": runs, "sort": sort, "format": "csv", "namespace": namespace}
    return Call(_TABLE, _TABLE.path, text, query=query, headers={"Accept": "text/csv"})


def compare_report(runs: Sequence[str], *, namespace: str | None = None) -> Call[str]:
    """Return one page of HTML about two to eight finished runs."""
    query = {"run": runs, "namespace": namespace}
    return Call(_REPORT, _REPORT.path, text, query=query, headers={"Accept": "text/html"})


class _Compare:
    configs = Operation(compare_configs)
    series = Operation(compare_series)
    table = Operation(compare_table)
    csv = Operation(compare_csv)
    report = Operation(compare_report)


class Compare(_Compare, Resource):
    """Comparisons, for the blocking client."""


class AsyncCompare(_Compare, AsyncResource):
    """Comparisons, for the asynchronous client."""
