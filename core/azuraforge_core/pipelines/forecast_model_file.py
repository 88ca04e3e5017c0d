"""What goes into the model's folder: weights, the ends of the series, and the manifest."""

import hashlib

import numpy as np

from azuraforge_core.data.dataset import ForecastDataset
from azuraforge_core.data.facts import ColumnRole, Segment
from azuraforge_core.pipelines.forecast_metrics import flat_metrics
from azuraforge_core.pipelines.forecast_setup import ForecastOutcome, ForecastSetup
from azuraforge_core.store.model_folder import SeriesHistory, encode_weights, write_model
from azuraforge_core.store.model_manifest import (
    ColumnScale,
    DataLineage,
    ModelLineage,
    ModelManifest,
    ModelWindow,
    TimeStep,
)
from azuraforge_core.training.facts import ModelFacts

__all__ = ["save_forecaster"]


def save_forecaster(setup: ForecastSetup, outcome: ForecastOutcome) -> ModelFacts:
    """Write the model's folder and return what lies there.

    Raises:
        StorageError: the volume is full, read-only or failing.
    """
    measured = outcome.measured_intervals
    content = encode_weights(
        outcome.fit.fitted.weights,
        _histories(setup.dataset),
        None if measured is None else measured.stored.state(),
    )
    digest = hashlib.sha256(content).hexdigest()
    folder = setup.context.folder
    write_model(folder.model, _manifest(setup, outcome, digest), content)
    path = folder.model_weights.relative_to(folder.root)
    return ModelFacts(path=str(path), digest=digest, bytes=len(content))


def _histories(dataset: ForecastDataset) -> tuple[SeriesHistory, ...]:
    """Return the end of every series, from which the next forecast is made."""
    tails = (_tail(dataset, segment) for segment in dataset.facts.segments)
    return tuple(
        SeriesHistory(np.array(dataset.values[:, rows]), np.array(dataset.times[rows]))
        for rows in tails
    )


def _tail(dataset: ForecastDataset, segment: Segment) -> slice:
    """Return the last lookback up to the last observed row, and the rows after it.

    These hold what is known ahead, such as a load forecast for tomorrow.
    """
    observed = list(dataset.facts.channels(ColumnRole.TARGET, ColumnRole.PAST))
    seen = segment.stop
    while seen > segment.start and np.isnan(dataset.values[observed, seen - 1]).all():
        seen -= 1
    return slice(max(segment.start, seen - dataset.window.lookback), segment.stop)


def _manifest(setup: ForecastSetup, outcome: ForecastOutcome, digest: str) -> ModelManifest:
    facts, config = setup.dataset.facts, setup.config
    fitted, measured = outcome.fit.fitted, outcome.measured_intervals
    return ModelManifest(
        kind=config.model.kind,
        architecture=config.model.model_dump(mode="json"),
        selection=fitted.selection,
        parameters=fitted.parameters,
        window=ModelWindow(lookback=config.window.lookback, horizon=config.window.horizon),
        columns=_columns(setup.dataset),
        step=TimeStep(unit=facts.step.unit, count=facts.step.count, time_zone=facts.time_zone),
        data=DataLineage(
            digest=setup.opened.facts.digest,
            source=facts.source,
            series=tuple(segment.series for segment in facts.segments),
            rows=len(setup.dataset.times),
            first_time=facts.first_time,
            last_time=facts.last_time,
        ),
        config=config.model_dump(mode="json"),
        intervals=None if measured is None else measured.stored.facts,
        metrics=flat_metrics(outcome),
        lineage=_lineage(setup),
        weights_digest=digest,
    )


def _columns(dataset: ForecastDataset) -> tuple[ColumnScale, ...]:
    scaler = dataset.scaler
    return tuple(
        ColumnScale(
            name=column.name,
            role=column.role.value,
            unit=column.unit,
            mean=float(scaler.mean[channel]),
            std=float(scaler.std[channel]),
        )
        for channel, column in enumerate(dataset.facts.columns)
    )


def _lineage(setup: ForecastSetup) -> ModelLineage:
    context = setup.context
    return ModelLineage(
        job=context.job.name,
        uid=context.job.uid,
        resume_from=context.job.resume_from,
        pipeline=setup.pipeline,
        versions=dict(context.job.versions),
        device=context.device.kind,
        seed=context.seed,
    )
