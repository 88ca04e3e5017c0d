"""What training tells, as events, log lines and the last word.

The one implementation of the core's `TrainingObserver` in a trainer process. Everything that
finishes also re-arms the stall watchdog.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from azuraforge_contract import events
from azuraforge_contract.errors import AzuraForgeError
from azuraforge_contract.status import (
    AcceleratorStatus,
    CheckpointStatus,
    DatasetStatus,
    MetricValue,
    Progress,
)
from azuraforge_core.training.facts import (
    CheckpointFacts,
    EpochFacts,
    ModelFacts,
    RunFacts,
    SampleFacts,
    StepFacts,
    WindowSample,
)
from azuraforge_trainer.event_file import EventFile
from azuraforge_trainer.last_word import LastWord

__all__ = ["AttemptReporter"]


class AttemptReporter:
    """Reports one attempt.

    Args:
        run: uid of the job.
        attempt: its index.
        file: where events go.
        last_word: what the termination message will say.
        logger: where log lines go.
        rearm: tells the stall watchdog that something was finished.
    """

    def __init__(
        self,
        *,
        run: str,
        attempt: int,
        file: EventFile,
        last_word: LastWord,
        logger: logging.Logger,
        rearm: Callable[[], None],
    ) -> None:
        self._run = run
        self._attempt = attempt
        self._file = file
        self._last_word = last_word
        self._logger = logger
        self._rearm = rearm
        self._total_epochs: int | None = None
        self._total_steps: int | None = None
        self._metrics: dict[str, float] = {}

    def started(
        self,
        *,
        pipeline: str,
        device: Literal["gpu", "cpu"],
        accelerator: AcceleratorStatus | None,
        versions: Mapping[str, str],
    ) -> None:
        """The preflight is passed."""
        self._last_word.accelerator = accelerator
        self._append(
            events.Started,
            pipeline=pipeline,
            device=device,
            accelerator=accelerator,
            versions=dict(versions),
        )
        self._log("started", f"Attempt {self._attempt} of {pipeline} on the {device}.")

    def alive(self) -> None:
        """See `TrainingObserver.alive`."""
        self._rearm()

    def run_ready(self, facts: RunFacts) -> None:
        """See `TrainingObserver.run_ready`."""
        self._total_epochs = facts.total_epochs
        self._total_steps = facts.total_epochs * facts.steps_per_epoch
        dataset = DatasetStatus(
            cache=facts.dataset.cache,
            digest=facts.dataset.digest,
            bytes=facts.dataset.bytes,
            seconds=facts.dataset.seconds,
        )
        self._last_word.dataset = dataset
        self._last_word.resumed_from_step = facts.resumed_from_step
        self._last_word.step = facts.resumed_from_step
        if facts.checkpoint is not None:
            self._last_word.checkpoint = _checkpoint(facts.checkpoint, time=None)
        self._append(
            events.DatasetReady,
            dataset=dataset,
            rows=facts.rows,
            windows=dict(facts.windows),
            total_epochs=facts.total_epochs,
            steps_per_epoch=facts.steps_per_epoch,
            total_parameters=facts.total_parameters,
            resumed_from_step=facts.resumed_from_step,
        )
        windows = ", ".join(f"{count} {part}" for part, count in facts.windows.items())
        self._log("dataset_ready", f"{facts.rows} rows; windows: {windows}.", cache=dataset.cache)
        for note in facts.notes:
            self._log("note", note)

    def step_finished(self, facts: StepFacts) -> None:
        """See `TrainingObserver.step_finished`."""
        self._metrics["train.loss"] = facts.loss
        self._note_progress(
            facts.step,
            facts.epoch,
            percentage=facts.percentage,
            eta_seconds=facts.eta_seconds,
            samples_per_second=facts.samples_per_second,
        )
        self._append(
            events.StepFinished,
            epoch=facts.epoch,
            step=facts.step,
            loss=facts.loss,
            learning_rate=facts.learning_rate,
            samples_per_second=facts.samples_per_second,
            eta_seconds=facts.eta_seconds,
            percentage=facts.percentage,
        )
        self._log(
            "step",
            f"Step {facts.step}: loss {facts.loss:.4f}.",
            epoch=facts.epoch,
            step=facts.step,
            loss=facts.loss,
            samples_per_second=facts.samples_per_second,
            eta_seconds=facts.eta_seconds,
            percentage=facts.percentage,
            total_epochs=self._total_epochs,
        )

    def epoch_finished(self, facts: EpochFacts) -> None:
        """See `TrainingObserver.epoch_finished`."""
        self._metrics |= dict(facts.metrics)
        total = self._total_steps
        percentage = min(100.0, 100.0 * facts.step / total) if total else None
        self._note_progress(facts.step, facts.epoch, percentage=percentage)
        self._append(
            events.EpochFinished,
            epoch=facts.epoch,
            step=facts.step,
            metrics=dict(facts.metrics),
            is_best=facts.is_best,
            seconds=facts.seconds,
        )
        figures = ", ".join(f"{name} {value:.4f}" for name, value in facts.metrics.items())
        self._log(
            "epoch",
            f"Epoch {facts.epoch}: {figures}.",
            epoch=facts.epoch,
            step=facts.step,
            **{name.replace(".", "_"): value for name, value in facts.metrics.items()},
        )

    def sample_taken(self, facts: SampleFacts) -> None:
        """See `TrainingObserver.sample_taken`."""
        series = tuple(_series(sample) for sample in facts.series)
        self._append(events.Sample, epoch=facts.epoch, series=series)

    def checkpoint_saved(self, facts: CheckpointFacts) -> None:
        """See `TrainingObserver.checkpoint_saved`."""
        checkpoint = _checkpoint(facts, time=_now())
        self._last_word.checkpoint = checkpoint
        self._last_word.step = facts.step
        self._append(events.CheckpointSaved, checkpoint=checkpoint)
        self._log("checkpoint_saved", f"Checkpoint of step {facts.step}.", step=facts.step)

    def model_saved(self, facts: ModelFacts) -> None:
        """See `TrainingObserver.model_saved`."""
        self._append(events.ModelSaved, path=facts.path, digest=facts.digest, bytes=facts.bytes)
        self._log("model_saved", f"{facts.path}, {facts.bytes} bytes.", digest=facts.digest)

    def finished(self, metrics: Mapping[str, float], seconds: float) -> None:
        """The attempt succeeded."""
        self._metrics |= dict(metrics)
        self._note_progress(self._last_word.step, None, percentage=100.0)
        self._append(events.Finished, metrics=dict(metrics), seconds=seconds)
        self._log("finished", f"Finished in {seconds:.1f} s.", **_fields(metrics))

    def failed(self, failure: AzuraForgeError) -> None:
        """The attempt ended otherwise."""
        self._append(
            events.Failed,
            reason=failure.reason,
            message=str(failure),
            exit_code=int(failure.exit_code),
            step=self._last_word.step,
        )

    def _note_progress(
        self,
        step: int | None,
        epoch: int | None,
        *,
        percentage: float | None,
        eta_seconds: float | None = None,
        samples_per_second: float | None = None,
    ) -> None:
        before = self._last_word.progress
        self._last_word.step = step
        self._last_word.progress = Progress(
            percentage=percentage,
            epoch=epoch if epoch is not None or before is None else before.epoch,
            total_epochs=self._total_epochs,
            step=step,
            eta_seconds=eta_seconds,
            samples_per_second=samples_per_second
            or (before.samples_per_second if before else None),
            metrics=tuple(MetricValue(name=n, value=v) for n, v in self._metrics.items()),
            last_heartbeat_time=_now(),
            attempt=self._attempt,
        )

    def _append(self, kind: Callable[..., Any], **fields: Any) -> None:
        self._rearm()
        self._last_word.keep()
        self._file.append(
            kind(
                run=self._run,
                attempt=self._attempt,
                sequence=self._file.next_sequence,
                time=_now(),
                **fields,
            )
        )

    def _log(self, event: str, message: str, **fields: Any) -> None:
        self._logger.info(message, extra={"event": event, **fields})


def _checkpoint(facts: CheckpointFacts, *, time: str | None) -> CheckpointStatus:
    return CheckpointStatus(
        path=f"checkpoints/{facts.name}",
        step=facts.step,
        digest=facts.digest,
        bytes=facts.bytes,
        time=time,
    )


def _series(sample: WindowSample) -> events.SampleSeries:
    return events.SampleSeries(
        target=sample.target,
        series=sample.series,
        history_times=sample.history_times,
        history=sample.history,
        times=sample.times,
        truth=sample.truth,
        forecast=sample.forecast,
    )


def _fields(metrics: Mapping[str, float]) -> dict[str, float]:
    return {name.replace(".", "_"): value for name, value in metrics.items()}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
