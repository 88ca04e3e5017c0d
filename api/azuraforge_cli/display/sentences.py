"""Events and statuses as one line of text each.

Called by the plain display; the live display takes some of the same words.
"""

from functools import singledispatch
from typing import Final

from azuraforge_cli.display.figures import (
    bytes_text,
    count_text,
    duration_text,
    loss_text,
    rate_text,
)
from azuraforge_contract.events import (
    CheckpointSaved,
    DatasetReady,
    EpochFinished,
    Event,
    Failed,
    Finished,
    ModelSaved,
    Started,
    StepFinished,
)
from azuraforge_lifecycle.actions import RecordEvent
from azuraforge_lifecycle.reasons import Reason

__all__ = ["event_sentence", "transition_sentence", "validation_loss"]

_SAID_ELSEWHERE: Final = frozenset({Reason.FAILED, Reason.ATTEMPT_FAILED})
"""The end of a job is its result; the end of an attempt comes with the wait for the next one."""


def event_sentence(event: Event) -> str | None:
    """Return one line about an event, or None where there is nothing to read in it."""
    return _sentence(event)


def transition_sentence(transition: RecordEvent) -> str | None:
    """Return one line about a transition, or None where the events or the result say it."""
    if transition.reason == Reason.BACK_OFF:
        return f"{'retry':<12}{transition.message}"
    if transition.type == "Normal" or transition.reason in _SAID_ELSEWHERE:
        return None
    return f"{'warning':<12}{transition.message}"


def validation_loss(metrics: dict[str, float]) -> float | None:
    """Return the figure by which validation judges: its mean squared error, or its first one."""
    if "validation.mse" in metrics:
        return metrics["validation.mse"]
    return next((metrics[name] for name in metrics if name.startswith("validation.")), None)


@singledispatch
def _sentence(event: object) -> str | None:  # noqa: ARG001 - the case for events without a line
    return None


@_sentence.register
def _started(event: Started) -> str:
    gpu = event.accelerator.name if event.accelerator and event.accelerator.name else None
    return f"attempt {event.attempt:<4}{event.pipeline} on {gpu or event.device}"


@_sentence.register
def _dataset_ready(event: DatasetReady) -> str:
    dataset = event.dataset
    windows = ", ".join(f"{count_text(number)} {part}" for part, number in event.windows.items())
    resumed = event.resumed_from_step
    parts = [
        f"{count_text(event.rows)} rows ({bytes_text(dataset.bytes)}, cache {dataset.cache})",
        f"windows: {windows}",
        f"{count_text(event.total_parameters)} parameters",
        *([] if resumed is None else [f"resumed from step {count_text(resumed)}"]),
    ]
    return f"{'data':<12}{'; '.join(parts)}"


@_sentence.register
def _step(event: StepFinished) -> str:
    return (
        f"{'step':<12}{count_text(event.step)} ({event.percentage:.0f} %), epoch {event.epoch}: "
        f"training loss {loss_text(event.loss)}, {rate_text(event.samples_per_second)}, "
        f"{duration_text(event.eta_seconds)} left"
    )


@_sentence.register
def _epoch(event: EpochFinished) -> str:
    best = ", best so far" if event.is_best else ""
    return (
        f"epoch {event.epoch:<6}training loss {loss_text(event.metrics.get('train.loss'))}, "
        f"validation {loss_text(validation_loss(event.metrics))}{best} "
        f"({duration_text(event.seconds)})"
    )


@_sentence.register
def _checkpoint(event: CheckpointSaved) -> str:
    return f"{'checkpoint':<12}step {count_text(event.checkpoint.step)}"


@_sentence.register
def _model_saved(event: ModelSaved) -> str:
    return f"{'model':<12}{event.path} ({bytes_text(event.bytes)})"


@_sentence.register
def _finished(event: Finished) -> str:
    return f"{'finished':<12}in {duration_text(event.seconds)}"


@_sentence.register
def _failed(event: Failed) -> str:
    return f"{'ended':<12}attempt {event.attempt}: {event.reason} (exit code {event.exit_code})"
