"""Gaussian error linear unit in its tanh form.

y = ½x(1 + tanh(√(2/π)(x + 0.044715x³))), Hendrycks and Gimpel, "Gaussian Error Linear Units",
2016, section 2. It differs from the form with erf by at most 4.8e-4; tanh is fast on every device.
"""

from math import pi, sqrt

from azuraforge_core.autograd.array import Array
from azuraforge_core.autograd.tape import Operation, apply
from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.device import array_module

__all__ = ["gelu", "gelu_forward", "gelu_slope"]

_SCALE = sqrt(2.0 / pi)
_CUBIC = 0.044715


def gelu(x: Tensor) -> Tensor:
    """Apply the unit element by element."""
    return apply(_GELU, x)


def gelu_forward(x: Array) -> tuple[Array, tuple[Array, Array]]:
    """Return y, and x with its inner tanh."""
    xp = array_module(x)
    inner = x * x
    inner *= _SCALE * _CUBIC
    inner += _SCALE
    inner *= x
    tanh = xp.tanh(inner, out=inner)
    half = x * 0.5
    y = half * tanh
    y += half
    return y, (x, tanh)


def gelu_slope(saved: tuple[Array, Array]) -> Array:
    """Return dy/dx."""
    x, tanh = saved
    slope = x * x
    slope *= 1.5 * _SCALE * _CUBIC
    slope += 0.5 * _SCALE
    slope *= x
    inner_slope = tanh * tanh
    inner_slope -= 1.0
    slope *= inner_slope
    half = tanh * 0.5
    half += 0.5
    half -= slope
    return half


def _backward(
    saved: tuple[Array, Array], needs: tuple[bool, ...], dy: Array
) -> tuple[Array | None, ...]:
    del needs  # the only input
    slope = gelu_slope(saved)
    slope *= dy
    return (slope,)


_GELU = Operation("gelu", gelu_forward, _backward)
