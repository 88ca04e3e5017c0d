"""Normalization by learned or by own statistics: ``batch_norm, layer_norm, rms_norm``."""

import numpy as np

from azuraforge_contract.errors import InternalError
from azuraforge_core.export.onnx.applied import Applied
from azuraforge_core.export.onnx.graph import Graph, Value

__all__ = ["translate_batch_norm", "translate_layer_norm", "translate_rms_norm"]


def translate_batch_norm(graph: Graph, applied: Applied) -> tuple[Value, ...]:
    """Say (x - mean)·gain/deviation + bias with what training remembered."""
    x, gain, bias = applied[0], applied[1].constant, applied[2]
    static = applied.static
    if static["training"]:
        raise InternalError("A model that is still in training cannot be exported.")
    running = static["running"]
    scale = gain / np.sqrt(running.variance + np.float32(static["epsilon"]))
    centered = graph.elementwise("Sub", x, Value.outside(running.mean))
    scaled = graph.elementwise("Mul", centered, Value.outside(scale))
    return (graph.elementwise("Add", scaled, bias),)


def translate_layer_norm(graph: Graph, applied: Applied) -> tuple[Value, ...]:
    """Say layer normalization, which ONNX has."""
    x = applied[0]
    normal = graph.add(
        "LayerNormalization",
        x,
        applied[1],
        applied[2],
        shape=x.shape,
        axis=-1,
        epsilon=applied.static["epsilon"],
    )
    return (normal,)


def translate_rms_norm(graph: Graph, applied: Applied) -> tuple[Value, ...]:
    """Say x / √(mean x² + epsilon) · gain; ONNX has it whole only from opset 23 on."""
    x = applied[0]
    squares = graph.mean(graph.elementwise("Mul", x, x), len(x.shape) - 1)
    square = graph.elementwise("Add", squares, graph.scalar(applied.static["epsilon"]))
    size = graph.add("Sqrt", square, shape=square.shape)
    return (graph.elementwise("Mul", graph.elementwise("Div", x, size), applied[1]),)
