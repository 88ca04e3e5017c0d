"""The tape: records coarse operations while a model runs, then differentiates them in reverse.

Operations reach it through `apply`. Without an active tape nothing is recorded, which is what
evaluation wants. A training step opens one tape per step::

    with Tape(randomness) as tape:
        loss = mse(model(x, future), y)
        tape.backward(loss)
"""

from collections.abc import Callable
from contextvars import ContextVar, Token
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from azuraforge_core.autograd.array import Array
from azuraforge_core.autograd.rng import Randomness
from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.device import array_module

__all__ = ["Operation", "OperationRecord", "Tape", "active_tape", "apply", "apply_to_many"]


@dataclass(frozen=True, slots=True)
class Operation:
    """One coarse operation as two pure functions on arrays.

    Attributes:
        name: the name that errors and records show.
        forward: ``(*arrays, **static) -> (output or tuple of outputs, saved)``; an absent optional
            input is None.
        backward: ``(saved, needs, *d_outputs) -> tuple of gradients``, one per input, in order.
            ``needs`` says which inputs want a gradient; None is returned for the others. A
            ``d_output`` is None when nothing used that output. It never writes to its arguments.
    """

    name: str
    forward: Callable[..., tuple[Any, Any]]
    backward: Callable[..., tuple[Array | None, ...]]


@dataclass(frozen=True, slots=True)
class OperationRecord:
    """One executed operation: all that a backward pass, or a recorder that replays, needs."""

    operation: Operation
    inputs: tuple[Tensor | None, ...]
    needs: tuple[bool, ...]
    static: dict[str, Any]
    outputs: tuple[Tensor, ...]
    saved: Any


class Tape:
    """The operations of one step, in the order in which they ran.

    Args:
        randomness: what dropout draws from; None where no operation is random.
    """

    def __init__(self, randomness: Randomness | None = None) -> None:
        self.randomness = randomness
        self.records: list[OperationRecord] = []
        self._token: Token[Tape | None] | None = None

    def __enter__(self) -> Self:
        self._token = _ACTIVE.set(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._token is not None:
            _ACTIVE.reset(self._token)
        self._token = None
        self.records.clear()

    def backward(self, loss: Tensor, gradient: Array | None = None) -> None:
        """Add the gradient of ``loss`` to every tensor of the tape that requires one.

        Args:
            loss: a tensor that this tape recorded.
            gradient: d(objective)/d(loss), of the loss's shape; ones by default.
        """
        if gradient is None:
            gradient = array_module(loss.array).ones_like(loss.array)
        loss.accumulate(gradient)
        for record in reversed(self.records):
            _run_backward(record)


def active_tape() -> Tape | None:
    """Return the innermost open tape of this thread of execution, or None."""
    return _ACTIVE.get()


def apply(operation: Operation, *inputs: Tensor | None, **static: Any) -> Tensor:
    """Run an operation with one output and record it when the active tape needs it."""
    return apply_to_many(operation, *inputs, **static)[0]


def apply_to_many(
    operation: Operation, *inputs: Tensor | None, **static: Any
) -> tuple[Tensor, ...]:
    """Run an operation with any number of outputs; see `apply`.

    Args:
        operation: the pair of functions.
        inputs: tensors, or None for an optional input that is absent.
        static: everything that is no tensor: sizes, flags, random streams.
    """
    arrays = [None if tensor is None else tensor.array for tensor in inputs]
    output, saved = operation.forward(*arrays, **static)
    arrays_out = output if isinstance(output, tuple) else (output,)
    tape = _ACTIVE.get()
    needs = tuple(tensor is not None and tensor.requires_grad for tensor in inputs)
    if tape is None or not any(needs):
        return tuple(Tensor(array) for array in arrays_out)
    outputs = tuple(Tensor(array, requires_grad=True) for array in arrays_out)
    tape.records.append(OperationRecord(operation, inputs, needs, static, outputs, saved))
    return outputs


def _run_backward(record: OperationRecord) -> None:
    d_outputs = [output.grad for output in record.outputs]
    if all(gradient is None for gradient in d_outputs):
        return
    gradients = record.operation.backward(record.saved, record.needs, *d_outputs)
    for output in record.outputs:
        output.grad = None
    for tensor, needed, gradient in zip(record.inputs, record.needs, gradients, strict=True):
        if needed and tensor is not None and gradient is not None:
            tensor.accumulate(gradient)


_ACTIVE: ContextVar[Tape | None] = ContextVar("active_tape", default=None)
