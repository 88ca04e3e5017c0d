"""What a close look at a model's errors found, as frozen data: a part of ``ReportFacts``.

Filled by ``azuraforge_core.diagnostics`` at the end of a run, drawn by the sections. A residual is
forecast minus truth: above zero the forecast was too high. Scaled and NaN as in ``facts``.
"""

from dataclasses import dataclass
from typing import Literal

__all__ = [
    "Breakdown",
    "BreakdownKind",
    "DifferenceFacts",
    "ErrorGroup",
    "Findings",
    "ImportanceFacts",
    "InputImportance",
    "IntervalFacts",
    "LevelFacts",
    "ResidualFacts",
]

BreakdownKind = Literal["hour", "weekday", "month", "level", "series"]


@dataclass(frozen=True)
class ErrorGroup:
    """The errors of the forecasts that have something in common."""

    label: str
    """Such as 07, Monday, Mar 2024 or a series' name."""
    values: int
    """Forecast values in the group."""
    mse: float
    """Scaled."""
    bias: float
    """Mean residual, scaled."""
    rival_mse: float | None = None
    """The strongest baseline's on the same values; None where there is none."""


@dataclass(frozen=True)
class Breakdown:
    """The errors of all forecasts, divided in one way."""

    kind: BreakdownKind
    groups: tuple[ErrorGroup, ...]
    """In the order shown; groups without a value are left out."""


@dataclass(frozen=True)
class ResidualFacts:
    """The residuals of one target in its original unit."""

    target: str
    unit: str
    mean: float
    std: float
    edges: tuple[float, ...]
    """Borders of the histogram's bins, one more than ``counts``."""
    counts: tuple[int, ...]
    outside: int
    """Residuals beyond the histogram's ends."""
    times: tuple[str, ...]
    """ISO 8601, the beginnings of equal stretches of the test part."""
    mean_by_time: tuple[float | None, ...]
    """Mean residual of each stretch; None where it holds no forecast."""
    rmse_by_time: tuple[float | None, ...]
    """Root mean squared error of each stretch."""
    autocorrelation: tuple[float, ...]
    """Of one-step-ahead residuals, at lags 1, 2, …; empty where there are too few."""
    autocorrelation_limit: float
    """White noise stays within ± this at 95 of 100 lags."""


@dataclass(frozen=True)
class InputImportance:
    """How much worse the forecast gets without what one input says."""

    name: str
    """The column, or the calendar circle that two columns make up."""
    role: str
    """target, past, future or calendar."""
    increase: float
    """Relative increase of the test MSE, mean over the repeats: 0.5 is half as much again."""
    least: float
    """The least of the repeats."""
    most: float
    """The most of the repeats."""


@dataclass(frozen=True)
class ImportanceFacts:
    """Permutation importance: each input is taken from another window, the rest stays."""

    windows: int
    """Test windows used, evenly spread."""
    repeats: int
    seed: int
    mse: float
    """Scaled MSE of these windows with every input in place."""
    inputs: tuple[InputImportance, ...]
    """Most important first."""
    left_out: int = 0
    """Inputs that were not tried, because there are too many."""
    correlated: tuple[tuple[str, str, float], ...] = ()
    """Pairs of inputs that say much the same, and their correlation on these windows."""


@dataclass(frozen=True)
class LevelFacts:
    """How the intervals of one level did on the test windows."""

    level: float
    """Nominal coverage, such as 0.8."""
    coverage: float
    """Share of the truths inside."""
    coverage_by_step: tuple[float, ...]
    widths: tuple[tuple[str, str, float], ...]
    """Target, unit and mean width in that unit."""
    fixed_coverage: float | None = None
    """Share of the truths inside, had the bands not followed the errors seen since; None where
    they do not follow."""


@dataclass(frozen=True)
class IntervalFacts:
    """The model's intervals on the test windows."""

    kind: str
    """conformal or quantile."""
    description: str
    """One sentence on how they were made."""
    levels: tuple[LevelFacts, ...]
    weighted_quantile_loss: float | None = None
    crps: float | None = None
    """Continuous ranked probability score, scaled."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class DifferenceFacts:
    """A test of whether the model and a baseline forecast equally well (Diebold and Mariano)."""

    rival: str
    """The baseline's title."""
    statistic: float
    """Below zero the model's losses are smaller."""
    p_value: float
    """Two-sided."""
    windows: int
    """Test windows compared."""
    method: str = ""
    """One sentence on how it was computed."""


@dataclass(frozen=True)
class Findings:
    """Everything that a close look at the test windows found."""

    windows: int
    """Test windows looked at."""
    windows_in_all: int
    """Test windows there are."""
    breakdowns: tuple[Breakdown, ...]
    residuals: tuple[ResidualFacts, ...]
    """One for each target shown."""
    importance: ImportanceFacts | None = None
    intervals: IntervalFacts | None = None
    difference: DifferenceFacts | None = None
