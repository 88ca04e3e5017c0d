"""Which epoch is the best so far, and whether waiting for a better one is over."""

import math
from dataclasses import dataclass, replace

__all__ = ["EarlyStopping"]


@dataclass(frozen=True)
class EarlyStopping:
    """The state after some epochs; it goes into every checkpoint.

    Attributes:
        best_value: smallest validation error so far, None before the first epoch.
        best_epoch: its epoch, from 1; 0 before the first.
        epochs_since_best: epochs validated after it.
    """

    best_value: float | None = None
    best_epoch: int = 0
    epochs_since_best: int = 0

    def after(self, epoch: int, value: float) -> "EarlyStopping":
        """Return the state once ``epoch`` was validated with the error ``value``.

        Raises:
            ValueError: ``value`` is NaN or infinite: no model to keep.
        """
        if not math.isfinite(value):
            raise ValueError(f"a validation error must be finite, got {value}")
        if self.best_value is None or value < self.best_value:
            return EarlyStopping(value, epoch, 0)
        return replace(self, epochs_since_best=self.epochs_since_best + 1)

    def is_best(self, epoch: int) -> bool:
        """Whether ``epoch`` is the best one."""
        return epoch == self.best_epoch

    def is_over(self, patience: int | None) -> bool:
        """Whether to stop; never where ``patience`` is None."""
        return patience is not None and self.epochs_since_best >= patience
