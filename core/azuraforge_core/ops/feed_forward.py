"""The position-wise network of a transformer: w₂ dropout(gelu(w₁ x + b₁)) + b₂.

Vaswani et al., "Attention Is All You Need", 2017, section 3.3, with GELU. The hidden layer is the
widest array of a transformer; it is computed chunk by chunk and again in the backward pass, so it
never leaves the cache.
"""

from typing import NamedTuple

from azuraforge_core.autograd.array import Array
from azuraforge_core.autograd.chunks import chunks, each
from azuraforge_core.autograd.tape import Operation, apply
from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.device import array_module
from azuraforge_core.ops.dropout import DropoutMask, remember
from azuraforge_core.ops.gelu import gelu_forward, gelu_slope
from azuraforge_core.ops.rows import as_rows, column_sums, fold

__all__ = ["FeedForwardWeights", "feed_forward"]

_CHUNK_MULTIPLE = 64


class FeedForwardWeights(NamedTuple):
    """The two affine maps.

    Attributes:
        inner: ``(hidden, feature)``.
        inner_bias: ``(hidden,)``.
        outer: ``(feature, hidden)``.
        outer_bias: ``(feature,)``.
    """

    inner: Tensor
    inner_bias: Tensor
    outer: Tensor
    outer_bias: Tensor


def feed_forward(
    x: Tensor, weights: FeedForwardWeights, *, mask: DropoutMask | None = None
) -> Tensor:
    """Map each position ``(..., feature)`` through the hidden layer and back.

    Args:
        x: input ``(..., feature)``.
        weights: the two affine maps.
        mask: dropout of the hidden layer, or None.
    """
    return apply(_FEED_FORWARD, x, *weights, mask=mask)


class _Saved(NamedTuple):
    x: Array
    w1: Array
    b1: Array
    w2: Array
    mask: DropoutMask | None
    kept: dict[int, Array | None]
    """First row of a chunk → its remembered mask."""


def _forward(
    x: Array, w1: Array, b1: Array, w2: Array, b2: Array, *, mask: DropoutMask | None
) -> tuple[Array, _Saved]:
    xp = array_module(x)
    rows = as_rows(x)
    saved = _Saved(x, w1, b1, w2, mask, {})
    y = xp.empty((rows.shape[0], w2.shape[0]), dtype=x.dtype)

    def work(part: slice) -> None:
        hidden, _ = gelu_forward(_before_activation(rows[part], saved))
        kept = _kept(saved, part, hidden)
        if kept is not None:
            hidden *= kept
            saved.kept[part.start] = remember(kept)
        xp.matmul(hidden, w2.T, out=y[part])

    each(chunks(rows, w1.shape[0], multiple=_CHUNK_MULTIPLE), work)
    if mask is not None:
        y *= mask.scale
    long_rows, long_bias = fold(y, b2)
    long_rows += long_bias
    return y.reshape(*x.shape[:-1], w2.shape[0]), saved


def _backward(saved: _Saved, needs: tuple[bool, ...], dy: Array) -> tuple[Array | None, ...]:
    x, w1, b1, w2, mask, _ = saved
    xp = array_module(x)
    rows, dy_rows = as_rows(x), as_rows(dy)
    dx = xp.empty_like(rows) if needs[0] else None
    scaled = dy_rows if mask is None else dy_rows * mask.scale

    def work(part: slice) -> tuple[Array, Array, Array]:
        hidden, for_slope = gelu_forward(_before_activation(rows[part], saved))
        dinner = xp.matmul(scaled[part], w2)
        kept = _kept(saved, part, hidden)
        if kept is not None:
            hidden *= kept
            dinner *= kept
        dinner *= gelu_slope(for_slope)
        if dx is not None:
            xp.matmul(dinner, w1, out=dx[part])
        return (
            xp.matmul(dinner.T, rows[part]),
            column_sums(dinner),
            xp.matmul(scaled[part].T, hidden),
        )

    dw1, db1, dw2 = xp.zeros_like(w1), xp.zeros_like(b1), xp.zeros_like(w2)
    for dw1_part, db1_part, dw2_part in each(
        chunks(rows, w1.shape[0], multiple=_CHUNK_MULTIPLE), work
    ):
        dw1 += dw1_part
        db1 += db1_part
        dw2 += dw2_part
    return None if dx is None else dx.reshape(x.shape), dw1, db1, dw2, column_sums(dy_rows)


def _kept(saved: _Saved, part: slice, hidden: Array) -> Array | None:
    if saved.mask is None:
        return None
    known = saved.kept.get(part.start)
    if known is not None:
        return known
    return saved.mask.kept(part.start * hidden.shape[1], hidden.shape)


def _before_activation(rows: Array, saved: _Saved) -> Array:
    inner: Array = array_module(rows).matmul(rows, saved.w1.T)
    long_rows, long_bias = fold(inner, saved.b1)
    long_rows += long_bias
    return inner


_FEED_FORWARD = Operation("feed_forward", _forward, _backward)
