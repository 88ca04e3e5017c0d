"""``convolution``, which ONNX has with channels before time."""

import numpy as np

from azuraforge_core.export.onnx.applied import Applied
from azuraforge_core.export.onnx.graph import Graph, Value
from azuraforge_core.ops.convolution import output_length

__all__ = ["translate_convolution"]


def translate_convolution(graph: Graph, applied: Applied) -> tuple[Value, ...]:
    """Say the correlation of every window with the kernels ``(out, kernel, channel)``."""
    x, weight, bias = applied[0], applied[1].constant, applied.inputs[2]
    lie = applied.static["strides"]
    batch, time, _ = x.shape
    out, kernel, _ = weight.shape
    inputs = [graph.transpose(x, (0, 2, 1)), Value.outside(np.swapaxes(weight, 1, 2))]
    y = graph.add(
        "Conv",
        *inputs,
        *([] if bias is None else [bias]),
        shape=(batch, out, output_length(time, kernel, lie)),
        kernel_shape=[kernel],
        strides=[lie.stride],
        dilations=[lie.dilation],
        pads=[lie.pad_start, lie.pad_end],
    )
    return (graph.transpose(y, (0, 2, 1)),)
