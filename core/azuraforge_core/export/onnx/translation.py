"""A recorded model, written into a graph operation by operation.

Called by `forecaster`. An operation whose inputs are all constant needs no node: what it gave when
it was recorded is a constant too.
"""

from collections.abc import Mapping, Sequence

from azuraforge_contract.errors import InternalError
from azuraforge_core.export.onnx.applied import Applied
from azuraforge_core.export.onnx.graph import Graph, Value
from azuraforge_core.export.onnx.operators.registry import TRANSLATIONS
from azuraforge_core.export.onnx.recording import RecordedOperation, RecordedTensor, Recording

__all__ = ["translate"]


def translate(graph: Graph, recording: Recording, inputs: Sequence[Value]) -> Value:
    """Write a recorded model into a graph.

    Args:
        graph: what the nodes are put into.
        recording: the model.
        inputs: the graph's values that are the model's inputs, in order.

    Returns:
        The model's output.

    Raises:
        InternalError: an operation has no translation.
    """
    values = {recorded.key: value for recorded, value in zip(recording.inputs, inputs, strict=True)}
    for operation in recording.operations:
        if any(output.array is None for output in operation.outputs):
            outputs = _translate_one(graph, operation, values)
            keys = (output.key for output in operation.outputs)
            values.update(zip(keys, outputs, strict=True))
    return _value(recording.output, values)


def _translate_one(
    graph: Graph, operation: RecordedOperation, values: Mapping[int, Value]
) -> tuple[Value, ...]:
    translation = TRANSLATIONS.get(operation.name)
    if translation is None:
        raise InternalError(f"The operation {operation.name} cannot be said in ONNX yet.")
    inputs = tuple(
        None if recorded is None else _value(recorded, values) for recorded in operation.inputs
    )
    return translation(graph, Applied(inputs, operation.static))


def _value(recorded: RecordedTensor, values: Mapping[int, Value]) -> Value:
    """Return a tensor's value: computed before, or a constant, which enters where it is read."""
    return values[recorded.key] if recorded.array is None else Value.outside(recorded.array)
