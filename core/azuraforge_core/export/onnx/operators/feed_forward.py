"""``feed_forward``: two affine maps with the Gaussian error linear unit between them."""

from azuraforge_core.export.onnx.applied import Applied
from azuraforge_core.export.onnx.graph import Graph, Value
from azuraforge_core.export.onnx.operators.linear import affine

__all__ = ["translate_feed_forward"]


def translate_feed_forward(graph: Graph, applied: Applied) -> tuple[Value, ...]:
    """Say w₂ gelu(w₁ x + b₁) + b₂, the unit in its tanh form."""
    inner = affine(graph, applied[0], applied[1], applied[2])
    hidden = graph.add("Gelu", inner, shape=inner.shape, approximate="tanh")
    return (affine(graph, hidden, applied[3], applied[4]),)
