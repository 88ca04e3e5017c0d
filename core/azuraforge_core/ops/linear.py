"""Affine map of the last dimension: y = x wᵀ + b."""

from azuraforge_core.autograd.array import Array
from azuraforge_core.autograd.tape import Operation, apply
from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.device import array_module
from azuraforge_core.ops.rows import as_rows, column_sums, fold

__all__ = ["linear", "linear_backward", "linear_forward"]


def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Map ``(..., in)`` to ``(..., out)``.

    Args:
        x: input ``(..., in)``.
        weight: ``(out, in)``.
        bias: ``(out,)`` or None.
    """
    return apply(_LINEAR, x, weight, bias)


def linear_forward(x: Array, w: Array, b: Array | None) -> tuple[Array, tuple[Array, ...]]:
    """Return y and what the backward needs."""
    rows = as_rows(x)
    y = array_module(x).matmul(rows, w.T)
    if b is not None:
        long_rows, long_bias = fold(y, b)
        long_rows += long_bias
    return y.reshape(*x.shape[:-1], w.shape[0]), (x, w)


def linear_backward(
    saved: tuple[Array, ...], needs: tuple[bool, ...], dy: Array
) -> tuple[Array | None, ...]:
    """Return dx, dw, db."""
    x, w = saved
    xp = array_module(dy)
    dy_rows = as_rows(dy)
    dx = xp.matmul(dy_rows, w).reshape(x.shape) if needs[0] else None
    dw = xp.matmul(dy_rows.T, as_rows(x)) if needs[1] else None
    db = column_sums(dy_rows) if needs[2] else None
    return dx, dw, db


_LINEAR = Operation("linear", linear_forward, linear_backward)
