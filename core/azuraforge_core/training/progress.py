"""Where a run is: everything about its position that a checkpoint must hold beside arrays."""

from dataclasses import dataclass, field

from azuraforge_contract.validation import StrictModel
from azuraforge_core.training.early_stopping import EarlyStopping

__all__ = ["EpochRecord", "ProgressRecord", "TrainingProgress"]


class EpochRecord(StrictModel):
    """One finished epoch, for the curves of the report."""

    epoch: int
    """Counts from 1."""
    step: int
    """Finished steps of the whole run."""
    metrics: dict[str, float]
    """``train.loss``, ``validation.mse``, … in scaled units."""
    learning_rate: float
    """Of its last step."""
    seconds: float
    """Time that it took, training and validation."""


class ProgressRecord(StrictModel):
    """`TrainingProgress` as it stands in a checkpoint."""

    epoch: int
    step_in_epoch: int
    step: int
    loss_sum: float
    best_value: float | None
    best_epoch: int
    epochs_since_best: int
    is_finished: bool
    history: tuple[EpochRecord, ...]


@dataclass
class TrainingProgress:
    """The position of the fit loop.

    Attributes:
        epoch: the epoch being trained, from 1.
        step_in_epoch: its finished steps; all of them where validation is due.
        step: finished steps of the whole run.
        loss_sum: sum of the epoch's losses so far, added in order, so that a resumed epoch reports
            the very same mean.
        stopping: the best epoch so far.
        is_finished: whether nothing is left to train.
        history: finished epochs.
    """

    epoch: int = 1
    step_in_epoch: int = 0
    step: int = 0
    loss_sum: float = 0.0
    stopping: EarlyStopping = field(default_factory=EarlyStopping)
    is_finished: bool = False
    history: list[EpochRecord] = field(default_factory=list)

    def count_step(self) -> None:
        """One more step is finished."""
        self.step += 1
        self.step_in_epoch += 1

    def finish_epoch(
        self, record: EpochRecord, *, value: float, last: int, patience: int | None
    ) -> None:
        """Take a validated epoch in and move on to the next.

        Args:
            record: the epoch.
            value: its selection metric.
            last: the last epoch there may be.
            patience: see `EarlyStopping.is_over`.
        """
        self.stopping = self.stopping.after(self.epoch, value)
        self.history.append(record)
        self.is_finished = self.epoch >= last or self.stopping.is_over(patience)
        self.epoch += 1
        self.step_in_epoch = 0
        self.loss_sum = 0.0

    def to_record(self) -> ProgressRecord:
        """Return the position as it goes into a checkpoint."""
        return ProgressRecord(
            epoch=self.epoch,
            step_in_epoch=self.step_in_epoch,
            step=self.step,
            loss_sum=self.loss_sum,
            best_value=self.stopping.best_value,
            best_epoch=self.stopping.best_epoch,
            epochs_since_best=self.stopping.epochs_since_best,
            is_finished=self.is_finished,
            history=tuple(self.history),
        )

    @classmethod
    def from_record(cls, record: ProgressRecord) -> "TrainingProgress":
        """Return the position that a checkpoint holds."""
        return cls(
            epoch=record.epoch,
            step_in_epoch=record.step_in_epoch,
            step=record.step,
            loss_sum=record.loss_sum,
            stopping=EarlyStopping(record.best_value, record.best_epoch, record.epochs_since_best),
            is_finished=record.is_finished,
            history=list(record.history),
        )
