"""What a model computes: one forward pass, recorded on the tape with two batches of two sizes.

Called by `translate`. A size that differs between the two passes follows from the batch; a tensor
that comes from no operation and is the same in both is a constant, and one that is not the same was
computed where no tape could see it, which is a bug that this module refuses to export.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from azuraforge_contract.errors import InternalError
from azuraforge_core.autograd.tape import OperationRecord, Tape
from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.export.onnx.graph import BATCH

__all__ = ["RecordedOperation", "RecordedTensor", "Recording", "record"]

_BATCHES: Final = (2, 3)

Model: TypeAlias = Callable[..., Tensor]


@dataclass(frozen=True)
class RecordedTensor:
    """A tensor of the recorded pass.

    Attributes:
        key: tells tensors apart within one recording.
        shape: its sizes, `BATCH` where a size follows from the batch.
        array: its numbers where they do not depend on the input, else None.
    """

    key: int
    shape: tuple[int, ...]
    array: npt.NDArray[Any] | None = None


@dataclass(frozen=True)
class RecordedOperation:
    """One operation that was carried out.

    Attributes:
        name: the operation's name.
        inputs: what it took; None for an optional input that was absent.
        outputs: what it gave.
        static: everything that is no tensor; sizes that follow from the batch are `BATCH`.
    """

    name: str
    inputs: tuple[RecordedTensor | None, ...]
    outputs: tuple[RecordedTensor, ...]
    static: Mapping[str, Any]


@dataclass(frozen=True)
class Recording:
    """A whole forward pass.

    Attributes:
        inputs: the model's inputs, in order.
        operations: in the order in which they ran.
        output: the forecast.
    """

    inputs: tuple[RecordedTensor, ...]
    operations: tuple[RecordedOperation, ...]
    output: RecordedTensor


@dataclass(frozen=True)
class _Pass:
    inputs: tuple[Tensor, ...]
    records: tuple[OperationRecord, ...]
    output: Tensor


def record(model: Model, shapes: tuple[tuple[int, ...], ...]) -> Recording:
    """Run a model and return what it computed.

    Args:
        model: called with tensors; in evaluation, so that nothing is random.
        shapes: of its inputs, without the batch, which comes first.

    Raises:
        InternalError: the model computes something outside of operations.
    """
    return _Matching(*(_run(model, shapes, batch) for batch in _BATCHES)).recording()


def _run(model: Model, shapes: tuple[tuple[int, ...], ...], batch: int) -> _Pass:
    # the input's numbers differ between the passes, and it asks for a gradient: so everything that
    # depends on it is recorded
    inputs = tuple(
        Tensor(np.full((batch, *shape), 0.1 * batch, dtype=np.float32), requires_grad=True)
        for shape in shapes
    )
    with Tape() as tape:
        output = model(*inputs)
        return _Pass(inputs, tuple(tape.records), output)


class _Matching:
    """Two passes side by side."""

    def __init__(self, first: _Pass, second: _Pass) -> None:
        self._first, self._second = first, second
        self._seen: dict[int, RecordedTensor] = {}

    def recording(self) -> Recording:
        names = [[r.operation.name for r in p.records] for p in (self._first, self._second)]
        if names[0] != names[1]:
            raise InternalError("The model computes in another order for another batch size.")
        inputs = self._outputs(self._first.inputs, self._second.inputs)
        operations = tuple(
            self._operation(*pair)
            for pair in zip(self._first.records, self._second.records, strict=True)
        )
        output = self._input(self._first.output, self._second.output)
        return Recording(inputs, operations, output)

    def _operation(self, first: OperationRecord, second: OperationRecord) -> RecordedOperation:
        inputs = tuple(
            None if one is None or other is None else self._input(one, other)
            for one, other in zip(first.inputs, second.inputs, strict=True)
        )
        computed = any(tensor is not None and tensor.array is None for tensor in inputs)
        static = {
            name: _static(value, second.static[name], first.operation.name)
            for name, value in first.static.items()
        }
        outputs = self._outputs(first.outputs, second.outputs, constant=not computed)
        return RecordedOperation(first.operation.name, inputs, outputs, static)

    def _input(self, first: Tensor, second: Tensor) -> RecordedTensor:
        known = self._seen.get(id(first))
        if known is not None:
            return known
        if not _equal(first.array, second.array):
            raise InternalError("The model computes something that no operation records.")
        return self._remember(first, first.shape, first.array)

    def _outputs(
        self, first: tuple[Tensor, ...], second: tuple[Tensor, ...], *, constant: bool = False
    ) -> tuple[RecordedTensor, ...]:
        return tuple(
            self._remember(
                one, _sizes(one.shape, other.shape), np.asarray(one.array) if constant else None
            )
            for one, other in zip(first, second, strict=True)
        )

    def _remember(
        self, tensor: Tensor, shape: tuple[int, ...], array: npt.NDArray[Any] | None
    ) -> RecordedTensor:
        # the passes hold every tensor, so no id is given away twice
        recorded = RecordedTensor(id(tensor), tuple(shape), array)
        self._seen[id(tensor)] = recorded
        return recorded


def _sizes(first: tuple[int, ...], second: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(one if one == other else BATCH for one, other in zip(first, second, strict=True))


def _static(first: Any, second: Any, operation: str) -> Any:
    if _equal(first, second):
        return first
    if _is_shape(first) and _is_shape(second) and len(first) == len(second):
        return _sizes(first, second)
    raise InternalError(f"The operation {operation} has a setting that depends on the input.")


def _is_shape(value: Any) -> bool:
    return isinstance(value, tuple) and all(isinstance(length, int) for length in value)


def _equal(first: Any, second: Any) -> bool:
    if isinstance(first, np.ndarray):
        return first is second or np.array_equal(first, second, equal_nan=True)
    if is_dataclass(first) and not isinstance(first, type):
        return all(_equal(getattr(first, f.name), getattr(second, f.name)) for f in fields(first))
    return bool(first == second)
