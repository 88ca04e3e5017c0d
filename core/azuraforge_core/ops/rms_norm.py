"""Root-mean-square normalization over the last dimension: layer normalization without its mean.

Zhang and Sennrich, "Root Mean Square Layer Normalization", NeurIPS 2019; no bias, as published.
"""

from azuraforge_core.autograd.array import Array
from azuraforge_core.autograd.tape import Operation, apply
from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.device import array_module
from azuraforge_core.ops.rows import as_rows, column_sums, fold, row_sums

__all__ = ["rms_norm"]


def rms_norm(x: Tensor, gain: Tensor, *, epsilon: float = 1e-5) -> Tensor:
    """Divide each vector of the last dimension by its root mean square, then scale.

    Args:
        x: input ``(..., feature)``.
        gain: ``(feature,)``.
        epsilon: added to the mean square.
    """
    return apply(_RMS_NORM, x, gain, epsilon=epsilon)


def _forward(x: Array, gain: Array, *, epsilon: float) -> tuple[Array, tuple[Array, ...]]:
    xp = array_module(x)
    rows = as_rows(x)
    mean_square = row_sums(rows * rows) * (1.0 / rows.shape[1])
    inverse = 1.0 / xp.sqrt(mean_square + epsilon)
    normal = rows * inverse
    long_rows, long_gain = fold(normal, gain)
    y = long_rows * long_gain
    return y.reshape(x.shape), (normal, inverse, gain)


def _backward(
    saved: tuple[Array, ...], needs: tuple[bool, ...], dy: Array
) -> tuple[Array | None, ...]:
    normal, inverse, gain = saved
    rows = as_rows(dy)
    dgain = column_sums(rows * normal) if needs[1] else None
    if not needs[0]:
        return None, dgain
    long_rows, long_gain = fold(rows, gain)
    dx = (long_rows * long_gain).reshape(rows.shape)
    projection = row_sums(dx * normal) * (1.0 / rows.shape[1])
    dx -= normal * projection
    dx *= inverse
    return dx.reshape(dy.shape), dgain


_RMS_NORM = Operation("rms_norm", _forward, _backward)
