"""One training step: batch in, parameters changed, nothing read back from the device.

The fit loop calls `TrainStep.step` for every batch and, from time to time, `recent` for the losses;
checkpoints hold `state`. A later program can record one step and replay it: all that changes from
step to step, the counter, the rate, the loss, lives in device arrays.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from azuraforge_core.autograd.arena import check_names
from azuraforge_core.autograd.array import Array
from azuraforge_core.autograd.host_memory import keep_freed_memory
from azuraforge_core.autograd.rng import Randomness
from azuraforge_core.autograd.tape import Tape
from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.device import to_host
from azuraforge_core.nn.module import Module
from azuraforge_core.optim.adam import Adam
from azuraforge_core.optim.clip import clip_factor, global_norm
from azuraforge_core.optim.loss import MseLossConfig, TrainingLoss, loss_function
from azuraforge_core.optim.optimizer import AdamWConfig, Optimizer, OptimizerConfig, SgdConfig
from azuraforge_core.optim.schedule import LearningRate
from azuraforge_core.optim.sgd import Sgd
from azuraforge_core.optim.weight_average import WeightAverage

__all__ = ["Batch", "Forecaster", "StepSettings", "TrainStep"]


class Batch(Protocol):
    """What a step is given, on the model's device."""

    @property
    def x(self) -> Array:
        """Input ``(batch, lookback, channel)``."""
        ...

    @property
    def future(self) -> Array | None:
        """Columns known ahead ``(batch, horizon, future_channel)``, or None."""
        ...

    @property
    def y(self) -> Array:
        """Truth ``(batch, horizon, target)``."""
        ...


class Forecaster(Protocol):
    """A model's call: ``(batch, lookback, channel)`` to ``(batch, horizon, target)``."""

    def __call__(self, x: Tensor, future: Tensor | None) -> Tensor:
        """Forecast the targets."""
        ...


@dataclass(frozen=True)
class StepSettings:
    """What a step does with a batch.

    Attributes:
        learning_rate: of every step.
        optimizer: update rule.
        loss: what is minimized.
        clip_norm: largest global norm of the gradient, or None.
        average_decay: memory of the weights' moving average per step, or None for no average.
        seed: of all randomness during training.
        history: how many of the latest losses are remembered on the device.
    """

    learning_rate: LearningRate
    optimizer: OptimizerConfig = field(default_factory=AdamWConfig)
    loss: TrainingLoss = field(default_factory=MseLossConfig)
    clip_norm: float | None = None
    average_decay: float | None = None
    seed: int = 0
    history: int = 4096


