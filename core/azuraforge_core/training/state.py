"""Everything that the next step depends on, in one place: what a checkpoint saves and restores."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from azuraforge_core.autograd.array import Array
from azuraforge_core.optim.train_step import TrainStep
from azuraforge_core.training.checkpoints import Checkpoint
from azuraforge_core.training.progress import TrainingProgress

__all__ = ["TrainingState"]

_STEP = "training"
_BEST = "best"


@dataclass
class TrainingState:
    """The state of a run.

    Attributes:
        step: model, optimizer and counters, on the device.
        progress: the position.
        best: parameters and buffers of the best epoch by name, on the host; empty before the first.
    """

    step: TrainStep
    progress: TrainingProgress = field(default_factory=TrainingProgress)
    best: Mapping[str, Array] = field(default_factory=dict)

    def export(self) -> dict[str, Array]:
        """Copy all arrays to the host by name. Waits for the device."""
        return {
            **{f"{_STEP}/{name}": array for name, array in self.step.state().items()},
            **{f"{_BEST}/{name}": array for name, array in self.best.items()},
        }

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go on exactly where a checkpoint was saved.

        Raises:
            StateMismatchError: it belongs to another model or optimizer.
        """
        self.step.load_state(checkpoint.part(_STEP))
        self.best = checkpoint.part(_BEST)
        self.progress = TrainingProgress.from_record(checkpoint.record.progress)

    def remember_best(self) -> None:
        """Keep the model as it is as the best so far."""
        self.best = self.step.model.state_dict()
