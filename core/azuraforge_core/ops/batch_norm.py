"""Batch normalization of the last dimension over all others.

Ioffe and Szegedy, "Batch Normalization", 2015. As PyTorch's: the batch is normalized by its biased
variance, the running variance takes the unbiased one. Updating the running statistics is this
operation's one effect besides its output.
"""

from dataclasses import dataclass

from azuraforge_core.autograd.array import Array
from azuraforge_core.autograd.tape import Operation, apply
from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.device import array_module
from azuraforge_core.ops.rows import as_rows, column_sums, fold

__all__ = ["RunningStatistics", "batch_norm"]


@dataclass(frozen=True)
class RunningStatistics:
    """What batch normalization remembers of training for evaluation.

    Attributes:
        mean: ``(feature,)``, updated in place while training.
        variance: ``(feature,)``, updated in place while training.
        momentum: weight of the newest batch.
    """

    mean: Array
    variance: Array
    momentum: float = 0.1


def batch_norm(
    x: Tensor,
    gain: Tensor,
    bias: Tensor,
    running: RunningStatistics,
    *,
    training: bool,
    epsilon: float = 1e-5,
) -> Tensor:
    """Normalize each feature, then scale and shift.

    Args:
        x: input ``(..., feature)``.
        gain: ``(feature,)``.
        bias: ``(feature,)``.
        running: statistics that training updates and evaluation uses.
        training: whether this batch's own statistics are used.
        epsilon: added to the variance.
    """
    return apply(_BATCH_NORM, x, gain, bias, running=running, training=training, epsilon=epsilon)


def _forward(
    x: Array,
    gain: Array,
    bias: Array,
    *,
    running: RunningStatistics,
    training: bool,
    epsilon: float,
) -> tuple[Array, tuple[Array | bool, ...]]:
    rows = as_rows(x)
    mean, variance = _batch_statistics(rows) if training else (running.mean, running.variance)
    if training:
        _update(running, mean, variance, rows.shape[0])
    inverse = 1.0 / array_module(x).sqrt(variance + epsilon)
    long_rows, long_mean, long_inverse = fold(rows, mean, inverse)
    normal = long_rows - long_mean
    normal *= long_inverse
    _, long_gain, long_bias = fold(rows, gain, bias)
    y = normal * long_gain
    y += long_bias
    return y.reshape(x.shape), (normal.reshape(rows.shape), inverse, gain, training)


def _backward(
    saved: tuple[Array, Array, Array, bool], needs: tuple[bool, ...], dy: Array
) -> tuple[Array | None, ...]:
    normal, inverse, gain, training = saved
    rows = as_rows(dy)
    count = rows.shape[0]
    dgain = column_sums(rows * normal)
    dbias = column_sums(rows)
    if not needs[0]:
        return None, dgain, dbias
    if not training:
        long_rows, long_scale = fold(rows, gain * inverse)
        return (long_rows * long_scale).reshape(dy.shape), dgain, dbias
    long_normal, slope, offset = fold(normal, dgain * (1.0 / count), dbias * (1.0 / count))
    long_rows, long_scale = fold(rows, gain * inverse)
    dx = long_rows - long_normal * slope
    dx -= offset
    dx *= long_scale
    return dx.reshape(dy.shape), dgain, dbias


def _batch_statistics(rows: Array) -> tuple[Array, Array]:
    mean = column_sums(rows) * (1.0 / rows.shape[0])
    long_rows, long_mean = fold(rows, mean)
    centered = long_rows - long_mean
    centered *= centered
    return mean, column_sums(centered.reshape(rows.shape)) * (1.0 / rows.shape[0])


def _update(running: RunningStatistics, mean: Array, variance: Array, count: int) -> None:
    kept = 1.0 - running.momentum
    unbiased = running.momentum * count / max(count - 1, 1)
    running.mean[...] = running.mean * kept + mean * running.momentum
    running.variance[...] = running.variance * kept + variance * unbiased


_BATCH_NORM = Operation("batch_norm", _forward, _backward)
