"""One-dimensional convolution along time, as a matrix product over the windows it looks at.

The sum is a correlation, as every deep-learning library has it: the kernel is not turned round.
The windows (`im2col`) are several times the size of the input; they are laid out chunk by chunk and
again in the backward pass, so they never leave the cache.
"""

from typing import NamedTuple

from azuraforge_core.autograd.array import Array
from azuraforge_core.autograd.chunks import chunks, each
from azuraforge_core.autograd.tape import Operation, apply
from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.device import array_module
from azuraforge_core.ops.rows import as_rows, column_sums

__all__ = ["Strides", "convolution", "output_length"]


class Strides(NamedTuple):
    """How a kernel lies over the time steps.

    Attributes:
        stride: time steps between two outputs.
        dilation: time steps between two elements of the kernel.
        pad_start: zeros before the first time step; (kernel - 1)·dilation makes the convolution
            causal: no output looks ahead.
        pad_end: zeros behind the last time step.
    """

    stride: int = 1
    dilation: int = 1
    pad_start: int = 0
    pad_end: int = 0


_PLAIN = Strides()


class _Saved(NamedTuple):
    x: Array
    weight: Array
    strides: Strides


def convolution(
    x: Tensor, weight: Tensor, bias: Tensor | None = None, *, strides: Strides = _PLAIN
) -> Tensor:
    """Correlate every window with the kernels.

    Args:
        x: ``(batch, time, channel)``.
        weight: ``(out, kernel, channel)``.
        bias: ``(out,)`` or None.
        strides: how the kernel lies over the time steps.

    Returns:
        ``(batch, output time, out)``; see `output_length`.
    """
    return apply(_CONVOLUTION, x, weight, bias, strides=strides)


def output_length(time: int, kernel: int, strides: Strides) -> int:
    """Return how many outputs a series of ``time`` steps has; below 1 there are none."""
    reach = (kernel - 1) * strides.dilation + 1
    return (time + strides.pad_start + strides.pad_end - reach) // strides.stride + 1


def _forward(
    x: Array, weight: Array, bias: Array | None, *, strides: Strides
) -> tuple[Array, _Saved]:
    xp = array_module(x)
    batch, time, _ = x.shape
    length = output_length(time, weight.shape[1], strides)
    y = xp.empty((batch, length, weight.shape[0]), dtype=x.dtype)
    kernels = as_rows(weight.reshape(weight.shape[0], -1)).T

    def work(part: slice) -> None:
        windows = _windows(x[part], weight.shape[1], strides)
        out = y[part].reshape(-1, weight.shape[0])
        xp.matmul(windows.reshape(out.shape[0], -1), kernels, out=out)
        if bias is not None:
            out += bias

    each(chunks(x, length * weight[0].size), work)
    return y, _Saved(x, weight, strides)


def _backward(saved: _Saved, needs: tuple[bool, ...], dy: Array) -> tuple[Array | None, ...]:
    x, weight, strides = saved
    xp = array_module(dy)
    kernels = weight.reshape(weight.shape[0], -1)
    dx = xp.empty(x.shape, dtype=dy.dtype) if needs[0] else None
    dy_rows = xp.ascontiguousarray(dy)

    def work(part: slice) -> Array | None:
        rows = dy_rows[part].reshape(-1, weight.shape[0])
        if dx is not None:
            _put_back(xp.matmul(rows, kernels), dx[part], weight.shape[1], strides)
        if not needs[1]:
            return None
        windows = _windows(x[part], weight.shape[1], strides)
        product: Array = xp.matmul(rows.T, windows.reshape(rows.shape[0], -1))
        return product

    products = each(chunks(x, dy.shape[1] * weight[0].size), work)
    dweight = None
    if needs[1]:
        dweight = xp.zeros(weight.shape, dtype=dy.dtype)
        for product in products:
            if product is not None:
                dweight += product.reshape(weight.shape)
    return dx, dweight, column_sums(as_rows(dy)) if needs[2] else None


def _windows(x: Array, kernel: int, strides: Strides) -> Array:
    """Lay out what each output looks at: ``(batch, output time, kernel, channel)``."""
    xp = array_module(x)
    batch, time, channels = x.shape
    length = output_length(time, kernel, strides)
    padded = xp.zeros((batch, time + strides.pad_start + strides.pad_end, channels), dtype=x.dtype)
    padded[:, strides.pad_start : strides.pad_start + time] = x
    series, step, element = padded.strides
    view = xp.lib.stride_tricks.as_strided(
        padded,
        shape=(batch, length, kernel, channels),
        strides=(series, strides.stride * step, strides.dilation * step, element),
    )
    laid_out: Array = xp.ascontiguousarray(view)
    return laid_out


def _put_back(dwindows: Array, dx: Array, kernel: int, strides: Strides) -> None:
    """Add up the gradient of every window that looked at a time step: the adjoint of `_windows`."""
    xp = array_module(dx)
    batch, time, channels = dx.shape
    length = output_length(time, kernel, strides)
    parts = dwindows.reshape(batch, length, kernel, channels)
    padded = xp.zeros((batch, time + strides.pad_start + strides.pad_end, channels), dtype=dx.dtype)
    for index in range(kernel):
        first = index * strides.dilation
        last = first + (length - 1) * strides.stride + 1
        padded[:, first : last : strides.stride] += parts[:, :, index]
    dx[...] = padded[:, strides.pad_start : strides.pad_start + time]


_CONVOLUTION = Operation("convolution", _forward, _backward)
