"""The operations that ONNX has itself, element by element."""

from azuraforge_core.export.onnx.applied import Applied, Translation
from azuraforge_core.export.onnx.graph import Attribute, Graph, Value

__all__ = ["of_one", "of_two"]


def of_one(operator: str, **attributes: Attribute) -> Translation:
    """Return the translation of an operation of one tensor that ONNX calls ``operator``."""

    def translate(graph: Graph, applied: Applied) -> tuple[Value, ...]:
        x = applied[0]
        return (graph.add(operator, x, shape=x.shape, **attributes),)

    return translate


def of_two(operator: str) -> Translation:
    """Return the translation of an operation of two tensors whose shapes broadcast."""

    def translate(graph: Graph, applied: Applied) -> tuple[Value, ...]:
        return (graph.elementwise(operator, applied[0], applied[1]),)

    return translate
