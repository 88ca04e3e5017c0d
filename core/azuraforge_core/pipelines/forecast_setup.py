"""What a forecasting run works on, and what it has found: the facts that its parts share."""

from dataclasses import dataclass

from azuraforge_core.data.dataset import ForecastDataset
from azuraforge_core.evaluation.baselines import Baselines
from azuraforge_core.evaluation.scores import Scores
from azuraforge_core.intervals.meter import MeasuredIntervals
from azuraforge_core.intervals.scores import IntervalScores
from azuraforge_core.pipelines.forecast_closed_form import FittedForecaster
from azuraforge_core.pipelines.forecast_config import ForecastConfig
from azuraforge_core.pipelines.forecast_scoring import ScoredWindows
from azuraforge_core.pipelines.pipeline import OpenedDataset, RunContext
from azuraforge_core.training.identity import RunIdentity, hash_config
from azuraforge_core.training.progress import EpochRecord

__all__ = ["FitOutcome", "ForecastOutcome", "ForecastSetup"]


@dataclass(frozen=True)
class ForecastSetup:
    """What a run works on.

    Attributes:
        pipeline: name of the plugin.
        config: its config.
        opened: the cache entry.
        dataset: the same, split, scaled and cut into windows.
        context: everything around the run.
    """

    pipeline: str
    config: ForecastConfig
    opened: OpenedDataset
    dataset: ForecastDataset
    context: RunContext

    def identity(self) -> RunIdentity:
        """Return what a checkpoint of this run belongs to."""
        return RunIdentity(
            pipeline=self.pipeline,
            versions=dict(self.context.job.versions),
            data_digest=self.opened.facts.digest,
            config_hash=hash_config(self.config.model_dump(mode="json")),
            seed=self.context.seed,
        )


@dataclass(frozen=True)
class FitOutcome:
    """A finished model and how it came about.

    Attributes:
        fitted: the model.
        epochs: finished epochs over all attempts; empty for a model in closed form.
        best_epoch: the epoch that was kept, from 1; 0 for a model in closed form.
        steps: training steps over all attempts.
        resumed_from_step: the step this attempt started from, or None.
        seconds: time of fitting in this attempt.
    """

    fitted: FittedForecaster
    epochs: tuple[EpochRecord, ...] = ()
    best_epoch: int = 0
    steps: int = 0
    resumed_from_step: int | None = None
    seconds: float = 0.0


@dataclass(frozen=True)
class ForecastOutcome:
    """A measured model.

    Attributes:
        fit: the model.
        validation: its scores on the validation windows.
        test: its scores on the test windows, and each window's error.
        baselines: the baselines on the same test windows.
        seconds: time of measuring in this attempt.
        measured_intervals: how sure its forecasts are, and how true that was on the test windows;
            None where the job asks for no intervals.
    """

    fit: FitOutcome
    validation: Scores
    test: ScoredWindows
    baselines: Baselines
    seconds: float
    measured_intervals: MeasuredIntervals | None = None

    @property
    def intervals(self) -> IntervalScores | None:
        """How good the intervals were on the test windows."""
        return None if self.measured_intervals is None else self.measured_intervals.scores

    @property
    def notes(self) -> tuple[str, ...]:
        """What came up, one sentence each."""
        intervals = () if self.intervals is None else self.intervals.notes
        return (*self.fit.fitted.notes, *self.baselines.notes, *intervals)
