"""Moving average along the last dimension with the end values repeated, and its adjoint.

Called by `decomposition_linear`. Sums of k neighbors are built by doubling, in about 2·log₂k
passes and without the rounding that differences of cumulative sums have.
"""

from azuraforge_core.autograd.array import Array
from azuraforge_core.device import array_module

__all__ = ["moving_average", "moving_average_adjoint"]


def moving_average(x: Array, kernel: int) -> Array:
    """Average ``kernel`` neighbors (odd) of ``(..., time)``; beyond the ends the end repeats."""
    xp = array_module(x)
    reach, time = kernel // 2, x.shape[-1]
    padded = xp.empty((*x.shape[:-1], time + 2 * reach), dtype=x.dtype)
    padded[..., :reach] = x[..., :1]
    padded[..., reach : reach + time] = x
    padded[..., reach + time :] = x[..., -1:]
    sums = _neighbor_sums(padded, kernel)
    sums *= 1.0 / kernel
    return sums


def moving_average_adjoint(x: Array, kernel: int) -> Array:
    """Apply the transpose of `moving_average` to ``(..., time)``."""
    xp = array_module(x)
    reach, time = kernel // 2, x.shape[-1]
    padded = xp.zeros((*x.shape[:-1], time + 2 * (kernel - 1)), dtype=x.dtype)
    padded[..., kernel - 1 : kernel - 1 + time] = x
    sums = _neighbor_sums(padded, kernel)
    sums *= 1.0 / kernel
    averaged = sums[..., reach : reach + time].copy()
    averaged[..., 0] += sums[..., :reach].sum(axis=-1)
    averaged[..., -1] += sums[..., reach + time :].sum(axis=-1)
    return averaged


def _neighbor_sums(x: Array, count: int) -> Array:
    """Return every sum of ``count`` consecutive elements: ``(..., time - count + 1)``."""
    length = x.shape[-1] - count + 1
    total: Array | None = None
    doubled, width, done = x, 1, 0
    while done < count:
        if count & width:
            piece = doubled[..., done : done + length]
            total = piece.copy() if total is None else total.__iadd__(piece)
            done += width
        if 2 * width <= count:
            doubled = doubled[..., :-width] + doubled[..., width:]
        width *= 2
    return x if total is None else total
