"""What a backtest finds, as it is kept: of each fold, and of all folds together.

Written to ``folds/<number>.json`` and ``result.json``; printed by ``azuraforge backtest --json``.
"""

from typing import Literal

from pydantic import Field

from azuraforge_contract.format_version import FORMAT_VERSION
from azuraforge_contract.validation import StrictModel
from azuraforge_core.backtest.plan import BacktestPlan

__all__ = [
    "BacktestResult",
    "BacktestVerdict",
    "FoldResult",
    "LevelCoverage",
    "ModelScore",
    "RowSpan",
    "Significance",
]


class RowSpan(StrictModel):
    """Some rows in a row, over all series."""

    rows: int
    """How many."""
    first_time: str
    """Time stamp of the first, ISO 8601."""
    last_time: str
    """Time stamp of the last."""


class ModelScore(StrictModel):
    """The errors of one model on test windows."""

    kind: str
    """The config's kind: patchtst, ridge, last-value, seasonal-naive."""
    title: str
    """What people call it."""
    mse: float
    """Scaled, mean over windows, steps and targets."""
    mae: float
    """Likewise."""
    mse_in_units: float
    """In the unit squared, the mean over targets."""
    mae_in_units: float
    """In the unit, the mean over targets."""


class LevelCoverage(StrictModel):
    """How often the truth lay inside the bands of one level."""

    level: float
    """How often it should."""
    coverage: float
    """How often it did, over windows, steps and targets."""
    width_in_units: float
    """Mean width, the mean over targets."""


class Significance(StrictModel):
    """The Diebold-Mariano test of the model's window errors against ridge's."""

    statistic: float | None
    """Negative where the model's errors are smaller; null where the difference is the same in
    every window, so that nothing is left to chance."""
    p_value: float
    """Two-sided."""
    mean_difference: float
    """Mean squared error of the model less that of ridge, scaled."""
    windows: int
    """Windows compared; of several series those that begin together count once."""
    lags: int
    """Autocovariances taken into account, the horizon less one."""


class FoldResult(StrictModel):
    """One finished fold."""

    format_version: int = Field(default=FORMAT_VERSION, alias="formatVersion")
    number: int
    """Counts from 1, in order of time."""
    train: RowSpan
    """What the model learnt from."""
    validation: RowSpan
    """What chose the epoch and ridge's penalty."""
    test: RowSpan
    """What was forecast."""
    windows: int
    """Test windows, all of them."""
    model: ModelScore
    """The job's model."""
    baselines: tuple[ModelScore, ...]
    """Last value, seasonal naive where the lookback holds a season, and ridge."""
    intervals: tuple[LevelCoverage, ...] = ()
    """By level; empty without intervals."""
    significance: Significance | None = None
    """Against ridge; null where there are no more windows than the horizon."""
    epochs: int = 0
    """Finished epochs; 0 for a model in closed form."""
    best_epoch: int = 0
    """The epoch that validation chose."""
    seconds: float = 0.0
    """Training and measuring, in the process that finished the fold."""
    notes: tuple[str, ...] = ()
    """What came up, one sentence each."""

    def baseline(self, kind: str) -> ModelScore | None:
        """Return the baseline of a kind, if it is there."""
        return next((score for score in self.baselines if score.kind == kind), None)


class BacktestVerdict(StrictModel):
    """Whether the model beats ridge by more than luck."""

    level: Literal["better", "even", "worse", "unknown"]
    """How the verdict falls."""
    headline: str
    """A few words."""
    detail: str
    """The figures behind it, one sentence."""


class BacktestResult(StrictModel):
    """All folds, and what they say together."""

    format_version: int = Field(default=FORMAT_VERSION, alias="formatVersion")
    plan: BacktestPlan
    """What was asked."""
    folds: tuple[FoldResult, ...]
    """In order of time."""
    windows: int
    """Test windows of all folds."""
    model: ModelScore
    """Over all windows of all folds."""
    baselines: tuple[ModelScore, ...]
    """Those that every fold has, likewise."""
    intervals: tuple[LevelCoverage, ...] = ()
    """Over all windows of all folds."""
    significance: Significance | None = None
    """Over all folds."""
    folds_won: int
    """Folds in which the model's mean squared error is below ridge's."""
    verdict: BacktestVerdict
    """Whether the model beats ridge."""
