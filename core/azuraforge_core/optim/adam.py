"""Adam and AdamW on flat arenas.

Kingma and Ba, "Adam", ICLR 2015; Loshchilov and Hutter, "Decoupled Weight Decay Regularization",
ICLR 2019. They differ in their decay alone: Adam adds it to the gradient, AdamW takes it off the
parameters. The bias corrections are folded into two scalars, the clipping factor into the
gradient's weights, and the arena is walked in blocks that stay in the cache.
"""

from collections.abc import Mapping
from typing import NamedTuple

from azuraforge_core.autograd.arena import Arena
from azuraforge_core.autograd.array import Array
from azuraforge_core.autograd.chunks import chunks, each
from azuraforge_core.nn.placement import Placement
from azuraforge_core.optim.optimizer import AdamConfig, AdamWConfig, Optimizer

__all__ = ["Adam"]


class _Scalars(NamedTuple):
    """Numbers of one update, each ``(1,)`` on the device."""

    clipping: Array
    gradient_weight: Array
    root_weight: Array
    epsilon: Array
    rate: Array
    kept: Array


class Adam(Optimizer):
    """Adam, with decay in the gradient or decoupled from it, as its config says.

    Args:
        placement: the model's arenas.
        config: its constants.
    """

    def __init__(self, placement: Placement, config: AdamConfig | AdamWConfig) -> None:
        self.config = config
        self._placement = placement
        decays = config.weight_decay > 0.0
        self._decays_gradient = decays and isinstance(config, AdamConfig)
        self._decays_values = decays and isinstance(config, AdamWConfig)
        layout, device = placement.values.layout, placement.device
        dtype = str(placement.values.array.dtype)
        self._mean = Arena(layout, device, dtype)
        self._square = Arena(layout, device, dtype)
        self._blocks = chunks(placement.values.array, 4)
        self._scratch = device.xp.empty_like(placement.values.array)

    def update(self, learning_rate: Array, step: Array, gradient_factor: Array | None) -> None:
        """Change all parameters in place; see `Optimizer.update`."""
        config, xp = self.config, self._placement.device.xp
        dtype = self._placement.values.array.dtype
        count = step.astype(xp.float64) + 1.0
        ones = xp.ones_like(count)
        clipping = ones if gradient_factor is None else gradient_factor.astype(xp.float64)
        # where decay joins the gradient, clipping comes before it and is no part of its weight
        factor = ones if self._decays_gradient else clipping
        # p -= rate·(m/c₁)/(√(v/c₂) + ε) = rate·√c₂/c₁ · m/(√v + ε√c₂)
        root = xp.sqrt(1.0 - config.beta2**count)
        scalars = _Scalars(
            clipping=clipping,
            gradient_weight=(1.0 - config.beta1) * factor,
            root_weight=(1.0 - config.beta2) ** 0.5 * factor,
            epsilon=config.epsilon * root,
            rate=learning_rate * root / (1.0 - config.beta1**count),
            kept=1.0 - learning_rate * config.weight_decay,
        )
        cast = _Scalars(*(scalar.astype(dtype) for scalar in scalars))
        each(self._blocks, lambda block: self._update_block(block, cast))

    def state(self) -> dict[str, Array]:
        """Copy both moments to the host by parameter name."""
        return {**self._mean.export("mean."), **self._square.export("square.")}

    def load_state(self, arrays: Mapping[str, Array]) -> None:
        """Go on from what `state` returned."""
        self._mean.load(arrays, "mean.")
        self._square.load(arrays, "square.")

    def _update_block(self, block: slice, scalars: _Scalars) -> None:
        xp = self._placement.device.xp
        values = self._placement.values.array[block]
        gradients = self._placement.gradients.array[block]
        mean, square = self._mean.array[block], self._square.array[block]
        scratch = self._scratch[block]
        if self._decays_gradient:
            xp.multiply(values, self.config.weight_decay, out=scratch)
            gradients *= scalars.clipping
            gradients += scratch
        xp.multiply(gradients, scalars.gradient_weight, out=scratch)
        mean *= self.config.beta1
        mean += scratch
        xp.multiply(gradients, scalars.root_weight, out=scratch)
        scratch *= scratch
        square *= self.config.beta2
        square += scratch
        xp.sqrt(square, out=scratch)
        scratch += scalars.epsilon
        xp.divide(mean, scratch, out=scratch)
        scratch *= scalars.rate
        if self._decays_values:
            values *= scalars.kept
        values -= scratch
