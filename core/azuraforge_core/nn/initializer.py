"""Initial values of parameters, drawn from a random stream of the parameter's own name.

So a parameter that is added or renamed changes no other one's start, and CPU and GPU start alike:
the numbers are drawn on the host in float64.
"""

from dataclasses import dataclass
from math import prod, sqrt
from typing import Protocol

import numpy as np

from azuraforge_core.autograd.array import Array
from azuraforge_core.autograd.rng import uniform

__all__ = ["Constant", "Initializer", "Uniform", "fan_in_uniform"]


class Initializer(Protocol):
    """How a parameter or buffer starts."""

    def draw(self, seed: int, name: str, shape: tuple[int, ...]) -> Array:
        """Return float64 values on the host, a function of the arguments alone."""
        ...


@dataclass(frozen=True)
class Constant:
    """Every element starts at ``value``."""

    value: float

    def draw(self, seed: int, name: str, shape: tuple[int, ...]) -> Array:  # noqa: ARG002  # no draw
        """Return the constant."""
        return np.full(shape, self.value)


@dataclass(frozen=True)
class Uniform:
    """Uniform in (-bound, bound)."""

    bound: float

    def draw(self, seed: int, name: str, shape: tuple[int, ...]) -> Array:
        """Return numbers of the stream ``parameter/<name>``."""
        numbers = uniform(seed, f"parameter/{name}", prod(shape)).reshape(shape)
        return (2.0 * numbers - 1.0) * self.bound


def fan_in_uniform(fan_in: int) -> Uniform:
    """Return U(-1/√fan_in, 1/√fan_in), the default of PyTorch's linear and recurrent layers."""
    return Uniform(1.0 / sqrt(fan_in))
