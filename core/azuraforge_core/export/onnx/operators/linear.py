"""``linear``, and the affine map that other operations contain."""

from azuraforge_core.export.onnx.applied import Applied
from azuraforge_core.export.onnx.graph import Graph, Value

__all__ = ["affine", "translate_linear"]


def translate_linear(graph: Graph, applied: Applied) -> tuple[Value, ...]:
    """Say y = x wᵀ + b."""
    return (affine(graph, applied[0], applied[1], applied.inputs[2]),)


def affine(graph: Graph, x: Value, weight: Value, bias: Value | None) -> Value:
    """Map ``(..., in)`` to ``(..., out)``; weight ``(out, in)`` and bias ``(out,)``, if any."""
    turned = Value.outside(weight.constant.T)
    y = graph.add("MatMul", x, turned, shape=(*x.shape[:-1], weight.shape[0]))
    return y if bias is None else graph.elementwise("Add", y, bias)
