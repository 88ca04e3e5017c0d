"""Gated recurrent unit over a whole sequence, one operation.

Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder", EMNLP 2014, in PyTorch's
form: the reset gate acts behind the recurrent product, so that one matrix product per time step
serves all gates. With [r; z] = logistic(W [x; 1] + U h) and n = tanh(Wₙ [x; 1] + r ∘ (Uₙ h + c)):
h' = (1 - z) ∘ n + z ∘ h. Rows of the weights are in PyTorch's order: reset, update, candidate. The
reset and update gates have one bias where PyTorch adds two.

As in `lstm`, arrays are laid out ``(time, feature, batch)``, and logistic(a) = ½tanh(½a) + ½ with
the ½ folded into the weights. All that a gate's gradient needs beside dh is computed for all time
steps at once, before the backward recurrence.
"""

from typing import NamedTuple

from azuraforge_core.autograd.array import Array
from azuraforge_core.autograd.tape import Operation, apply
from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.device import array_module

__all__ = ["gru"]

_GATES = 3
_RECURRENT, _RESET, _UPDATE, _CANDIDATE = range(4)
"""Order within: the candidate's recurrent part, two logistic gates, the candidate itself. So what
multiplies h comes first and what multiplies x comes last, each without a gap."""


class _Saved(NamedTuple):
    input_weight: Array  # (3·hidden, feature + 1)
    recurrent: Array  # (3·hidden, hidden + feature + 1), rows: recurrent part, reset, update
    columns: Array  # (time + 1, hidden + feature + 1, batch): [h; x; 1] before each step
    gates: Array  # (time, 4, hidden, batch), all but the recurrent part activated
    last_only: bool


def gru(
    x: Tensor,
    input_weight: Tensor,
    hidden_weight: Tensor,
    hidden_bias: Tensor,
    *,
    last_only: bool = False,
) -> Tensor:
    """Run the recurrence from a zero state.

    Args:
        x: input ``(batch, time, feature)``.
        input_weight: ``(3·hidden, feature + 1)``; columns multiply [x, 1].
        hidden_weight: ``(3·hidden, hidden)``; multiplies the state.
        hidden_bias: ``(hidden,)``; c above, the candidate's bias that the reset gate acts on.
        last_only: return the last hidden state alone.

    Returns:
        Hidden states ``(batch, time, hidden)``, or the last one ``(batch, hidden)``.
    """
    return apply(_GRU, x, input_weight, hidden_weight, hidden_bias, last_only=last_only)


def _forward(
    x: Array, input_weight: Array, hidden_weight: Array, hidden_bias: Array, *, last_only: bool
) -> tuple[Array, _Saved]:
    xp = array_module(x)
    batch, time, features = x.shape
    hidden = hidden_bias.shape[0]
    columns = xp.empty((time + 1, hidden + features + 1, batch), dtype=x.dtype)
    columns[0, :hidden] = 0.0
    columns[:time, hidden:-1] = x.transpose(1, 2, 0)
    columns[:time, -1] = 1.0
    recurrent = _recurrent_weight(input_weight, hidden_weight, hidden_bias)
    gates = xp.empty((time, 4, hidden, batch), dtype=x.dtype)
    xp.matmul(input_weight[2 * hidden :], columns[:time, hidden:], out=gates[:, _CANDIDATE])
    halved = recurrent.copy()
    halved[hidden:] *= 0.5
    passed = xp.empty((hidden, batch), dtype=x.dtype)
    for step in range(time):
        stacked = gates[step, :_CANDIDATE].reshape(_GATES * hidden, batch)
        xp.matmul(halved, columns[step], out=stacked)
        logistic = stacked[hidden:]
        xp.tanh(logistic, out=logistic)
        logistic *= 0.5
        logistic += 0.5
        from_state, reset, update, candidate = gates[step]
        xp.multiply(reset, from_state, out=passed)
        candidate += passed
        xp.tanh(candidate, out=candidate)
        after = columns[step + 1, :hidden]  # h' = n + z ∘ (h - n)
        xp.subtract(columns[step, :hidden], candidate, out=after)
        after *= update
        after += candidate
    states = columns[1:, :hidden]
    y = states[-1].T.copy() if last_only else states.transpose(2, 0, 1).copy()
    return y, _Saved(input_weight, recurrent, columns, gates, last_only)


