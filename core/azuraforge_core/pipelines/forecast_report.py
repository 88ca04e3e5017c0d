"""A finished forecasting run as the facts that its report shows."""

import time
from datetime import UTC, datetime

from azuraforge_core.data.split import Part
from azuraforge_core.data.window_gather import WindowGather
from azuraforge_core.pipelines.forecast_findings import find_out
from azuraforge_core.pipelines.forecast_metrics import peak_resident_bytes
from azuraforge_core.pipelines.forecast_setup import FitOutcome, ForecastOutcome, ForecastSetup
from azuraforge_core.pipelines.forecast_summary import (
    MODEL_TITLES,
    baseline_scores,
    trained_score,
)
from azuraforge_core.pipelines.forecast_traces import show_windows
from azuraforge_core.pipelines.forecast_windows import count_shown
from azuraforge_core.report.environment import observe_environment
from azuraforge_core.report.facts import (
    DatasetFacts,
    EpochFacts,
    MemoryFacts,
    ModelFacts,
    PartFacts,
    PhaseTime,
    ReportFacts,
    RunFacts,
    TimingFacts,
)
from azuraforge_core.report.settings import list_settings

__all__ = ["report_facts"]


def report_facts(
    setup: ForecastSetup, outcome: ForecastOutcome, gather: WindowGather
) -> ReportFacts:
    """Return everything that the report shows."""
    fit = outcome.fit
    kind = setup.config.model.kind
    title, description = MODEL_TITLES[kind]
    shown = count_shown(setup.dataset)
    findings = find_out(setup, outcome, gather, shown.targets)
    return ReportFacts(
        run=_run(setup, fit),
        dataset=_dataset(setup),
        model=ModelFacts(
            kind=kind,
            title=title,
            parameters=fit.fitted.parameters,
            description=description,
            selection=fit.fitted.selection or _epoch_selection(fit),
        ),
        score=trained_score(setup, outcome),
        baselines=baseline_scores(outcome),
        epochs=_epochs(fit),
        windows=show_windows(setup, outcome, gather, shown),
        settings=list_settings(setup.config),
        environment=observe_environment(setup.context.device),
        timing=_timing(setup, outcome),
        memory=MemoryFacts(peak_resident_bytes(), _peak_gpu_bytes(setup)),
        findings=findings,
        notes=(*setup.dataset.notes, *fit.fitted.notes, *outcome.baselines.notes),
    )


def _run(setup: ForecastSetup, fit: FitOutcome) -> RunFacts:
    job = setup.context.job
    return RunFacts(
        name=job.name,
        uid=job.uid,
        pipeline=setup.pipeline,
        pipeline_version=list(job.versions.values())[-1],
        seed=setup.context.seed,
        attempt=setup.context.attempt,
        resumed_from_step=fit.resumed_from_step,
        finished=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _dataset(setup: ForecastSetup) -> DatasetFacts:
    facts = setup.opened.facts
    return DatasetFacts(
        table=setup.dataset.facts,
        parts=tuple(_part(setup, part) for part in Part),
        lookback=setup.config.window.lookback,
        horizon=setup.config.window.horizon,
        digest=facts.digest,
        cache_outcome=facts.cache,
        bytes=facts.bytes,
    )


def _part(setup: ForecastSetup, part: Part) -> PartFacts:
    dataset = setup.dataset
    filled = [rows for rows in dataset.part_rows[part] if rows.stop > rows.start]
    return PartFacts(
        name=part.value,
        rows=dataset.rows(part),
        windows=len(dataset.starts(part)),
        windows_left_out=dataset.starts(part).left_out,
        first_time=min(dataset.time_at(rows.start) for rows in filled),
        last_time=max(dataset.time_at(rows.stop - 1) for rows in filled),
    )


def _epoch_selection(fit: FitOutcome) -> str:
    if not fit.epochs:
        return ""
    best = fit.epochs[fit.best_epoch - 1].metrics["validation.mse"]
    return f"Epoch {fit.best_epoch} of {len(fit.epochs)} had the least validation MSE, {best:.4f}."


def _epochs(fit: FitOutcome) -> tuple[EpochFacts, ...]:
    best, found = float("inf"), []
    for record in fit.epochs:
        value = record.metrics["validation.mse"]
        found.append(
            EpochFacts(
                epoch=record.epoch,
                train_loss=record.metrics["train.loss"],
                validation_mse=value,
                learning_rate=record.learning_rate,
                seconds=record.seconds,
                is_best=value < best,
            )
        )
        best = min(best, value)
    return tuple(found)


def _timing(setup: ForecastSetup, outcome: ForecastOutcome) -> TimingFacts:
    fit = outcome.fit
    busy = sum(record.seconds for record in fit.epochs)
    batch = min(setup.config.training.batch_size, len(setup.dataset.starts(Part.TRAIN)))
    return TimingFacts(
        seconds=time.monotonic() - setup.context.began,
        phases=(
            PhaseTime("data", setup.opened.facts.seconds),
            PhaseTime("fit", fit.seconds),
            PhaseTime("evaluate", outcome.seconds),
        ),
        steps=fit.steps,
        samples_per_second=fit.steps * batch / busy if busy else None,
    )


def _peak_gpu_bytes(setup: ForecastSetup) -> int | None:
    device = setup.context.device
    if device.kind == "cpu":
        return None
    return int(device.xp.get_default_memory_pool().total_bytes())
