"""What a job file may say about its data set and its windows.

The forecasting pipelines put these models into their config; the fields are the form, the
validation and the reference at once.
"""

from collections import Counter
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from azuraforge_contract.validation import StrictModel
from azuraforge_core.data.source_config import ColumnName, SourceConfig

__all__ = [
    "DatasetConfig",
    "MissingConfig",
    "ScalingName",
    "SplitConfig",
    "WindVector",
    "WindowConfig",
]

_FRACTION_TOLERANCE = 1e-6
_USUAL_FRACTIONS = (0.7, 0.1, 0.2)

Fraction = Annotated[float, Field(gt=0, lt=1)]


class MissingConfig(StrictModel):
    """What to do with missing cells."""

    policy: Literal["interpolate", "drop", "error"] = "interpolate"
    """interpolate: fill short gaps on a straight line, leave out windows that touch longer ones;
    drop: fill nothing, leave out every window that touches a gap; error: refuse the table."""
    max_gap: int = Field(default=6, ge=1, le=10_000, title="Longest gap to fill (rows)")
    """The longest run of missing rows that interpolate fills."""
    sentinels: Literal["error", "missing", "keep"] = "error"
    """Numbers such as -9999 far outside the rest of their column: refuse the table, take them for
    missing cells, or keep them as they are."""


ScalingName = Literal["standard", "none"]
RowEnd = Annotated[int, Field(ge=1)]


class SplitConfig(StrictModel):
    """Training, validation and test in order of time, as fractions of the rows or by row."""

    train: Fraction = _USUAL_FRACTIONS[0]
    """The earliest part: models and scaling learn from it."""
    validation: Fraction = _USUAL_FRACTIONS[1]
    """The part by which settings and the best epoch are chosen."""
    test: Fraction = _USUAL_FRACTIONS[2]
    """The latest part: only measured, never learnt or chosen from."""
    boundaries: tuple[RowEnd, RowEnd, RowEnd] | None = Field(
        default=None, title="Boundaries (rows)"
    )
    """Instead of fractions: the row at which each part ends, such as [8640, 11520, 14400]; later
    rows stay unused, and in a table of several series each is divided so."""

    @model_validator(mode="after")
    def _divides_rows(self) -> Self:
        fractions = (self.train, self.validation, self.test)
        if self.boundaries is None:
            if abs(sum(fractions) - 1.0) > _FRACTION_TOLERANCE:
                raise ValueError(
                    f"train, validation and test sum to {sum(fractions):g}, expected 1."
                )
            return self
        first, second, third = self.boundaries
        if not first < second < third:
            raise ValueError(f"boundaries must ascend, got {list(self.boundaries)}.")
        if fractions != _USUAL_FRACTIONS:
            raise ValueError("give fractions or boundaries, not both.")
        return self


class WindVector(StrictModel):
    """Wind as a vector: a direction in degrees jumps at north, its components do not."""

    name: ColumnName = "wind"
    """The new columns are called NAME_u (towards east) and NAME_v (towards north)."""
    direction_column: ColumnName
    """Where the wind comes from, degrees clockwise from north."""
    speed_column: ColumnName
    """The speed, in any unit; the components have the same."""


class DatasetConfig(StrictModel):
    """The table, the roles of its columns, and how it is cleaned, split and scaled."""

    source: SourceConfig
    """Where the table comes from."""
    series_column: ColumnName | None = None
    """The column that tells several series of one table apart; null: one series (the sample and
    others that know their own series column need none)."""
    series: tuple[ColumnName, ...] = Field(default=(), max_length=10_000)
    """Which series to use; empty: all."""
    target_columns: tuple[ColumnName, ...] = Field(default=(), max_length=10_000)
    """What to forecast; empty: every numeric column that has no other role."""
    past_columns: tuple[ColumnName, ...] = Field(default=(), max_length=10_000)
    """Inputs known only up to now, such as a measured pressure."""
    future_columns: tuple[ColumnName, ...] = Field(default=(), max_length=10_000)
    """Inputs known ahead of time, such as holidays or a published load forecast."""
    wind_vectors: tuple[WindVector, ...] = Field(default=(), max_length=100)
    """Pairs of direction and speed to turn into vector columns, usable in the three roles."""
    spacing: Literal["time", "rows"] = "time"
    """time: rows lie on a regular grid of time, and what is not there is missing; rows: every row
    is one step, whatever its time stamp says (trading days, published benchmarks)."""
    missing: MissingConfig = MissingConfig()
    """Missing cells and marks for them."""
    split: SplitConfig = SplitConfig()
    """Training, validation and test: fractions, or {boundaries: [a, b, c]} in rows."""
    scaling: ScalingName = "standard"
    """standard: subtract the mean and divide by the standard deviation of the training rows."""
    calendar_features: bool = True
    """Add the time of day, week and year, as far as the step makes them meaningful, as inputs."""
    max_age_hours: float | None = Field(default=None, gt=0, title="Maximum age (hours)")
    """Fetch the source again when the cached copy is older; null: never."""

    @model_validator(mode="after")
    def _gives_each_column_one_role(self) -> Self:
        roles = Counter((*self.target_columns, *self.past_columns, *self.future_columns))
        doubled = sorted(name for name, count in roles.items() if count > 1)
        if doubled:
            raise ValueError(f"{_quoted(doubled)} must have one role, and be listed once.")
        reserved = {self.series_column, getattr(self.source, "time_column", None)} & roles.keys()
        if reserved:
            raise ValueError(f"{_quoted(sorted(map(str, reserved)))} cannot be an input or target.")
        if len(set(self.series)) < len(self.series):
            raise ValueError("series lists a name twice.")
        return self


class WindowConfig(StrictModel):
    """How much a model sees and how far it forecasts, in rows."""

    lookback: int = Field(default=336, ge=1, le=100_000, title="Lookback (rows)")
    """Rows that the model sees."""
    horizon: int = Field(default=96, ge=1, le=100_000, title="Horizon (rows)")
    """Rows that the model forecasts."""
    stride: int = Field(default=1, ge=1, le=100_000, title="Stride of training windows (rows)")
    """Rows between the starts of two training windows; validation and test count every window."""

    @property
    def rows(self) -> int:
        """The rows of one whole window, lookback and horizon together."""
        return self.lookback + self.horizon


def _quoted(names: list[str]) -> str:
    return ", ".join(repr(name) for name in names)
