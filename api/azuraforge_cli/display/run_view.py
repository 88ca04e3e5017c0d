"""What the live display knows of a run, folded from its events.

Called by ``live``; pure, so that a test can feed it events and look at the fields.
"""

from dataclasses import dataclass, field
from functools import singledispatchmethod

from azuraforge_cli.display.sentences import validation_loss
from azuraforge_contract.events import DatasetReady, EpochFinished, Event, Started, StepFinished
from azuraforge_contract.status import JobStatus

__all__ = ["RunView"]


@dataclass
class RunView:
    """The latest of everything, and the history of the losses over all attempts."""

    status: JobStatus = field(default_factory=JobStatus)
    started: Started | None = None
    dataset: DatasetReady | None = None
    step: StepFinished | None = None
    best: EpochFinished | None = None
    epochs: dict[int, EpochFinished] = field(default_factory=dict)
    """Epoch → its end; an epoch done again after a crash takes the place of the first."""
    activity: str = "starting"
    """What the trainer does now, one or two words."""

    @property
    def validation_losses(self) -> list[float]:
        """Validation loss of each epoch, in order."""
        found = [validation_loss(self.epochs[epoch].metrics) for epoch in sorted(self.epochs)]
        return [loss for loss in found if loss is not None]

    def apply(self, event: Event) -> None:
        """Take an event in."""
        self._apply(event)

    @singledispatchmethod
    def _apply(self, event: object) -> None:
        """Keep what is shown as it is; further events change only the activity."""
        words = {"model_saved": "writing the report", "finished": "finished", "failed": "failed"}
        self.activity = words.get(getattr(event, "type", ""), self.activity)

    @_apply.register
    def _started(self, event: Started) -> None:
        self.started, self.step, self.activity = event, None, "opening the data"

    @_apply.register
    def _dataset_ready(self, event: DatasetReady) -> None:
        self.dataset, self.activity = event, "training"

    @_apply.register
    def _step(self, event: StepFinished) -> None:
        self.step, self.activity = event, "training"

    @_apply.register
    def _epoch(self, event: EpochFinished) -> None:
        self.epochs[event.epoch] = event
        if event.is_best:
            self.best = event
