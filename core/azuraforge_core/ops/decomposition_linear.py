"""DLinear's whole forecast as one affine map: y = w_s (x - Mx) + w_t Mx + b.

Zeng et al., "Are Transformers Effective for Time Series Forecasting?", AAAI 2023; M is the moving
average with the ends repeated. Since M is linear, y = (w_s + (w_t - w_s) M) x + b exactly: the
average is taken of the weights ``(horizon, lookback)`` instead of the data, which halves the matrix
products and touches the data once.
"""

from typing import NamedTuple

from azuraforge_core.autograd.array import Array
from azuraforge_core.autograd.tape import Operation, apply
from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.device import array_module
from azuraforge_core.ops.moving_average import moving_average, moving_average_adjoint

__all__ = ["decomposition_linear"]


class _Saved(NamedTuple):
    series: Array  # (channel, batch, lookback) or (batch·channel, lookback)
    effective: Array  # the weights' shape
    shape: tuple[int, ...]
    kernel: int


def decomposition_linear(
    x: Tensor, seasonal: Tensor, trend: Tensor, bias: Tensor, *, kernel: int
) -> Tensor:
    """Forecast every channel by linear maps of its trend and of the remainder.

    Args:
        x: ``(batch, lookback, channel)``.
        seasonal: weights of the remainder, ``(horizon, lookback)`` shared by all channels or
            ``(channel, horizon, lookback)``.
        trend: weights of the moving average, same shape.
        bias: ``(horizon,)`` or ``(channel, horizon)``.
        kernel: odd length of the moving average in time steps.

    Returns:
        ``(batch, horizon, channel)``.
    """
    return apply(_DECOMPOSITION_LINEAR, x, seasonal, trend, bias, kernel=kernel)


def _forward(
    x: Array, seasonal: Array, trend: Array, bias: Array, *, kernel: int
) -> tuple[Array, _Saved]:
    xp = array_module(x)
    batch, lookback, channels = x.shape
    effective = moving_average_adjoint(trend - seasonal, kernel)
    effective += seasonal
    if seasonal.ndim == _SHARED:
        series = xp.ascontiguousarray(x.transpose(0, 2, 1)).reshape(batch * channels, lookback)
        y = xp.matmul(series, effective.T)
        y += bias
        y = y.reshape(batch, channels, -1).transpose(0, 2, 1)
    else:
        series = xp.ascontiguousarray(x.transpose(2, 0, 1))
        y = xp.matmul(series, effective.swapaxes(1, 2))
        y += bias[:, None, :]
        y = y.transpose(1, 2, 0)
    return y, _Saved(series, effective, x.shape, kernel)


def _backward(saved: _Saved, needs: tuple[bool, ...], dy: Array) -> tuple[Array | None, ...]:
    series, effective, (batch, lookback, channels), kernel = saved
    xp = array_module(dy)
    shared = effective.ndim == _SHARED
    if shared:
        dseries = xp.ascontiguousarray(dy.transpose(0, 2, 1)).reshape(batch * channels, -1)
    else:
        dseries = xp.ascontiguousarray(dy.transpose(2, 0, 1))
    deffective = xp.matmul(dseries.swapaxes(-1, -2), series)
    dtrend = moving_average(deffective, kernel)
    deffective -= dtrend
    dx = None
    if needs[0]:
        dx = xp.matmul(dseries, effective)
        dx = (
            dx.reshape(batch, channels, lookback).transpose(0, 2, 1)
            if shared
            else dx.transpose(1, 2, 0)
        )
    return dx, deffective, dtrend, dseries.sum(axis=-2)


_SHARED = 2
"""Dimensions of weights that all channels share."""

_DECOMPOSITION_LINEAR = Operation("decomposition_linear", _forward, _backward)
