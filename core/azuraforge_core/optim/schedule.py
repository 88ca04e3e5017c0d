"""Learning-rate schedules as tables: one number per step, computed before training.

The step reads its rate from a table on the device by a counter on the device, so a recorded step
needs no new argument. In a job file: ``schedule: cosine`` or ``schedule: {kind: one-cycle,
peak_at: 0.3}``.
"""

from typing import Annotated, Literal, TypeAlias

import numpy as np
from pydantic import BeforeValidator, Field

from azuraforge_contract.validation import StrictModel
from azuraforge_core.autograd.array import Array
from azuraforge_core.optim.shorthand import from_name

__all__ = [
    "ConstantSchedule",
    "CosineSchedule",
    "OneCycleSchedule",
    "ScheduleConfig",
    "ScheduleName",
    "learning_rates",
]

ScheduleName = Literal["constant", "cosine", "one-cycle"]


class ConstantSchedule(StrictModel):
    """The same rate at every step, after an optional linear warm-up."""

    kind: Literal["constant"] = "constant"
    warmup_fraction: float = Field(default=0.0, ge=0.0, lt=1.0)
    """Part of all steps during which the rate rises from 0."""


class CosineSchedule(StrictModel):
    """Half a cosine from the full rate down (Loshchilov and Hutter, "SGDR", 2017, one period)."""

    kind: Literal["cosine"] = "cosine"
    warmup_fraction: float = Field(default=0.0, ge=0.0, lt=1.0)
    """Part of all steps during which the rate rises from 0."""
    final_fraction: float = Field(default=0.0, ge=0.0, le=1.0)
    """The last rate as a fraction of the full one."""


class OneCycleSchedule(StrictModel):
    """Up and down again, both by half a cosine (Smith and Topin, 2018), as PyTorch's OneCycleLR."""

    kind: Literal["one-cycle"] = "one-cycle"
    peak_at: float = Field(default=0.3, gt=0.0, lt=1.0)
    """Part of all steps after which the full rate is reached."""
    start_divisor: float = Field(default=25.0, ge=1.0)
    """The first rate is the full one divided by this."""
    final_divisor: float = Field(default=1e4, ge=1.0)
    """The last rate is the first one divided by this."""


ScheduleConfig: TypeAlias = Annotated[
    ConstantSchedule | CosineSchedule | OneCycleSchedule,
    Field(discriminator="kind"),
    BeforeValidator(
        from_name,
        json_schema_input_type=ScheduleName | ConstantSchedule | CosineSchedule | OneCycleSchedule,
    ),
]


def learning_rates(schedule: ScheduleConfig, *, peak: float, steps: int) -> Array:
    """Return the rate of every step.

    Args:
        schedule: its shape.
        peak: the full learning rate.
        steps: length of the whole training in optimizer steps, at least 1.

    Returns:
        float64 ``(steps,)``.
    """
    if steps < 1:
        raise ValueError(f"a schedule needs at least one step, got {steps}")
    if isinstance(schedule, OneCycleSchedule):
        return _one_cycle(schedule, peak, steps)
    step = np.arange(steps, dtype=np.float64)
    warmup = round(schedule.warmup_fraction * steps)
    rates = np.full(steps, peak)
    if isinstance(schedule, CosineSchedule):
        progress = np.clip((step - warmup) / max(steps - warmup - 1, 1), 0.0, 1.0)
        rates = _half_cosine(peak, peak * schedule.final_fraction, progress)
    rates[:warmup] = peak * (step[:warmup] + 1.0) / (warmup + 1.0)
    return rates


def _one_cycle(schedule: OneCycleSchedule, peak: float, steps: int) -> Array:
    first = peak / schedule.start_divisor
    last = first / schedule.final_divisor
    step = np.arange(steps, dtype=np.float64)
    turn = schedule.peak_at * steps - 1.0
    rising = step / turn if turn > 0.0 else np.ones(steps)
    falling = (step - turn) / max(steps - 1.0 - turn, 1e-12)
    return np.where(
        step <= turn,
        _half_cosine(first, peak, np.clip(rising, 0.0, 1.0)),
        _half_cosine(peak, last, np.clip(falling, 0.0, 1.0)),
    )


def _half_cosine(start: float, end: float, progress: Array) -> Array:
    return end + 0.5 * (start - end) * (1.0 + np.cos(np.pi * progress))
