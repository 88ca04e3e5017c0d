"""What the fit loop needs to know of a model and its data: the boundary to the pipelines."""

from collections.abc import Mapping
from typing import Protocol

from azuraforge_core.autograd.array import Array
from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.nn.module import Module
from azuraforge_core.training.facts import WindowSample

__all__ = ["TrainingTask"]


class TrainingTask(Protocol):
    """A model with data to learn from.

    Items are whatever one draw of a batch chooses: windows of a table, images, clips. They are
    numbered from 0 and the fit loop only shuffles their numbers.
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

    def loss(self, numbers: Array) -> Tensor:
        """Return the mean loss of some items, recorded on the active tape.

        Args:
            numbers: int64 numbers of items, shape ``(batch,)``, on the host.

        Returns:
            A tensor with one element.
        """
        ...

    def validate(self) -> Mapping[str, float]:
        """Return the validation metrics of the model as it is, ``validation.mse`` among them."""
        ...

    def sample(self) -> tuple[WindowSample, ...]:
        """Return forecasts for people to look at, at most 300 points; may be empty."""
        ...
