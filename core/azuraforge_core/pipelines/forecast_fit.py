"""Fitting a forecaster: step by step, or in one go."""

import time

from azuraforge_core.autograd.threads import compute_threads
from azuraforge_core.data.split import Part
from azuraforge_core.data.window_gather import WindowGather
from azuraforge_core.evaluation.evaluate import evaluate
from azuraforge_core.models.registry import BaselineConfig, TrainableConfig, build_model
from azuraforge_core.nn.module import Module
from azuraforge_core.optim.loss import QuantileHeadsLoss
from azuraforge_core.pipelines.forecast_closed_form import FittedForecaster, fit_closed_form
from azuraforge_core.pipelines.forecast_predictor import WatchedPredictor, predictor_of
from azuraforge_core.pipelines.forecast_setup import FitOutcome, ForecastSetup
from azuraforge_core.pipelines.forecast_task import ForecastTask
from azuraforge_core.training.checkpoint_writer import CheckpointWriter
from azuraforge_core.training.facts import EpochFacts, RunFacts
from azuraforge_core.training.fit import FitLoop
from azuraforge_core.training.resume import Start, find_start

__all__ = ["fit_in_closed_form", "train"]


def train(config: TrainableConfig, setup: ForecastSetup, gather: WindowGather) -> FitOutcome:
    """Train a neural forecaster, or go on from its checkpoint.

    Raises:
        JobFileError: its settings do not fit the window, or ``resumeFrom`` does not fit the job.
        PreemptedError: asked to stop; a checkpoint is saved.
        DivergedError: the loss became NaN or infinite.
    """
    context = setup.context
    identity = setup.identity()
    start = find_start(
        context.checkpoints, context.inherited, identity, may_resume=context.may_resume
    )
    quantiles = setup.config.quantiles
    model = build_model(
        config,
        setup.dataset.shape,
        seed=context.seed,
        device=context.device,
        quantiles=len(quantiles),
    )
    predictor = predictor_of(model)
    watched = WatchedPredictor(predictor, context.observer, context.stop)
    loop = FitLoop(
        ForecastTask(model, watched, setup.dataset, gather, _loss_over(quantiles)),
        setup.config.training,
        seed=context.seed,
        checkpoints=CheckpointWriter(
            context.checkpoints,
            identity,
            every_seconds=context.checkpoint_every_seconds,
            observer=context.observer,
        ),
        observer=context.observer,
        stop=context.stop,
    )
    if start.checkpoint is not None:
        loop.take_up(start.checkpoint)
    resumed_from = loop.progress.step if start.checkpoint else None
    _tell_start(setup, model, loop, start)
    began = time.monotonic()
    with compute_threads(context.threads):
        result = loop.run()
    model.load_state_dict(result.best)
    fitted = FittedForecaster(
        predictor, result.best, model.parameter_count(), notes=_loss_notes(quantiles)
    )
    return FitOutcome(
        fitted=fitted,
        epochs=tuple(result.progress.history),
        best_epoch=result.progress.stopping.best_epoch,
        steps=result.progress.step,
        resumed_from_step=resumed_from,
        seconds=time.monotonic() - began,
    )


def fit_in_closed_form(
    config: BaselineConfig, setup: ForecastSetup, gather: WindowGather
) -> FitOutcome:
    """Fit a forecaster in one go; to an observer it is one epoch of one step.

    Raises:
        JobFileError: its settings do not fit the window.
    """
    observer = setup.context.observer
    observer.run_ready(
        RunFacts(
            dataset=setup.opened.facts,
            rows=len(setup.dataset.times),
            windows=window_counts(setup),
            total_epochs=1,
            steps_per_epoch=1,
            total_parameters=0,
            notes=setup.dataset.notes,
        )
    )
    began = time.monotonic()
    fitted = fit_closed_form(config, setup.dataset)
    observer.alive()
    scores = evaluate(fitted.predictor, setup.dataset, Part.VALIDATION, gather=gather)
    seconds = time.monotonic() - began
    observer.epoch_finished(
        EpochFacts(
            epoch=1,
            step=1,
            metrics={"validation.mse": scores.mse, "validation.mae": scores.mae},
            is_best=True,
            seconds=seconds,
            learning_rate=0.0,
        )
    )
    return FitOutcome(fitted=fitted, seconds=seconds)


def window_counts(setup: ForecastSetup) -> dict[str, int]:
    """Return part → number of windows."""
    return {part.value: len(setup.dataset.starts(part)) for part in Part}


def _loss_over(quantiles: tuple[float, ...]) -> QuantileHeadsLoss | None:
    return QuantileHeadsLoss(quantiles) if quantiles else None


def _loss_notes(quantiles: tuple[float, ...]) -> tuple[str, ...]:
    if not quantiles:
        return ()
    named = ", ".join(f"{quantile:g}" for quantile in quantiles)
    note = (
        f"The model was trained on the pinball loss over the quantiles {named}, as "
        "intervals.kind: quantile asks for; training.loss is not used."
    )
    return (note,)


def _tell_start(setup: ForecastSetup, model: Module, loop: FitLoop, start: Start) -> None:
    setup.context.observer.run_ready(
        RunFacts(
            dataset=setup.opened.facts,
            rows=len(setup.dataset.times),
            windows=window_counts(setup),
            total_epochs=setup.config.training.epochs,
            steps_per_epoch=loop.steps_per_epoch,
            total_parameters=model.parameter_count(),
            resumed_from_step=loop.progress.step if start.checkpoint else None,
            checkpoint=start.checkpoint.facts if start.checkpoint and start.is_own else None,
            notes=(*start.notes, *setup.dataset.notes),
        )
    )
