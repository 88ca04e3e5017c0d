"""How fast training goes, told every few seconds and not every step."""

import time

from azuraforge_core.training.facts import StepFacts

__all__ = ["Pace"]


class Pace:
    """Measures steps between two tellings.

    Args:
        items_per_step: windows per step.
        total_steps: steps of all epochs.
        every_seconds: time between two tellings.
    """

    def __init__(
        self, *, items_per_step: int, total_steps: int, every_seconds: float = 2.0
    ) -> None:
        self._items_per_step = items_per_step
        self._total_steps = total_steps
        self._every_seconds = every_seconds
        self._since = time.monotonic()
        self._steps = 0
        self._losses: list[float] = []
        self._seconds_per_step: float | None = None

    @property
    def is_due(self) -> bool:
        """Whether it is time to tell."""
        return time.monotonic() - self._since >= self._every_seconds

    def count(self, losses: list[float]) -> None:
        """Take the losses of finished steps in."""
        self._steps += len(losses)
        self._losses += losses

    def restart(self) -> None:
        """Leave the time since the last telling out: something else than steps was done in it."""
        self._since = time.monotonic()
        self._steps = 0
        self._losses.clear()

    def tell(self, *, epoch: int, step: int, learning_rate: float) -> StepFacts | None:
        """Return what happened since the last telling, or None where nothing did."""
        seconds = time.monotonic() - self._since
        if not self._steps or seconds <= 0:
            return None
        self._seconds_per_step = seconds / self._steps
        facts = StepFacts(
            epoch=epoch,
            step=step,
            loss=sum(self._losses) / len(self._losses),
            learning_rate=learning_rate,
            samples_per_second=self._items_per_step * self._steps / seconds,
            eta_seconds=(self._total_steps - step) * self._seconds_per_step,
            percentage=100.0 * step / self._total_steps,
        )
        self.restart()
        return facts
