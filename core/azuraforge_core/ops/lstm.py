"""Long short-term memory over a whole sequence, one operation.

Hochreiter and Schmidhuber, 1997, with the forget gate of Gers et al., 2000. Gate order: output,
input, forget, candidate. One matrix product per time step over the stacked column [h; x; 1]; with
sigmoid(z) = ½tanh(½z) + ½ and the ½ folded into the weights, one tanh serves all four gates. Arrays
are laid out ``(time, feature, batch)``, so that every gate is one contiguous block.
"""

from typing import NamedTuple

from azuraforge_core.autograd.array import Array
from azuraforge_core.autograd.tape import Operation, apply
from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.device import array_module

__all__ = ["lstm"]

_GATES = 4
_LOGISTIC = 3
"""The first three gates are logistic; the fourth, the candidate, is a plain tanh."""


class _Saved(NamedTuple):
    weight: Array  # (4·hidden, hidden + feature + 1)
    columns: Array  # (time + 1, hidden + feature + 1, batch): [h; x; 1] before each step
    gates: Array  # (time, 4, hidden, batch), activated
    cells: Array  # (time + 1, hidden, batch)
    cell_tanh: Array  # (time, hidden, batch)
    last_only: bool


def lstm(x: Tensor, weight: Tensor, *, last_only: bool = False) -> Tensor:
    """Run the recurrence from a zero state.

    Args:
        x: input ``(batch, time, feature)``.
        weight: ``(4·hidden, hidden + feature + 1)``; columns multiply [h, x, 1].
        last_only: return the last hidden state alone.

    Returns:
        Hidden states ``(batch, time, hidden)``, or the last one ``(batch, hidden)``.
    """
    return apply(_LSTM, x, weight, last_only=last_only)


def _forward(x: Array, weight: Array, *, last_only: bool) -> tuple[Array, _Saved]:
    xp = array_module(x)
    batch, time, features = x.shape
    hidden = weight.shape[0] // _GATES
    columns = xp.empty((time + 1, hidden + features + 1, batch), dtype=x.dtype)
    columns[0, :hidden] = 0.0
    columns[:time, hidden:-1] = x.transpose(1, 2, 0)
    columns[:time, -1] = 1.0
    gates = xp.empty((time, _GATES, hidden, batch), dtype=x.dtype)
    cells = xp.zeros((time + 1, hidden, batch), dtype=x.dtype)
    cell_tanh = xp.empty((time, hidden, batch), dtype=x.dtype)
    halved = weight.copy()
    halved[: _LOGISTIC * hidden] *= 0.5
    for step in range(time):
        stacked = gates[step].reshape(_GATES * hidden, batch)
        xp.matmul(halved, columns[step], out=stacked)
        xp.tanh(stacked, out=stacked)
        logistic = stacked[: _LOGISTIC * hidden]
        logistic *= 0.5
        logistic += 0.5
        output, enter, forget, candidate = gates[step]
        xp.multiply(forget, cells[step], out=cells[step + 1])
        cells[step + 1] += enter * candidate
        xp.tanh(cells[step + 1], out=cell_tanh[step])
        xp.multiply(output, cell_tanh[step], out=columns[step + 1, :hidden])
    states = columns[1:, :hidden]
    y = states[-1].T.copy() if last_only else states.transpose(2, 0, 1).copy()
    return y, _Saved(weight, columns, gates, cells, cell_tanh, last_only)


def _backward(saved: _Saved, needs: tuple[bool, ...], dy: Array) -> tuple[Array | None, ...]:
    weight, columns, gates = saved.weight, saved.columns, saved.gates
    xp = array_module(dy)
    time, _, hidden, batch = gates.shape
    dgates, through = _slopes(saved)
    recurrent = xp.ascontiguousarray(weight[:, :hidden].T)
    dh = xp.zeros((hidden, batch), dtype=dy.dtype)
    dcell = xp.zeros_like(dh)
    dy_steps = None if saved.last_only else xp.ascontiguousarray(dy.transpose(1, 2, 0))
    if dy_steps is None:
        dh += dy.T
    for step in range(time - 1, -1, -1):
        if dy_steps is not None:
            dh += dy_steps[step]
        through[step] *= dh
        dcell += through[step]
        dgates[step, 0] *= dh
        dgates[step, 1:] *= dcell
        dcell *= gates[step, 2]
        xp.matmul(recurrent, dgates[step].reshape(_GATES * hidden, batch), out=dh)
    stacked = dgates.reshape(time, _GATES * hidden, batch)
    dx = xp.matmul(weight[:, hidden:-1].T, stacked).transpose(2, 0, 1).copy() if needs[0] else None
    return dx, _weight_gradient(stacked, columns) if needs[1] else None


def _slopes(saved: _Saved) -> tuple[Array, Array]:
    """Return all that does not depend on later steps.

    Returns:
        d(cell or hidden state)/d(gate before activation) ``(time, 4, hidden, batch)`` and
        d(hidden state)/d(cell) ``(time, hidden, batch)``.
    """
    xp = array_module(saved.gates)
    gates, cell_tanh = saved.gates, saved.cell_tanh
    output, enter, candidate = gates[:, 0], gates[:, 1], gates[:, 3]
    slopes = xp.empty_like(gates)
    logistic = gates[:, :_LOGISTIC]
    xp.subtract(1.0, logistic, out=slopes[:, :_LOGISTIC])
    slopes[:, :_LOGISTIC] *= logistic
    slopes[:, 0] *= cell_tanh
    slopes[:, 1] *= candidate
    slopes[:, 2] *= saved.cells[:-1]
    xp.multiply(candidate, candidate, out=slopes[:, 3])
    xp.subtract(1.0, slopes[:, 3], out=slopes[:, 3])
    slopes[:, 3] *= enter
    through = cell_tanh * cell_tanh
    xp.subtract(1.0, through, out=through)
    through *= output
    return slopes, through


def _weight_gradient(dgates: Array, columns: Array) -> Array:
    """Sum outer products over time and batch in one matrix product."""
    xp = array_module(dgates)
    time, rows, batch = dgates.shape
    left = xp.ascontiguousarray(dgates.transpose(1, 0, 2)).reshape(rows, time * batch)
    right = xp.ascontiguousarray(columns[:-1].transpose(1, 0, 2)).reshape(-1, time * batch)
    gradient: Array = xp.matmul(left, right.T)
    return gradient


_LSTM = Operation("lstm", _forward, _backward)