class TrainStep:
    """Zero gradients, forward, loss, backward, clip, update, remember the loss, count.

    Args:
        model: a placed module that forecasts.
        settings: what is done with a batch.
    """

    def __init__(self, model: Module, settings: StepSettings) -> None:
        if not callable(model):
            raise TypeError(f"{type(model).__name__} cannot be called with a batch")
        placement = model.placement
        xp = placement.device.xp
        if placement.device.kind == "cpu":
            keep_freed_memory()
        self.model = model
        self.settings = settings
        self.optimizer = _optimizer(model, settings.optimizer)
        self._forecast: Forecaster = model
        self._loss: Callable[[Tensor, Tensor], Tensor] = loss_function(settings.loss)
        self._average = (
            None
            if settings.average_decay is None
            else WeightAverage(placement, settings.average_decay)
        )
        self._counter: Array = xp.zeros(1, dtype=xp.uint64)
        self._batches: Array = xp.zeros(1, dtype=xp.uint64)
        self._slots: Array = xp.arange(settings.history, dtype=xp.uint64)
        self._losses: Array = xp.zeros(settings.history, dtype=xp.float64)
        self._norms: Array = xp.zeros(settings.history, dtype=xp.float64)
        self._randomness = Randomness(settings.seed, self._batches)

    def step(self, *batches: Batch) -> None:
        """Train on one batch, or on the mean of several; returns before a GPU has finished.

        Several batches of equal size give the gradient of one that holds them all, to rounding, in
        the memory of one. Not so with batch normalization: it takes its statistics from each.
        """
        xp = self.model.placement.device.xp
        gradients = self.model.placement.gradients.array
        gradients.fill(0.0)
        loss = xp.zeros(1, dtype=xp.float64)
        for batch in batches:
            loss += self._differentiate(batch, 1.0 / len(batches))
        norm = global_norm(gradients)
        limit = self.settings.clip_norm
        factor = None if limit is None else clip_factor(norm, limit)
        self.optimizer.update(self.settings.learning_rate(self._counter), self._counter, factor)
        if self._average is not None:
            self._average.update(self._counter)
        slot = self._slots == self._counter % self._slots.shape[0]
        xp.copyto(self._losses, loss, where=slot)
        xp.copyto(self._norms, norm, where=slot)
        self._counter += 1

    def averaged(self) -> AbstractContextManager[None]:
        """Let the model compute with its average until the block ends, where there is one."""
        return nullcontext() if self._average is None else self._average.applied()

    @property
    def count(self) -> int:
        """Steps done. Waits for the device."""
        return int(to_host(self._counter)[0])

    def recent(self, count: int) -> tuple[Array, Array]:
        """Return losses and gradient norms of the latest steps. Waits for the device.

        Args:
            count: how many steps; at most as many as were done and remembered are returned.

        Returns:
            Two float64 host arrays, oldest step first; norms are those before clipping.
        """
        done = self.count
        length = min(count, done, self._slots.shape[0])
        slots = np.arange(done - length, done) % self._slots.shape[0]
        return to_host(self._losses)[slots], to_host(self._norms)[slots]

    def state(self) -> dict[str, Array]:
        """Copy all that the next step depends on to host arrays by name. Waits for the device."""
        own = {name: to_host(array).copy() for name, array in self._own().items()}
        average = {} if self._average is None else self._average.state()
        return {
            **_named("model.", self.model.state_dict()),
            **_named("optimizer.", self.optimizer.state()),
            **_named("average.", average),
            **_named("step.", own),
        }

    def load_state(self, arrays: Mapping[str, Array]) -> None:
        """Go on exactly where `state` was taken.

        Raises:
            StateMismatchError: the arrays belong to another model or other settings.
        """
        self.model.load_state_dict(_below(arrays, "model."))
        self.optimizer.load_state(_below(arrays, "optimizer."))
        if self._average is not None:
            self._average.load_state(_below(arrays, "average."))
        saved, own = _below(arrays, "step."), self._own()
        check_names(saved, {name: array.shape for name, array in own.items()}, what="step")
        xp = self.model.placement.device.xp
        for name, array in own.items():
            array[...] = xp.asarray(saved[name], dtype=array.dtype)

    def _own(self) -> dict[str, Array]:
        return {
            "count": self._counter,
            "batches": self._batches,
            "losses": self._losses,
            "norms": self._norms,
        }

    def _differentiate(self, batch: Batch, share: float) -> Array:
        """Add a share of a batch's gradient to the gradients; return that share of its loss."""
        future = None if batch.future is None else Tensor(batch.future)
        with Tape(self._randomness) as tape:
            loss = self._loss(self._forecast(Tensor(batch.x), future), Tensor(batch.y))
            tape.backward(loss, self.model.placement.device.xp.full_like(loss.array, share))
        self._batches += 1
        scaled: Array = loss.array * share
        return scaled


def _named(prefix: str, arrays: Mapping[str, Array]) -> dict[str, Array]:
    return {f"{prefix}{name}": array for name, array in arrays.items()}


def _below(arrays: Mapping[str, Array], prefix: str) -> dict[str, Array]:
    return {name[len(prefix) :]: array for name, array in arrays.items() if name.startswith(prefix)}


def _optimizer(model: Module, config: OptimizerConfig) -> Optimizer:
    if isinstance(config, SgdConfig):
        return Sgd(model.placement, config)
    return Adam(model.placement, config)
