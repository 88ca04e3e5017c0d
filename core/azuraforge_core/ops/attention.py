"""Multi-head self-attention: softmax(q kᵀ/√size + previous) v, dropout on its weights.

Vaswani et al., "Attention Is All You Need", 2017; the optional ``previous`` scores are those of
He et al., "RealFormer", 2020, as the published PatchTST uses them. Scores are laid out
``(batch, head, key, query)``, so that reductions over keys run along long rows. The exponentials
are not kept for the backward pass but computed again, chunk by chunk, as FlashAttention does.
"""

from math import sqrt
from typing import NamedTuple

from azuraforge_core.autograd.array import Array
from azuraforge_core.autograd.chunks import chunks, each
from azuraforge_core.autograd.tape import Operation, apply_to_many
from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.device import array_module
from azuraforge_core.ops.dropout import DropoutMask

__all__ = ["attention"]


class _Saved(NamedTuple):
    packed: Array  # (batch, 3, head, size, token): scaled queries, keys, values
    previous: Array | None  # (batch, head, key, query)
    y: Array  # (batch, head, size, query)
    top: Array  # (batch, head, 1, query): the largest score
    total: Array  # (batch, head, 1, query): the sum of exponentials
    mask: DropoutMask | None


def attention(
    qkv: Tensor,
    previous: Tensor | None = None,
    *,
    heads: int,
    return_scores: bool = False,
    mask: DropoutMask | None = None,
) -> tuple[Tensor, Tensor | None]:
    """Let every token of a sequence look at every other.

    Args:
        qkv: queries, keys and values side by side ``(batch, token, 3·feature)``.
        previous: scores of the layer below ``(batch, head, key, query)``, added to this one's.
        heads: number of heads; ``feature`` is a multiple of it.
        return_scores: whether the scores are wanted by the layer above.
        mask: dropout of the attention weights, or None.

    Returns:
        The attended values ``(batch, token, feature)``, and the scores or None.
    """
    outputs = apply_to_many(
        _ATTENTION, qkv, previous, heads=heads, return_scores=return_scores, mask=mask
    )
    return outputs[0], outputs[1] if return_scores else None


def _forward(
    qkv: Array,
    previous: Array | None,
    *,
    heads: int,
    return_scores: bool,
    mask: DropoutMask | None,
) -> tuple[tuple[Array, ...], _Saved]:
    xp = array_module(qkv)
    batch, tokens, width = qkv.shape
    size = width // 3 // heads
    packed = qkv.transpose(0, 2, 1).copy().reshape(batch, 3, heads, size, tokens)
    packed[:, 0] *= 1.0 / sqrt(size)
    y = xp.empty((batch, heads, size, tokens), dtype=qkv.dtype)
    top = xp.empty((batch, heads, 1, tokens), dtype=qkv.dtype)
    total = xp.empty_like(top)
    kept_scores = xp.empty((batch, heads, tokens, tokens), qkv.dtype) if return_scores else None
    ones = xp.ones((1, tokens), dtype=qkv.dtype)

    def work(part: slice) -> None:
        scores = _scores(packed, previous, part)
        if kept_scores is not None:
            kept_scores[part] = scores
        top[part] = _largest_over_keys(scores)
        weights = _exponentials(scores, top[part])
        total[part] = xp.matmul(ones, weights)
        _drop(weights, mask, part)
        xp.matmul(packed[part, 2], weights, out=y[part])

    each(chunks(packed, heads * tokens * tokens), work)
    y /= total
    if mask is not None:
        y *= mask.scale
    merged = y.reshape(batch, heads * size, tokens).transpose(0, 2, 1).copy()
    saved = _Saved(packed, previous, y, top, total, mask)
    return ((merged,) if kept_scores is None else (merged, kept_scores)), saved


