"""One fold: train or take up its model, score it beside the baselines, and test the difference."""

import time
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from azuraforge_core.backtest.folder import WindowLosses
from azuraforge_core.backtest.folds import Fold
from azuraforge_core.backtest.results import FoldResult, LevelCoverage, ModelScore, RowSpan
from azuraforge_core.backtest.summary import significance_of
from azuraforge_core.data.dataset import ForecastDataset
from azuraforge_core.data.split import Part
from azuraforge_core.data.window_gather import WindowGather
from azuraforge_core.device import Device
from azuraforge_core.evaluation.scores import Scores
from azuraforge_core.pipelines.forecast_run import ForecastRun
from azuraforge_core.pipelines.forecast_scoring import score_windows
from azuraforge_core.pipelines.forecast_setup import ForecastOutcome, ForecastSetup
from azuraforge_core.pipelines.forecast_summary import MODEL_TITLES

__all__ = ["run_fold"]

_BASELINES = ("last-value", "seasonal-naive", "ridge")


def run_fold(fold: Fold, setup: ForecastSetup) -> tuple[FoldResult, WindowLosses]:
    """Carry out one fold.

    Args:
        fold: its rows.
        setup: the whole table with the job's own split, and the context of this fold's model. A
            model that was finished in the context's folder is taken up and not trained again.

    Raises:
        DataError: some part of the fold has no window.
        PreemptedError: asked to stop; a checkpoint is saved.
        DivergedError: the loss became NaN or infinite.
    """
    began = time.monotonic()
    dataset = setup.dataset.divided(fold.parts, setup.config.dataset.scaling)
    run = ForecastRun(replace(setup, dataset=dataset))
    run.fit()
    run.evaluate()
    outcome = run.outcome
    losses = _window_losses(dataset, outcome)
    fit = outcome.fit
    result = FoldResult(
        number=fold.number,
        train=_span(dataset, Part.TRAIN),
        validation=_span(dataset, Part.VALIDATION),
        test=_span(dataset, Part.TEST),
        windows=outcome.test.scores.windows,
        model=_score(
            setup.config.model.kind, MODEL_TITLES[setup.config.model.kind][0], outcome.test.scores
        ),
        baselines=tuple(
            _score(kind, entry.title, entry.scores)
            for kind in _BASELINES
            if (entry := outcome.baselines.chosen(kind)) is not None
        ),
        intervals=_intervals(outcome),
        significance=significance_of([losses], dataset.window.horizon),
        epochs=len(fit.epochs),
        best_epoch=fit.best_epoch,
        seconds=time.monotonic() - began,
        notes=(*dataset.notes, *fit.fitted.notes, *outcome.baselines.notes),
    )
    return result, losses


def _window_losses(dataset: ForecastDataset, outcome: ForecastOutcome) -> WindowLosses:
    ridge = outcome.baselines.chosen("ridge")
    if ridge is None:
        raise RuntimeError("every fold has a ridge")
    on_host = WindowGather(dataset, Device("cpu", np))
    rival = score_windows(ridge.predictor, dataset, on_host, Part.TEST)
    return WindowLosses(
        steps=_steps(dataset, outcome.test.starts),
        model=outcome.test.errors.astype(np.float64),
        ridge=rival.errors.astype(np.float64),
    )


def _steps(dataset: ForecastDataset, starts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the step of time at which windows begin, the same for all series."""
    if len(dataset.facts.segments) == 1:
        return starts
    axis = np.unique(dataset.times)
    return np.searchsorted(axis, dataset.times[starts]).astype(np.int64)


def _span(dataset: ForecastDataset, part: Part) -> RowSpan:
    filled = [rows for rows in dataset.part_rows[part] if rows.stop > rows.start]
    return RowSpan(
        rows=dataset.rows(part),
        first_time=min(dataset.time_at(rows.start) for rows in filled),
        last_time=max(dataset.time_at(rows.stop - 1) for rows in filled),
    )


def _score(kind: str, title: str, scores: Scores) -> ModelScore:
    return ModelScore(
        kind=kind,
        title=title,
        mse=scores.mse,
        mae=scores.mae,
        mse_in_units=scores.mse_in_units,
        mae_in_units=scores.mae_in_units,
    )


def _intervals(outcome: ForecastOutcome) -> tuple[LevelCoverage, ...]:
    if outcome.intervals is None:
        return ()
    return tuple(
        LevelCoverage(
            level=entry.level, coverage=entry.coverage, width_in_units=entry.width_in_units
        )
        for entry in outcome.intervals.levels
    )
