"""``decomposition_linear``: the moving average lies in the weights, as in the operation itself."""

import numpy as np

from azuraforge_core.export.onnx.applied import Applied
from azuraforge_core.export.onnx.graph import Graph, Value
from azuraforge_core.ops.moving_average import moving_average_adjoint

__all__ = ["translate_decomposition_linear"]

_SHARED = 2
"""Dimensions of weights that all channels share."""


def translate_decomposition_linear(graph: Graph, applied: Applied) -> tuple[Value, ...]:
    """Say y = w x + b for every channel, w being what trend and remainder amount to."""
    x = applied[0]
    seasonal, trend, bias = (applied[index].constant for index in (1, 2, 3))
    effective = moving_average_adjoint(trend - seasonal, applied.static["kernel"]) + seasonal
    weight = Value.outside(np.swapaxes(effective, -1, -2))
    batch, _, channels = x.shape
    horizon = effective.shape[-2]
    if seasonal.ndim == _SHARED:
        series = graph.transpose(x, (0, 2, 1))
        mapped = graph.add("MatMul", series, weight, shape=(batch, channels, horizon))
        mapped = graph.elementwise("Add", mapped, Value.outside(bias))
        return (graph.transpose(mapped, (0, 2, 1)),)
    series = graph.transpose(x, (2, 0, 1))
    mapped = graph.add("MatMul", series, weight, shape=(channels, batch, horizon))
    mapped = graph.elementwise("Add", mapped, Value.outside(bias[:, None, :]))
    return (graph.transpose(mapped, (1, 2, 0)),)
