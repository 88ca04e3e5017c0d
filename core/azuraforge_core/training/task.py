"""What the fit loop needs to know of a model and its data: the boundary to the pipelines."""

from collections.abc import Mapping
from typing import Protocol

from azuraforge_core.autograd.array import Array
from azuraforge_core.nn.module import Module
from azuraforge_core.optim.loss import TrainingLoss
from azuraforge_core.optim.train_step import Batch
from azuraforge_core.training.facts import WindowSample

__all__ = ["TrainingTask"]


class TrainingTask(Protocol):
    """A model with data to learn from.

    Items are whatever a batch is drawn from: the windows of a table. They are numbered from 0, and
    the fit loop only orders their numbers.
    """

    @property
    def model(self) -> Module:
        """The model, placed on the device."""
        ...

    @property
    def items(self) -> int:
        """How many items there are to train on, at least 1."""
        ...

    @property
    def selection_metric(self) -> str:
        """The validation metric that chooses the best epoch; smaller is better."""
        ...

    @property
    def loss(self) -> TrainingLoss | None:
        """The only loss that fits what the model forecasts; None: the one that the job names."""
        ...

    def batch(self, numbers: Array) -> Batch:
        """Return some items on the device.

        Args:
            numbers: int64 numbers of items, ``(batch,)``, on the host.
        """
        ...

    def validate(self) -> Mapping[str, float]:
        """Return the validation metrics of the model as it is, the selection metric among them."""
        ...

    def sample(self) -> tuple[WindowSample, ...]:
        """Return forecasts for people to look at, at most 300 points; may be empty."""
        ...
