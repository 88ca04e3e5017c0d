"""How a training step is timed: warmed up, repeated, the median kept with all repeats."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["StepTime", "time_step"]

_WARM_SECONDS = 0.3
_REPEAT_SECONDS = 0.3
_REPEATS = 5
_MIN_WARM_STEPS = 5


@dataclass(frozen=True)
class StepTime:
    """The time of one step.

    Attributes:
        median_microseconds: Of the repeats.
        repeats_microseconds: Mean time of a step in each repeat.
        steps_per_repeat: Steps behind each of those means.
    """

    median_microseconds: float
    repeats_microseconds: tuple[float, ...]
    steps_per_repeat: int


def time_step(step: Callable[[], object], synchronize: Callable[[], object]) -> StepTime:
    """Time ``step`` as a training loop runs it: many in a row, the device awaited at the end.

    Args:
        step: One training step; may return before the device has finished.
        synchronize: Waits for the device; does nothing on the CPU.
    """
    steps = _warm_up(step, synchronize)
    repeats = tuple(_mean_microseconds(step, synchronize, steps) for _ in range(_REPEATS))
    return StepTime(statistics.median(repeats), repeats, steps)


def _warm_up(step: Callable[[], object], synchronize: Callable[[], object]) -> int:
    """Run until caches, clocks and compilers have settled; return the steps of one repeat."""
    for _ in range(_MIN_WARM_STEPS):
        step()
    synchronize()
    started, steps = time.perf_counter(), 0
    while time.perf_counter() - started < _WARM_SECONDS:
        for _ in range(_MIN_WARM_STEPS):
            step()
        synchronize()
        steps += _MIN_WARM_STEPS
    return max(1, round(steps * _REPEAT_SECONDS / (time.perf_counter() - started)))


def _mean_microseconds(
    step: Callable[[], object], synchronize: Callable[[], object], steps: int
) -> float:
    started = time.perf_counter()
    for _ in range(steps):
        step()
    synchronize()
    return (time.perf_counter() - started) / steps * 1e6
