"""Stochastic gradient descent with momentum on flat arenas.

v = momentum·v + g + decay·p; p -= rate·v, or p -= rate·(g + decay·p + momentum·v) with Nesterov's
look-ahead: Sutskever et al., "On the importance of initialization and momentum", ICML 2013, in the
form PyTorch uses.
"""

from collections.abc import Mapping

from azuraforge_core.autograd.arena import Arena
from azuraforge_core.autograd.array import Array
from azuraforge_core.nn.placement import Placement
from azuraforge_core.optim.optimizer import Optimizer, SgdConfig

__all__ = ["Sgd"]


class Sgd(Optimizer):
    """Stochastic gradient descent.

    Args:
        placement: the model's arenas.
        config: its constants.
    """

    def __init__(self, placement: Placement, config: SgdConfig) -> None:
        self.config = config
        self._placement = placement
        dtype = str(placement.values.array.dtype)
        self._velocity = Arena(placement.values.layout, placement.device, dtype)
        self._scratch = placement.device.xp.empty_like(placement.values.array)

    def update(self, learning_rate: Array, step: Array, gradient_factor: Array | None) -> None:
        """Change all parameters in place; see `Optimizer.update`."""
        del step  # the rule is the same at every step
        xp, config = self._placement.device.xp, self.config
        values, gradients = self._placement.values.array, self._placement.gradients.array
        velocity, scratch = self._velocity.array, self._scratch
        if gradient_factor is not None:
            gradients *= gradient_factor.astype(values.dtype)
        if config.weight_decay:
            xp.multiply(values, config.weight_decay, out=scratch)
            gradients += scratch
        velocity *= config.momentum
        velocity += gradients
        if config.nesterov:
            xp.multiply(velocity, config.momentum, out=scratch)
            scratch += gradients
            scratch *= learning_rate.astype(values.dtype)
        else:
            xp.multiply(velocity, learning_rate.astype(values.dtype), out=scratch)
        values -= scratch

    def state(self) -> dict[str, Array]:
        """Copy the velocity to the host by parameter name."""
        return self._velocity.export("velocity.")

    def load_state(self, arrays: Mapping[str, Array]) -> None:
        """Go on from what `state` returned."""
        self._velocity.load(arrays, "velocity.")
