"""Layer normalization over the last dimension.

Ba, Kiros, Hinton, "Layer Normalization", 2016. The variance is taken in a second pass over the
centered values: E[x²] - E[x]² cancels where the mean is large.
"""

from azuraforge_core.autograd.array import Array
from azuraforge_core.autograd.tape import Operation, apply
from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.device import array_module
from azuraforge_core.ops.rows import as_rows, column_sums, fold, row_sums

__all__ = ["layer_norm"]


def layer_norm(x: Tensor, gain: Tensor, bias: Tensor, *, epsilon: float = 1e-5) -> Tensor:
    """Normalize each vector of the last dimension, then scale and shift.

    Args:
        x: input ``(..., feature)``.
        gain: ``(feature,)``.
        bias: ``(feature,)``.
        epsilon: added to the variance.
    """
    return apply(_LAYER_NORM, x, gain, bias, epsilon=epsilon)


def _forward(
    x: Array, gain: Array, bias: Array, *, epsilon: float
) -> tuple[Array, tuple[Array, ...]]:
    xp = array_module(x)
    rows = as_rows(x)
    width = rows.shape[1]
    normal = rows - row_sums(rows) * (1.0 / width)
    variance = row_sums(normal * normal) * (1.0 / width)
    inverse = 1.0 / xp.sqrt(variance + epsilon)
    normal *= inverse
    long_rows, long_gain, long_bias = fold(normal, gain, bias)
    y = long_rows * long_gain
    y += long_bias
    return y.reshape(x.shape), (normal, inverse, gain)


def _backward(
    saved: tuple[Array, ...], needs: tuple[bool, ...], dy: Array
) -> tuple[Array | None, ...]:
    normal, inverse, gain = saved
    rows = as_rows(dy)
    width = rows.shape[1]
    products = rows * normal
    dgain = column_sums(products) if needs[1] else None
    dbias = column_sums(rows) if needs[2] else None
    if not needs[0]:
        return None, dgain, dbias
    long_rows, long_gain = fold(rows, gain)
    dnormal = (long_rows * long_gain).reshape(rows.shape)
    projection = row_sums(dnormal * normal) * (1.0 / width)
    dx = dnormal - row_sums(dnormal) * (1.0 / width)
    dx -= normal * projection
    dx *= inverse
    return dx.reshape(dy.shape), dgain, dbias


_LAYER_NORM = Operation("layer_norm", _forward, _backward)
