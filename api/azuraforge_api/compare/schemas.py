"""Comparisons as the API sends and takes them."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final, Self

from pydantic import Field, model_validator

from azuraforge_api.http.api_model import PLAIN, ApiModel, ApiRequest
from azuraforge_api.jobs.schemas import NamespaceName
from azuraforge_api.tracking.schemas import SeriesAxis

__all__ = [
    "ComparedRun",
    "ComparedSeries",
    "ComparisonTable",
    "ConfigComparison",
    "ConfigQuery",
    "ReportQuery",
    "SeriesComparison",
    "SeriesComparisonQuery",
    "Setting",
    "SettingDifference",
    "TableFormat",
    "TableQuery",
    "TableRow",
]

_MOST_POINTS: Final = 500_000
"""Of one answer: some ten megabytes."""
_Name = Annotated[str, Field(min_length=1, max_length=200, pattern=PLAIN)]
_Run = Annotated[str, Field(min_length=1, max_length=63, pattern=PLAIN)]
_Runs = Annotated[tuple[_Run, ...], Field(min_length=2, max_length=50)]


class TableFormat(StrEnum):
    """Forms of a table."""

    JSON = "json"
    CSV = "csv"


class ConfigQuery(ApiRequest):
    """Which runs."""

    run: _Runs
    """Two to fifty: a job's uid, or its name for the newest one."""
    namespace: NamespaceName = None
    """Where names are looked for; none: anywhere."""


class ReportQuery(ApiRequest):
    """Which runs."""

    run: Annotated[tuple[_Run, ...], Field(min_length=2, max_length=8)]
    """Two to eight: a job's uid, or its name for the newest one."""
    namespace: NamespaceName = None
    """Where names are looked for; none: anywhere."""


class SeriesComparisonQuery(ApiRequest):
    """Which series of which runs."""

    run: Annotated[tuple[_Run, ...], Field(min_length=1, max_length=50)]
    """A job's uid, or its name for the newest one."""
    namespace: NamespaceName = None
    """Where names are looked for; none: anywhere."""
    name: Annotated[tuple[_Name, ...], Field(min_length=1, max_length=50)]
    """Names of metrics, such as validation.mse."""
    axis: SeriesAxis = SeriesAxis.STEP
    """What the points are laid along; time counts from each run's start."""
    max_points: Annotated[int, Field(ge=4, le=10_000)] = 1000
    """Points of each series at most; fewer are chosen so that every peak stays."""

    @model_validator(mode="after")
    def _is_bearable(self) -> Self:
        points = len(self.run) * len(self.name) * self.max_points
        if points > _MOST_POINTS:
            raise ValueError(
                f"{len(self.run)} runs x {len(self.name)} metrics x {self.max_points} points are "
                f"more than {_MOST_POINTS}: ask for fewer points, or for less at once"
            )
        return self


class TableQuery(ConfigQuery):
    """Which runs, in which order and form."""

    sort: _Name | None = None
    """A column, such as test.mse, last.validation.mse or created; with - in front: descending.
    Runs without a value come last. None: the runs as they were named."""
    format: TableFormat | None = None
    """None: what `Accept` prefers, else json."""


class ComparedRun(ApiModel):
    """One of the runs."""

    uid: str
    """Its identity."""
    name: str
    """Name of the job."""
    namespace: str
    """Of the job."""
    pipeline: str
    """The plugin that trained."""
    phase: str
    """Where it is in its life."""
    created_by: str
    """Whose it is."""


class Setting(ApiModel):
    """A setting that all runs share."""

    path: str
    """Dotted, as behind `--set`: config.training.epochs."""
    value: Any
    """What it is; the pipeline's default where the job does not say."""


class SettingDifference(ApiModel):
    """A setting that is not the same for all runs."""

    path: str
    """Dotted, as behind `--set`: config.training.epochs."""
    values: list[Any]
    """One for each run; the pipeline's default where the job does not say."""
    exists: list[bool]
    """Whether a run has this setting at all: another model has other ones."""


class ConfigComparison(ApiModel):
    """Settings of several runs."""

    runs: list[ComparedRun]
    """In the order in which they were named."""
    differing: list[SettingDifference]
    """What is not the same for all."""
    equal: list[Setting]
    """What is."""


class ComparedSeries(ApiModel):
    """One series of one run; the lists are of one length."""

    run: str
    """The run's uid."""
    name: str
    """The metric."""
    points: int
    """How many points the lists have."""
    x: list[float]
    """Along the axis: steps, epochs, or seconds since the run's start."""
    steps: list[int]
    """Finished training steps."""
    values: list[float]
    """What was measured."""


class SeriesComparison(ApiModel):
    """Series of several runs on one axis."""

    axis: SeriesAxis
    """What `x` is."""
    runs: list[ComparedRun]
    """In the order in which they were named."""
    series: list[ComparedSeries]
    """Run by run; a metric that a run does not have is left out."""


class TableRow(ApiModel):
    """One run with its figures."""

    run: ComparedRun
    """Which."""
    created: datetime
    """When it was created."""
    finished: datetime | None
    """When it ended."""
    duration_seconds: float | None
    """Time for which it ran, without waiting and standing still; null: it never ran."""
    model: str | None
    """Name of its model in the library."""
    version: int | None
    """Number of its version there."""
    settings: dict[str, Any]
    """Those that differ, by path; one that the run does not have is absent."""
    metrics: dict[str, float | None]
    """Figures of the finished model, such as test.mse; null: no number."""
    last_metrics: dict[str, float | None]
    """Last value of each series."""
    baselines: dict[str, dict[str, float | None]]
    """Figures of the baselines by name."""


class ComparisonTable(ApiModel):
    """One row for each run, and what the columns are."""

    settings: list[str]
    """Paths of the settings that differ."""
    metrics: list[str]
    """Figures that some run has."""
    last_metrics: list[str]
    """Series that some run has."""
    baselines: list[str]
    """NAME.METRIC that some run has."""
    rows: list[TableRow]
    """In the order asked for."""
