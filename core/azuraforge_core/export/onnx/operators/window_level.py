"""Each window's own level and scale: measured, taken off, given back."""

import numpy as np

from azuraforge_core.export.onnx.applied import Applied
from azuraforge_core.export.onnx.graph import Graph, Value

__all__ = [
    "translate_last_value_level",
    "translate_normalize",
    "translate_restore",
    "translate_window_level",
]

_TIME = 1


def translate_window_level(graph: Graph, applied: Applied) -> tuple[Value, ...]:
    """Say mean and standard deviation over time, the variance in a second pass."""
    x = applied[0]
    level = graph.mean(x, _TIME)
    centered = graph.elementwise("Sub", x, level)
    variance = graph.mean(graph.elementwise("Mul", centered, centered), _TIME)
    lifted = graph.elementwise("Add", variance, graph.scalar(applied.static["epsilon"]))
    return level, graph.add("Sqrt", lifted, shape=level.shape)


def translate_last_value_level(graph: Graph, applied: Applied) -> tuple[Value, ...]:
    """Say the last value and a scale of 1."""
    x = applied[0]
    level = graph.slice(x, _TIME, x.shape[_TIME] - 1, x.shape[_TIME])
    return level, Value.outside(np.ones((1, 1, x.shape[2]), dtype=np.float32))


def translate_normalize(graph: Graph, applied: Applied) -> tuple[Value, ...]:
    """Say (x - level)/scale · gain + bias."""
    gain, bias = applied.inputs[1], applied.inputs[2]
    normal = graph.elementwise("Sub", applied[0], applied[3])
    if not _is_one(applied[4]):
        normal = graph.elementwise("Div", normal, applied[4])
    if gain is not None and bias is not None:
        normal = graph.elementwise("Add", graph.elementwise("Mul", normal, gain), bias)
    return (normal,)


def translate_restore(graph: Graph, applied: Applied) -> tuple[Value, ...]:
    """Say (y - bias)/gain · scale + level."""
    y, gain, bias = applied[0], applied.inputs[1], applied.inputs[2]
    if gain is not None and bias is not None:
        y = graph.elementwise("Div", graph.elementwise("Sub", y, bias), gain)
    if not _is_one(applied[4]):
        y = graph.elementwise("Mul", y, applied[4])
    return (graph.elementwise("Add", y, applied[3]),)


def _is_one(scale: Value) -> bool:
    return scale.array is not None and bool(np.all(scale.array == 1.0))
