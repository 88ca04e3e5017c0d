"""Raw values in, raw values out: scaling and its inverse, and what becomes of missing numbers.

Float32 throughout, in the order in which training scaled its windows, so that the model sees the
very same numbers.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from azuraforge_core.export.onnx.graph import Graph, Value
from azuraforge_core.store.model_manifest import ColumnScale

__all__ = ["all_finite", "restore", "scale", "where_finite"]

_FLOAT: Final = 1
"""ONNX's number of float32."""
_BOOL: Final = 9
"""ONNX's number of truth values."""


def scale(graph: Graph, raw: Value, columns: Sequence[ColumnScale]) -> Value:
    """Scale ``(batch, row, column)`` from the columns' units."""
    mean = np.array([column.mean for column in columns]).astype(np.float32)
    inverse_std = (1.0 / np.array([column.std for column in columns])).astype(np.float32)
    centered = graph.elementwise("Sub", raw, Value.outside(mean))
    return graph.elementwise("Mul", centered, Value.outside(inverse_std))


def restore(graph: Graph, scaled: Value, columns: Sequence[ColumnScale]) -> Value:
    """Return ``(batch, horizon, target[, level])`` in the targets' units."""
    extra = (1,) * (len(scaled.shape) - 3)
    mean = np.array([column.mean for column in columns], dtype=np.float32).reshape(-1, *extra)
    std = np.array([column.std for column in columns], dtype=np.float32).reshape(-1, *extra)
    return graph.elementwise(
        "Add", graph.elementwise("Mul", scaled, Value.outside(std)), Value.outside(mean)
    )


def all_finite(graph: Graph, inputs: Sequence[Value]) -> Value:
    """Return 1 for every window whose numbers all are numbers, else 0: ``(batch, 1, 1)``.

    Comparing finds NaN and infinity alike; arithmetic with them would not survive every runtime's
    optimizer, and recurrent kernels clip them away.
    """
    largest = graph.scalar(float(np.finfo(np.float32).max))
    verdicts = []
    for value in inputs:
        size = graph.add("Abs", value, shape=value.shape)
        finite = graph.elementwise("LessOrEqual", size, largest)
        number = graph.add("Cast", finite, shape=value.shape, to=_FLOAT)
        shape = (value.shape[0], 1, 1)
        axes = graph.integers([1, 2])
        verdicts.append(graph.add("ReduceMin", number, axes, shape=shape, keepdims=1))
    together = verdicts[0]
    for verdict in verdicts[1:]:
        together = graph.elementwise("Mul", together, verdict)
    return together


def where_finite(graph: Graph, verdict: Value, forecast: Value) -> Value:
    """Return forecasts of whole windows, NaN for the others."""
    shape = (verdict.shape[0], *(1,) * (len(forecast.shape) - 1))
    fitting = verdict if shape == verdict.shape else graph.reshape(verdict, shape)
    is_whole = graph.add("Cast", fitting, shape=shape, to=_BOOL)
    missing = graph.scalar(float("nan"))
    return graph.add("Where", is_whole, forecast, missing, shape=forecast.shape)
