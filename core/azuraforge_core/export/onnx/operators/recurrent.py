"""``lstm`` and ``gru``, which ONNX has whole, with its own order of gates and layout."""

import numpy as np
import numpy.typing as npt

from azuraforge_core.export.onnx.applied import Applied
from azuraforge_core.export.onnx.graph import Attribute, Graph, Value

__all__ = ["translate_gru", "translate_lstm"]

Float32Array = npt.NDArray[np.float32]

_LSTM_ORDER = (1, 0, 2, 3)
"""ONNX: input, output, forget, cell; ours: output, input, forget, candidate."""
_GRU_ORDER = (1, 0, 2)
"""ONNX: update, reset, hidden; ours: reset, update, candidate."""


def translate_lstm(graph: Graph, applied: Applied) -> tuple[Value, ...]:
    """Say the recurrence; the weight's columns multiply [h, x, 1]."""
    weight = applied[1].constant
    hidden = len(weight) // 4
    gates = _in_order(weight, _LSTM_ORDER)
    bias = np.concatenate([gates[:, -1], np.zeros(4 * hidden, dtype=np.float32)])
    weights = (gates[:, hidden:-1], gates[:, :hidden], bias)
    return (_recur(graph, "LSTM", applied, weights),)


def translate_gru(graph: Graph, applied: Applied) -> tuple[Value, ...]:
    """Say the recurrence whose reset gate acts behind the recurrent product."""
    own, recurrent, candidate_bias = (applied[index].constant for index in (1, 2, 3))
    hidden = len(candidate_bias)
    inputs = _in_order(own, _GRU_ORDER)
    logistic = np.zeros(2 * hidden, dtype=np.float32)
    bias = np.concatenate([inputs[:, -1], logistic, candidate_bias])
    weights = (inputs[:, :-1], _in_order(recurrent, _GRU_ORDER), bias)
    return (_recur(graph, "GRU", applied, weights, linear_before_reset=1),)


def _recur(
    graph: Graph,
    operator: str,
    applied: Applied,
    weights: tuple[Float32Array, Float32Array, Float32Array],
    **attributes: Attribute,
) -> Value:
    """Return states ``(batch, time, hidden)``, or the last one ``(batch, hidden)``."""
    x = applied[0]
    batch, time, _ = x.shape
    hidden = weights[1].shape[1]
    inputs = [
        graph.transpose(x, (1, 0, 2)),
        *(Value.outside(array[None]) for array in weights),
    ]
    last_only = applied.static["last_only"]
    every, last = (time, 1, batch, hidden), (1, batch, hidden)
    (states,) = graph.add_with_outputs(
        operator,
        inputs,
        [None, last] if last_only else [every],
        hidden_size=hidden,
        **attributes,
    )
    if last_only:
        return graph.reshape(states, (batch, hidden))
    in_batches = graph.transpose(states, (2, 0, 1, 3))
    return graph.reshape(in_batches, (batch, time, hidden))


def _in_order(rows: Float32Array, order: tuple[int, ...]) -> Float32Array:
    """Return the gates' blocks of rows in another order."""
    blocks = np.split(rows, len(order))
    return np.concatenate([blocks[index] for index in order])
