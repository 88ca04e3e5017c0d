"""The fit loop: epochs of steps, validation, early stopping, checkpoints.

Pipelines build it around their task; it ends with the best model by validation, or with a typed
failure. It never looks at the test part.
"""

import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from azuraforge_contract.errors import DivergedError, PreemptedError
from azuraforge_core.autograd.array import Array
from azuraforge_core.data.epoch_order import EpochOrder
from azuraforge_core.optim.schedule import LearningRate
from azuraforge_core.optim.train_step import Batch, StepSettings, TrainStep
from azuraforge_core.training.batch_plan import BatchPlan
from azuraforge_core.training.checkpoint_writer import CheckpointWriter
from azuraforge_core.training.checkpoints import Checkpoint
from azuraforge_core.training.config import TrainingConfig
from azuraforge_core.training.facts import EpochFacts, SampleFacts
from azuraforge_core.training.loss_watch import LossWatch
from azuraforge_core.training.observer import StopSignal, TrainingObserver
from azuraforge_core.training.pace import Pace
from azuraforge_core.training.progress import EpochRecord, TrainingProgress
from azuraforge_core.training.state import TrainingState
from azuraforge_core.training.task import TrainingTask

__all__ = ["FitLoop", "FitResult"]

_LOSSES_ON_DEVICE = 512


@dataclass(frozen=True)
class FitResult:
    """What training ended with.

    Attributes:
        best: parameters and buffers of the best epoch by name, on the host.
        progress: the position reached, with all epochs.
    """

    best: Mapping[str, Array]
    progress: TrainingProgress


