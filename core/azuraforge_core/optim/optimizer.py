"""The optimizers a job can name, and what they have in common.

In a job file: ``optimizer: adamw`` or ``optimizer: {kind: sgd, momentum: 0.9}``.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, Field

from azuraforge_contract.validation import StrictModel
from azuraforge_core.autograd.array import Array
from azuraforge_core.optim.shorthand import from_name

__all__ = [
    "AdamConfig",
    "AdamWConfig",
    "Optimizer",
    "OptimizerConfig",
    "OptimizerName",
    "SgdConfig",
]

OptimizerName = Literal["adamw", "adam", "sgd"]


class AdamWConfig(StrictModel):
    """Adam with decoupled weight decay."""

    kind: Literal["adamw"] = "adamw"
    beta1: float = Field(default=0.9, ge=0.0, lt=1.0)
    """Memory of the mean gradient."""
    beta2: float = Field(default=0.999, ge=0.0, lt=1.0)
    """Memory of the mean squared gradient."""
    epsilon: float = Field(default=1e-8, gt=0.0)
    """Added to the root of the mean squared gradient."""
    weight_decay: float = Field(default=0.0, ge=0.0)
    """Part of every parameter taken off per step, times the learning rate."""


class AdamConfig(StrictModel):
    """Adam as first published; without weight decay it is the same as adamw."""

    kind: Literal["adam"] = "adam"
    beta1: float = Field(default=0.9, ge=0.0, lt=1.0)
    """Memory of the mean gradient."""
    beta2: float = Field(default=0.999, ge=0.0, lt=1.0)
    """Memory of the mean squared gradient."""
    epsilon: float = Field(default=1e-8, gt=0.0)
    """Added to the root of the mean squared gradient."""
    weight_decay: float = Field(default=0.0, ge=0.0)
    """Part of every parameter added to its gradient (L2 regularization)."""


class SgdConfig(StrictModel):
    """Stochastic gradient descent with momentum."""

    kind: Literal["sgd"] = "sgd"
    momentum: float = Field(default=0.9, ge=0.0, lt=1.0)
    """Memory of the gradient."""
    nesterov: bool = False
    """Look ahead along the momentum."""
    weight_decay: float = Field(default=0.0, ge=0.0)
    """Part of every parameter added to its gradient."""


OptimizerConfig: TypeAlias = Annotated[
    AdamWConfig | AdamConfig | SgdConfig,
    Field(discriminator="kind"),
    BeforeValidator(
        from_name, json_schema_input_type=OptimizerName | AdamWConfig | AdamConfig | SgdConfig
    ),
]


class Optimizer(ABC):
    """An update rule on a model's flat arenas; all its scalars live on the device."""

    @abstractmethod
    def update(self, learning_rate: Array, step: Array, gradient_factor: Array | None) -> None:
        """Change all parameters in place by their gradients.

        Args:
            learning_rate: ``(1,)``, float64, on the device.
            step: ``(1,)``, uint64, on the device; 0 at the first update.
            gradient_factor: ``(1,)``, the factor by which clipping shortens the gradient, or None.
        """

    @abstractmethod
    def state(self) -> dict[str, Array]:
        """Copy the memory of the optimizer to host arrays by name. Waits for the device."""

    @abstractmethod
    def load_state(self, arrays: Mapping[str, Array]) -> None:
        """Go on from what `state` returned.

        Raises:
            StateMismatchError: the arrays belong to another model or optimizer.
        """
