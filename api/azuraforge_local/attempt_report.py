"""What an attempt's events say so far, as the facts that the planner takes.

Called by ``observation``. Pure: events in, a report out.
"""

from dataclasses import replace
from functools import singledispatch

from azuraforge_contract.events import (
    CheckpointSaved,
    DatasetReady,
    EpochFinished,
    Event,
    Failed,
    Finished,
    Started,
    StepFinished,
)
from azuraforge_contract.exit_codes import ExitCode
from azuraforge_contract.status import MetricValue, Progress
from azuraforge_lifecycle.observed import Report

__all__ = ["exit_code_told", "updated"]

_COMPLETE = 100.0


def updated(report: Report, event: Event) -> Report:
    """Return the report with one more event in it."""
    return _updated(event, report)


def exit_code_told(event: Event) -> int | None:
    """Return the exit code that an attempt's last event announces, or None for any other event.

    For trainers whose real exit code nobody collected, because ``azuraforge run`` was killed.
    """
    match event:
        case Finished():
            return ExitCode.SUCCEEDED
        case Failed():
            return event.exit_code
        case _:
            return None


@singledispatch
def _updated(event: object, report: Report) -> Report:  # noqa: ARG001 - the case of all other events
    return report


@_updated.register
def _started(event: Started, report: Report) -> Report:
    return replace(report, accelerator=event.accelerator)


@_updated.register
def _dataset_ready(event: DatasetReady, report: Report) -> Report:
    progress = _progress(report, event).model_copy(update={"total_epochs": event.total_epochs})
    return replace(
        report,
        dataset=event.dataset,
        resumed_from_step=event.resumed_from_step,
        progress=progress,
    )


@_updated.register
def _step(event: StepFinished, report: Report) -> Report:
    progress = _progress(report, event).model_copy(
        update={
            "percentage": event.percentage,
            "epoch": event.epoch,
            "step": event.step,
            "eta_seconds": event.eta_seconds,
            "samples_per_second": event.samples_per_second,
        }
    )
    return replace(report, progress=_measured(progress, {"train.loss": event.loss}))


@_updated.register
def _epoch(event: EpochFinished, report: Report) -> Report:
    progress = _progress(report, event).model_copy(
        update={"epoch": event.epoch, "step": event.step}
    )
    return replace(report, progress=_measured(progress, event.metrics))


@_updated.register
def _checkpoint(event: CheckpointSaved, report: Report) -> Report:
    return replace(report, checkpoint=event.checkpoint)


@_updated.register
def _finished(event: Finished, report: Report) -> Report:
    progress = _progress(report, event).model_copy(
        update={"percentage": _COMPLETE, "eta_seconds": 0.0}
    )
    return replace(report, progress=_measured(progress, event.metrics))


def _progress(report: Report, event: Event) -> Progress:
    """Return the progress so far, alive at the event's time."""
    progress = report.progress or Progress()
    heard = {"last_heartbeat_time": event.time, "attempt": event.attempt}
    return progress.model_copy(update=heard)


def _measured(progress: Progress, metrics: dict[str, float]) -> Progress:
    values = {metric.name: metric.value for metric in progress.metrics} | metrics
    found = tuple(MetricValue(name=name, value=value) for name, value in values.items())
    return progress.model_copy(update={"metrics": found})
