"""Learning-rate schedules as functions of the step.

A training step computes its rate from a counter on the device, so a recorded step needs no new
argument, and a schedule takes no memory however long the training. In a job file:
``schedule: cosine`` or ``schedule: {kind: step, every_epochs: 10, factor: 0.5}``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import pi
from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, Field

from azuraforge_contract.validation import StrictModel
from azuraforge_core.autograd.array import Array
from azuraforge_core.device import array_module
from azuraforge_core.optim.shorthand import from_name

__all__ = [
    "ConstantSchedule",
    "CosineSchedule",
    "LearningRate",
    "OneCycleSchedule",
    "ScheduleConfig",
    "ScheduleName",
    "StepSchedule",
]

ScheduleName = Literal["constant", "cosine", "step", "one-cycle"]


class _WarmedUpSchedule(StrictModel):
    """What every schedule can begin with."""

    warmup_fraction: float = Field(default=0.0, ge=0.0, lt=1.0)
    """Part of all steps during which the rate rises evenly to the schedule's first one."""


class ConstantSchedule(_WarmedUpSchedule):
    """The same rate at every step."""

    kind: Literal["constant"] = "constant"


class CosineSchedule(_WarmedUpSchedule):
    """Half a cosine from the full rate down (Loshchilov and Hutter, "SGDR", 2017, one period)."""

    kind: Literal["cosine"] = "cosine"
    final_fraction: float = Field(default=0.0, ge=0.0, le=1.0)
    """The last rate as a fraction of the full one."""


class StepSchedule(_WarmedUpSchedule):
    """The full rate, multiplied by a factor every few epochs, as PyTorch's StepLR."""

    kind: Literal["step"] = "step"
    every_epochs: int = Field(default=10, ge=1, title="Every (epochs)")
    """Epochs after which the rate falls, counted from the start of training."""
    factor: float = Field(default=0.5, gt=0.0, le=1.0)
    """What the rate is multiplied by each time."""


class OneCycleSchedule(_WarmedUpSchedule):
    """Up and down again, both by half a cosine (Smith and Topin, 2018), as PyTorch's OneCycleLR."""

    kind: Literal["one-cycle"] = "one-cycle"
    peak_at: float = Field(default=0.3, gt=0.0, lt=1.0)
    """Part of all steps after which the full rate is reached."""
    start_divisor: float = Field(default=25.0, ge=1.0)
    """The first rate is the full one divided by this."""
    final_divisor: float = Field(default=1e4, ge=1.0)
    """The last rate is the first one divided by this."""


ScheduleConfig: TypeAlias = Annotated[
    ConstantSchedule | CosineSchedule | StepSchedule | OneCycleSchedule,
    Field(discriminator="kind"),
    BeforeValidator(
        from_name,
        json_schema_input_type=ScheduleName
        | ConstantSchedule
        | CosineSchedule
        | StepSchedule
        | OneCycleSchedule,
    ),
]


@dataclass(frozen=True)
class LearningRate:
    """The rate of every step of a training.

    Attributes:
        schedule: its shape.
        peak: the full learning rate.
        steps: length of the whole training in optimizer steps, at least 1; behind its end the last
            rate goes on.
        steps_per_epoch: of these, in one epoch.
    """

    schedule: ConstantSchedule | CosineSchedule | StepSchedule | OneCycleSchedule
    peak: float
    steps: int
    steps_per_epoch: int = 1

    def __post_init__(self) -> None:
        if min(self.steps, self.steps_per_epoch) < 1:
            raise ValueError(
                f"a schedule needs at least one step, got {self.steps} steps, "
                f"{self.steps_per_epoch} an epoch"
            )

    def __call__(self, step: Array) -> Array:
        """Return the rates of some steps.

        Args:
            step: numbers of steps from 0, of any shape, on any device.

        Returns:
            float64, of the same shape, on the same device.
        """
        xp = array_module(step)
        number = xp.minimum(step.astype(xp.float64), float(self.steps - 1))
        warmup = round(self.schedule.warmup_fraction * self.steps)
        rates = self._shape()(number, warmup)
        if not warmup:
            return rates
        first = self._shape()(xp.full_like(number, float(warmup)), warmup)
        rising = first * ((number + 1.0) / (warmup + 1.0))
        warmed: Array = xp.where(number < warmup, rising, rates)
        return warmed

    def _shape(self) -> Callable[[Array, int], Array]:
        """Return ``(steps, steps of warm-up) -> rates``, right from the end of the warm-up on."""
        match self.schedule:
            case ConstantSchedule():
                return lambda number, _: array_module(number).full_like(number, self.peak)
            case CosineSchedule() as cosine:
                return lambda number, warmup: self._cosine(cosine, number, warmup)
            case StepSchedule() as falling:
                return lambda number, _: self._falling(falling, number)
            case OneCycleSchedule() as cycle:
                return lambda number, warmup: self._one_cycle(cycle, number, warmup)

    def _cosine(self, schedule: CosineSchedule, number: Array, warmup: int) -> Array:
        progress = (number - warmup) * (1.0 / max(self.steps - warmup - 1, 1))
        return _half_cosine(self.peak, self.peak * schedule.final_fraction, progress)

    def _falling(self, schedule: StepSchedule, number: Array) -> Array:
        times = number // float(self.steps_per_epoch * schedule.every_epochs)
        falls: Array = schedule.factor**times
        falls *= self.peak
        return falls

    def _one_cycle(self, schedule: OneCycleSchedule, number: Array, warmup: int) -> Array:
        xp = array_module(number)
        first = self.peak / schedule.start_divisor
        last = first / schedule.final_divisor
        steps = self.steps - warmup
        turn = schedule.peak_at * steps - 1.0
        cycle = number - warmup
        rising = xp.clip(cycle * (1.0 / turn), 0.0, 1.0) if turn > 0.0 else xp.ones_like(cycle)
        falling = xp.clip((cycle - turn) * (1.0 / max(steps - 1.0 - turn, 1e-12)), 0.0, 1.0)
        rates: Array = xp.where(
            cycle <= turn,
            _half_cosine(first, self.peak, rising),
            _half_cosine(self.peak, last, falling),
        )
        return rates


def _half_cosine(start: float, end: float, progress: Array) -> Array:
    falling: Array = end + 0.5 * (start - end) * (1.0 + array_module(progress).cos(pi * progress))
    return falling
