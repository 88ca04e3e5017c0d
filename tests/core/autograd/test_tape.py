"""Recording and differentiating."""

import numpy as np
import pytest

from azuraforge_core.autograd.gradient_check import compare_gradients
from azuraforge_core.autograd.tape import Operation, Tape, active_tape, apply
from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.ops.add import add
from azuraforge_core.ops.multiply import multiply
from azuraforge_core.ops.tanh import tanh


def _leaf(*values: float) -> Tensor:
    return Tensor(np.array(values), requires_grad=True)


def test_a_tensor_used_twice_gets_both_gradients() -> None:
    """Gradients of all paths to a tensor are summed."""
    x = _leaf(2.0, 3.0)
    with Tape() as tape:
        tape.backward(add(multiply(x, x), x))
    np.testing.assert_array_equal(x.grad, [5.0, 7.0])


def test_a_shared_gradient_is_never_written_to() -> None:
    """Two inputs may receive the same array; adding to one leaves the other alone."""
    x, z = _leaf(1.0), _leaf(1.0)
    with Tape() as tape:
        y = add(x, z)
        tape.backward(add(y, x))
    np.testing.assert_array_equal(x.grad, [2.0])
    np.testing.assert_array_equal(z.grad, [1.0])


def test_nothing_is_recorded_without_a_tape() -> None:
    """Evaluation keeps no arrays alive: without a tape no output requires a gradient."""
    assert active_tape() is None
    assert not tanh(_leaf(1.0)).requires_grad


def test_what_needs_no_gradient_is_not_recorded() -> None:
    """Operations on data alone are left off the tape."""
    with Tape() as tape:
        tanh(Tensor(np.ones(1)))
        assert tape.records == []
        tanh(_leaf(1.0))
        assert [record.operation.name for record in tape.records] == ["tanh"]


def test_tapes_nest() -> None:
    """An inner tape takes its own operations and gives way to the outer one when it closes."""
    with Tape() as outer:
        with Tape() as inner:
            tanh(_leaf(1.0))
            assert active_tape() is inner
        assert active_tape() is outer
        assert outer.records == []


def test_a_tape_is_empty_after_use() -> None:
    """The arrays saved for the backward pass are let go when the tape closes."""
    with Tape() as tape:
        tanh(_leaf(1.0))
    assert tape.records == []


def test_a_record_holds_what_a_replay_needs() -> None:
    """A record names the operation, its inputs, outputs and static arguments."""
    x = _leaf(1.0)
    with Tape() as tape:
        y = multiply(x, x)
        (record,) = tape.records
    assert record.inputs == (x, x)
    assert record.outputs == (y,)
    assert record.needs == (True, True)


def test_a_wrong_gradient_is_found() -> None:
    """The gradient check fails an operation whose backward is off by a factor."""
    wrong = Operation(
        "wrong", lambda x: (x * x, x), lambda saved, needs, dy: (saved * dy if needs[0] else None,)
    )
    (comparison,) = compare_gradients(lambda x: apply(wrong, x), [np.array([1.0, 2.0, 3.0])])
    assert comparison.relative_error == pytest.approx(0.5)
