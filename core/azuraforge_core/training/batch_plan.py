"""How an epoch is divided into steps and these into batches; the fit loop asks it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from azuraforge_core.autograd.array import Array
from azuraforge_core.training.config import TrainingConfig

__all__ = ["BatchPlan"]


@dataclass(frozen=True)
class BatchPlan:
    """The division of an epoch.

    The rest of an epoch that fills no step is left out (the next epoch's order leaves out another
    rest), so that every step has the same shapes.

    Attributes:
        items: items of an epoch.
        batch_size: items of a batch.
        batches_per_step: batches whose gradients one step adds up.
    """

    items: int
    batch_size: int
    batches_per_step: int

    @classmethod
    def of(cls, items: int, config: TrainingConfig) -> "BatchPlan":
        """Return a config's plan for some items; where they fill no step, one step takes them."""
        batch_size = min(config.batch_size, items)
        return cls(items, batch_size, min(config.accumulate, items // batch_size))

    @property
    def items_per_step(self) -> int:
        """Items that one step trains on."""
        return self.batch_size * self.batches_per_step

    @property
    def steps_per_epoch(self) -> int:
        """Whole steps of an epoch, at least 1."""
        return self.items // self.items_per_step

    def steps(self, done: int) -> Iterator[list[Array]]:
        """Yield the positions of each batch of each step that an epoch has left.

        Args:
            done: finished steps of the epoch.

        Yields:
            int64 ``(batch,)`` positions within the epoch's order, one array a batch.
        """
        for step in range(done, self.steps_per_epoch):
            first = step * self.items_per_step
            positions = np.arange(first, first + self.items_per_step)
            yield list(positions.reshape(self.batches_per_step, self.batch_size))