class FitLoop:
    """Trains one model.

    Args:
        task: the model and its data.
        config: how it learns.
        seed: of the order of items and of dropout.
        checkpoints: saves the state.
        observer: told what happens.
        stop: looked at after every step.
    """

    def __init__(
        self,
        task: TrainingTask,
        config: TrainingConfig,
        *,
        seed: int,
        checkpoints: CheckpointWriter,
        observer: TrainingObserver,
        stop: StopSignal,
    ) -> None:
        self._task = task
        self._config = config
        self._seed = seed
        self._checkpoints = checkpoints
        self._observer = observer
        self._stop = stop
        self._plan = BatchPlan.of(task.items, config)
        self.steps_per_epoch = self._plan.steps_per_epoch
        total = config.epochs * self.steps_per_epoch
        self._learning_rate = LearningRate(
            config.schedule, config.learning_rate, total, self.steps_per_epoch
        )
        self._state = TrainingState(TrainStep(task.model, self._settings()))
        self._watch = LossWatch(self._state.step)
        self._pace = Pace(items_per_step=self._plan.items_per_step, total_steps=total)

    @property
    def progress(self) -> TrainingProgress:
        """The position."""
        return self._state.progress

    def take_up(self, checkpoint: Checkpoint) -> None:
        """Go on exactly where a checkpoint was saved.

        Raises:
            StateMismatchError: it belongs to another model or optimizer.
        """
        self._state.restore(checkpoint)
        self._watch = LossWatch(self._state.step)
        self._checkpoints.take_up(checkpoint)

    def run(self) -> FitResult:
        """Train to the end.

        Raises:
            PreemptedError: asked to stop; the state is saved.
            DivergedError: the loss became NaN or infinite.
            StorageError: a checkpoint cannot be written.
        """
        # NaN and infinity are found by the loss watch, which names the step; a warning would not
        with np.errstate(over="ignore", invalid="ignore"):
            while not self.progress.is_finished:
                began = time.monotonic()
                self._train_epoch()
                self._finish_epoch(began)
        return FitResult(self._state.best, self.progress)

    def _settings(self) -> StepSettings:
        return StepSettings(
            learning_rate=self._learning_rate,
            optimizer=self._config.optimizer,
            loss=self._task.loss or self._config.loss,
            clip_norm=self._config.gradient_clip,
            average_decay=None if self._config.ema is None else self._config.ema.decay,
            seed=self._seed,
            history=_LOSSES_ON_DEVICE,
        )

    def _train_epoch(self) -> None:
        self._task.model.train()
        self._pace.restart()
        progress = self.progress
        for batches in self._remaining_steps():
            self._state.step.step(*batches)
            progress.count_step()
            self._observer.alive()
            if self._pace.is_due or self._watch.must_read(progress.step):
                self._read_losses()
                self._tell()
            if self._stop.is_requested:
                raise self._preempted()
            if self._checkpoints.is_due:
                self._save()
        self._read_losses()
        self._tell()

    def _remaining_steps(self) -> Iterator[list[Batch]]:
        """Yield the batches of each step that the epoch still has."""
        order = EpochOrder(self._task.items, seed=self._seed, epoch=self.progress.epoch)
        for positions in self._plan.steps(self.progress.step_in_epoch):
            yield [self._task.batch(order.take(batch)) for batch in positions]

    def _finish_epoch(self, began: float) -> None:
        self._task.model.eval()
        if self._stop.is_requested:
            raise self._preempted()
        try:
            with self._state.step.averaged():
                self._validate_epoch(began)
        except PreemptedError:  # asked to stop between two batches: what is left is done again
            raise self._preempted() from None
        self._checkpoints.save(self._state)

    def _validate_epoch(self, began: float) -> None:
        progress = self.progress
        train_loss = progress.loss_sum / self.steps_per_epoch
        metrics = {"train.loss": train_loss, **self._task.validate()}
        value = metrics[self._task.selection_metric]
        if not math.isfinite(value):
            raise self._diverged(progress.step, f"the validation error became {value}")
        record = EpochRecord(
            epoch=progress.epoch,
            step=progress.step,
            metrics=metrics,
            learning_rate=self._rate(progress.step),
            seconds=time.monotonic() - began,
        )
        progress.finish_epoch(
            record, value=value, last=self._config.epochs, patience=self._config.patience
        )
        if progress.stopping.is_best(record.epoch):
            self._state.remember_best()
        self._tell_epoch(record)

    def _tell_epoch(self, record: EpochRecord) -> None:
        self._observer.epoch_finished(
            EpochFacts(
                epoch=record.epoch,
                step=record.step,
                metrics=record.metrics,
                is_best=self.progress.stopping.is_best(record.epoch),
                seconds=record.seconds,
                learning_rate=record.learning_rate,
            )
        )
        series = self._task.sample()
        if series:
            self._observer.sample_taken(SampleFacts(record.epoch, series))

    def _tell(self) -> None:
        progress = self.progress
        facts = self._pace.tell(
            epoch=progress.epoch, step=progress.step, learning_rate=self._rate(progress.step)
        )
        if facts is not None:
            self._observer.step_finished(facts)

    def _read_losses(self) -> None:
        """Take the losses since the last look in; a checkpoint after this is a good one."""
        losses, bad = self._watch.read(self.progress.step)
        if bad is not None:
            raise self._diverged(bad.step, f"the {bad.what} became {bad.value}")
        for loss in losses:
            self.progress.loss_sum += loss
        self._pace.count(losses)

    def _save(self) -> None:
        self._read_losses()
        self._checkpoints.save(self._state)

    def _preempted(self) -> PreemptedError:
        self._save()
        return PreemptedError(
            f"Asked to stop after step {self.progress.step}; a checkpoint is saved.",
            remedy="Run the job again to go on from there.",
        )

    def _diverged(self, step: int, what: str) -> DivergedError:
        epoch = (step - 1) // self.steps_per_epoch + 1
        good = self._checkpoints.latest
        kept = (
            f"The last good checkpoint is {good.name} (step {good.step})."
            if good is not None
            else "No checkpoint had been saved before."
        )
        return DivergedError(
            f"Training diverged: {what} in epoch {epoch}, step {step}, "
            f"at learning rate {self._rate(step):.3g}. {kept}",
            remedy="Lower config.training.learning_rate (try a tenth of it) or "
            "config.training.gradient_clip, or look for outliers in the data.",
        )

    def _rate(self, step: int) -> float:
        """Return the learning rate of a step, counted from 1."""
        return float(self._learning_rate(np.array(max(step, 1) - 1)))