def _backward(saved: _Saved, needs: tuple[bool, ...], dy: Array) -> tuple[Array | None, ...]:
    gates = saved.gates
    xp = array_module(dy)
    time, _, hidden, batch = gates.shape
    dgates = _slopes(saved)
    backward_weight = xp.ascontiguousarray(saved.recurrent[:, :hidden].T)
    dh = xp.zeros((hidden, batch), dtype=dy.dtype)
    through = xp.empty_like(dh)
    dy_steps = None if saved.last_only else xp.ascontiguousarray(dy.transpose(1, 2, 0))
    if dy_steps is None:
        dh += dy.T
    for step in range(time - 1, -1, -1):
        if dy_steps is not None:
            dh += dy_steps[step]
        dgates[step] *= dh
        xp.multiply(dh, gates[step, _UPDATE], out=through)
        stacked = dgates[step, :_CANDIDATE].reshape(_GATES * hidden, batch)
        xp.matmul(backward_weight, stacked, out=dh)
        dh += through
    dx = None
    if needs[0]:
        from_input = dgates[:, _RESET:].reshape(time, _GATES * hidden, batch)
        dx = xp.matmul(saved.input_weight[:, :-1].T, from_input).transpose(2, 0, 1).copy()
    if not any(needs[1:]):
        return dx, None, None, None
    return dx, *_weight_gradients(dgates, saved.columns)


def _recurrent_weight(input_weight: Array, hidden_weight: Array, hidden_bias: Array) -> Array:
    """Return what multiplies [h; x; 1] in one product: recurrent part, reset gate, update gate."""
    xp = array_module(input_weight)
    hidden = hidden_bias.shape[0]
    columns = hidden + input_weight.shape[1]
    weight: Array = xp.zeros((_GATES * hidden, columns), dtype=input_weight.dtype)
    weight[:hidden, :hidden] = hidden_weight[2 * hidden :]
    weight[:hidden, -1] = hidden_bias
    weight[hidden:, :hidden] = hidden_weight[: 2 * hidden]
    weight[hidden:, hidden:] = input_weight[: 2 * hidden]
    return weight


def _slopes(saved: _Saved) -> Array:
    """Return d(state after a step)/d(each gate before activation), ``(time, 4, hidden, batch)``."""
    xp = array_module(saved.gates)
    gates = saved.gates
    from_state, reset, update, candidate = (gates[:, index] for index in range(4))
    slopes: Array = xp.empty_like(gates)
    kept = 1.0 - update
    xp.multiply(candidate, candidate, out=slopes[:, _CANDIDATE])
    xp.subtract(1.0, slopes[:, _CANDIDATE], out=slopes[:, _CANDIDATE])
    slopes[:, _CANDIDATE] *= kept
    xp.subtract(saved.columns[:-1, : gates.shape[2]], candidate, out=slopes[:, _UPDATE])
    slopes[:, _UPDATE] *= update
    slopes[:, _UPDATE] *= kept
    xp.multiply(slopes[:, _CANDIDATE], reset, out=slopes[:, _RECURRENT])
    xp.subtract(1.0, reset, out=slopes[:, _RESET])
    slopes[:, _RESET] *= slopes[:, _RECURRENT]
    slopes[:, _RESET] *= from_state
    return slopes


def _weight_gradients(dgates: Array, columns: Array) -> tuple[Array, Array, Array]:
    """Sum outer products over time and batch: of input weight, hidden weight, hidden bias."""
    xp = array_module(dgates)
    time, _, hidden, batch = dgates.shape
    left = xp.ascontiguousarray(dgates.transpose(1, 2, 0, 3)).reshape(4 * hidden, time * batch)
    right = xp.ascontiguousarray(columns[:-1].transpose(1, 0, 2)).reshape(-1, time * batch)
    from_input = xp.matmul(left[hidden:], right[hidden:].T)
    from_state = xp.matmul(left[: _GATES * hidden], right[:hidden].T)
    # rows come as recurrent part, reset, update; the weight has the candidate last
    hidden_weight = xp.concatenate([from_state[hidden:], from_state[:hidden]])
    return from_input, hidden_weight, xp.matmul(left[:hidden], right[-1])


_GRU = Operation("gru", _forward, _backward)