def _backward(
    saved: _Saved, needs: tuple[bool, ...], dy: Array | None, dscores: Array | None = None
) -> tuple[Array | None, ...]:
    packed, previous, y, top, total, mask = saved
    xp = array_module(packed)
    batch, _, heads, size, tokens = packed.shape
    dy_heads = _as_heads(dy, y)
    # the softmax's backward needs the product of each row's weights and their gradients; appended
    # as one more feature, it is subtracted inside the matrix product
    augmented = xp.empty((batch, heads, size + 1, tokens), dtype=y.dtype)
    dvalues = augmented[:, :, :size]
    xp.divide(dy_heads, total, out=dvalues)
    augmented[:, :, size] = -(dvalues * y).sum(axis=2)
    if mask is not None:
        dvalues *= mask.scale
    dpacked = xp.empty_like(packed)
    dprevious = xp.empty_like(previous) if previous is not None and needs[1] else None

    def work(part: slice) -> None:
        weights = _exponentials(_scores(packed, previous, part), top[part])
        dweights = _weight_gradients(packed, augmented, mask, part)
        dweights *= weights
        if dscores is not None:
            dweights += dscores[part]
        if dprevious is not None:
            dprevious[part] = dweights
        _drop(weights, mask, part)
        queries, keys = packed[part, 0], packed[part, 1]
        dpacked[part, 0] = xp.matmul(keys, dweights)
        dpacked[part, 1] = xp.matmul(queries, dweights.swapaxes(-1, -2))
        dpacked[part, 2] = xp.matmul(dvalues[part], weights.swapaxes(-1, -2))

    each(chunks(packed, heads * tokens * tokens), work)
    dpacked[:, 0] *= 1.0 / sqrt(size)
    dqkv = dpacked.reshape(batch, 3 * heads * size, tokens).transpose(0, 2, 1).copy()
    return dqkv, dprevious


def _scores(packed: Array, previous: Array | None, part: slice) -> Array:
    queries, keys = packed[part, 0], packed[part, 1]
    scores: Array = array_module(packed).matmul(keys.swapaxes(-1, -2), queries)
    if previous is not None:
        scores += previous[part]
    return scores


def _largest_over_keys(scores: Array) -> Array:
    """Return the maximum over keys, ``(batch, head, 1, query)``, by halving: long rows are fast."""
    xp = array_module(scores)
    top = scores
    while (keys := top.shape[-2]) > 1:
        half = keys // 2
        folded = xp.maximum(top[..., :half, :], top[..., half : 2 * half, :])
        if keys % 2:
            xp.maximum(folded[..., :1, :], top[..., -1:, :], out=folded[..., :1, :])
        top = folded
    return top


def _exponentials(scores: Array, top: Array) -> Array:
    scores -= top
    exponentials: Array = array_module(scores).exp(scores, out=scores)
    return exponentials


def _drop(weights: Array, mask: DropoutMask | None, part: slice) -> None:
    if mask is not None:
        weights *= _kept(weights, mask, part)


def _kept(weights: Array, mask: DropoutMask, part: slice) -> Array:
    per_series = weights.shape[1] * weights.shape[2] * weights.shape[3]
    return mask.kept(part.start * per_series, weights.shape)


def _weight_gradients(
    packed: Array, augmented: Array, mask: DropoutMask | None, part: slice
) -> Array:
    """Return d(objective)/d(weight), less each row's own mean, before the softmax's factor."""
    xp = array_module(packed)
    values = packed[part, 2]
    size = values.shape[2]
    gradients: Array
    if mask is None:
        with_one = xp.ones((*values.shape[:2], size + 1, values.shape[3]), dtype=values.dtype)
        with_one[:, :, :size] = values
        gradients = xp.matmul(with_one.swapaxes(-1, -2), augmented[part])
        return gradients
    gradients = xp.matmul(values.swapaxes(-1, -2), augmented[part, :, :size])
    gradients *= _kept(gradients, mask, part)
    gradients += augmented[part, :, size:]
    return gradients


def _as_heads(dy: Array | None, y: Array) -> Array:
    if dy is None:
        zeros: Array = array_module(y).zeros_like(y)
        return zeros
    return dy.transpose(0, 2, 1).reshape(y.shape)


_ATTENTION = Operation("attention", _forward, _backward)
