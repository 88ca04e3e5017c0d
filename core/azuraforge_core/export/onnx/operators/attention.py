"""``attention``: in parts, since ONNX has it whole only from opset 23 on."""

from math import sqrt

from azuraforge_core.export.onnx.applied import Applied
from azuraforge_core.export.onnx.graph import Graph, Value

__all__ = ["translate_attention"]

_SWAP_LAST = (0, 1, 3, 2)


def translate_attention(graph: Graph, applied: Applied) -> tuple[Value, ...]:
    """Say softmax(q kᵀ/√size + previous) v for all heads.

    Scores lie ``(batch, head, query, key)`` here and ``(batch, head, key, query)`` where layers
    hand them on, as the operation has it; a runtime drops two such transposes in a row.
    """
    qkv, previous = applied[0], applied.inputs[1]
    heads = applied.static["heads"]
    batch, tokens, width = qkv.shape
    size = width // 3 // heads
    thirds = graph.add_with_outputs(
        "Split", [qkv], [(batch, tokens, heads * size)] * 3, axis=2, num_outputs=3
    )
    split = [graph.reshape(part, (batch, tokens, heads, size)) for part in thirds]
    queries, values = (graph.transpose(split[index], (0, 2, 1, 3)) for index in (0, 2))
    keys = graph.transpose(split[1], (0, 2, 3, 1))
    queries = graph.elementwise("Mul", queries, graph.scalar(1.0 / sqrt(size)))
    square = (batch, heads, tokens, tokens)
    scores = graph.add("MatMul", queries, keys, shape=square)
    if previous is not None:
        scores = graph.elementwise("Add", scores, graph.transpose(previous, _SWAP_LAST))
    weights = graph.add("Softmax", scores, shape=square, axis=3)
    attended = graph.add("MatMul", weights, values, shape=queries.shape)
    together = graph.transpose(attended, (0, 2, 1, 3))
    y = graph.reshape(together, (batch, tokens, heads * size))
    if applied.static["return_scores"]:
        return y, graph.transpose(scores, _SWAP_LAST)
    return (y,)
