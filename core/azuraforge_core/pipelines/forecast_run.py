"""One run of a forecasting pipeline, from the open cache entry to the report."""

import time
from collections.abc import Mapping

from azuraforge_core.autograd.threads import compute_threads
from azuraforge_core.data.window_gather import WindowGather
from azuraforge_core.evaluation.baselines import score_baselines
from azuraforge_core.intervals.config import IntervalsConfig
from azuraforge_core.models.last_value import LastValueConfig
from azuraforge_core.models.ridge import RidgeConfig
from azuraforge_core.models.seasonal_naive import SeasonalNaiveConfig
from azuraforge_core.pipelines.forecast_fit import fit_in_closed_form, train
from azuraforge_core.pipelines.forecast_measure import Measured, measure
from azuraforge_core.pipelines.forecast_metrics import flat_metrics, write_metrics
from azuraforge_core.pipelines.forecast_model_file import save_forecaster
from azuraforge_core.pipelines.forecast_predictor import WatchedPredictor
from azuraforge_core.pipelines.forecast_report import report_facts
from azuraforge_core.pipelines.forecast_setup import FitOutcome, ForecastOutcome, ForecastSetup
from azuraforge_core.pipelines.pipeline import PipelineRun
from azuraforge_core.report.page import write_report
from azuraforge_core.report.verdict import judge_run

__all__ = ["ForecastRun"]


class ForecastRun(PipelineRun):
    """Trains, measures and publishes one forecaster.

    Args:
        setup: what it works on.
    """

    def __init__(self, setup: ForecastSetup) -> None:
        self._setup = setup
        self._gather = WindowGather(setup.dataset, setup.context.device)
        self._fit: FitOutcome | None = None
        self._outcome: ForecastOutcome | None = None

    @property
    def setup(self) -> ForecastSetup:
        """What it works on."""
        return self._setup

    @property
    def fit_outcome(self) -> FitOutcome:
        """The fitted model.

        Raises:
            RuntimeError: nothing was fitted yet.
        """
        if self._fit is None:
            raise RuntimeError("fit comes before its outcome")
        return self._fit

    @property
    def outcome(self) -> ForecastOutcome:
        """The measured model.

        Raises:
            RuntimeError: nothing was measured yet.
        """
        if self._outcome is None:
            raise RuntimeError("evaluate comes before its outcome")
        return self._outcome

    def fit(self) -> None:
        """Train, or fit in one go; see `PipelineRun.fit`."""
        config = self._setup.config.model
        match config:
            case RidgeConfig() | LastValueConfig() | SeasonalNaiveConfig():
                self._fit = fit_in_closed_form(config, self._setup, self._gather)
            case _:
                self._fit = train(config, self._setup, self._gather)

    def measure(self, intervals: IntervalsConfig) -> Measured:
        """Score the model on all validation and test windows, with intervals of some kind."""
        context = self._setup.context
        fitted = self.fit_outcome.fitted
        predictor = WatchedPredictor(fitted.predictor, context.observer, context.stop)
        with compute_threads(context.threads):
            return measure(predictor, intervals, self._setup.dataset, self._gather)

    def evaluate(self) -> Mapping[str, float]:
        """Score the model and the baselines on all test windows; see `PipelineRun.evaluate`."""
        fit = self.fit_outcome
        began = time.monotonic()
        setup, context = self._setup, self._setup.context
        measured = self.measure(setup.config.intervals)
        model = setup.config.model
        baselines = score_baselines(
            setup.dataset,
            ridge=model if isinstance(model, RidgeConfig) else None,
            seasonal=model if isinstance(model, SeasonalNaiveConfig) else None,
        )
        context.observer.alive()
        seconds = time.monotonic() - began
        self._outcome = ForecastOutcome(
            fit=fit,
            validation=measured.validation,
            test=measured.test,
            baselines=baselines,
            seconds=seconds,
            measured_intervals=measured.intervals,
        )
        return flat_metrics(self._outcome)

    def save_model(self) -> None:
        """Write the model's folder; see `PipelineRun.save_model`."""
        facts = save_forecaster(self._setup, self.outcome)
        self._setup.context.observer.model_saved(facts)

    def write_report(self) -> None:
        """Write the report; see `PipelineRun.write_report`."""
        outcome = self.outcome
        folder = self._setup.context.folder.report
        facts = report_facts(self._setup, outcome, self._gather)
        write_report(facts, folder)
        write_metrics(self._setup, outcome, judge_run(facts))
