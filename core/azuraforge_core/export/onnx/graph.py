"""A graph that grows: nodes, constants, and values with the shapes that translation needs.

Filled by the translations of the operations and by whatever lies around them; `document` turns it
into an ONNX model. Everything is float32 unless it says otherwise.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from azuraforge_contract.errors import InternalError

__all__ = ["BATCH", "Attribute", "Graph", "Node", "Value"]

BATCH: Final = -1
"""A dimension whose length is known only when the model runs; ``Reshape`` reads it the same way."""

Attribute: TypeAlias = int | float | str | list[int]


@dataclass(frozen=True)
class Value:
    """A value of the graph.

    Attributes:
        name: what the graph calls it; empty for numbers that have not entered it.
        shape: its sizes; `BATCH` where a size follows from the batch.
        array: the numbers, where they are the same for every input.
    """

    name: str
    shape: tuple[int, ...]
    array: npt.NDArray[Any] | None = None

    @classmethod
    def outside(cls, array: npt.NDArray[Any]) -> "Value":
        """Return numbers that enter the graph when a node reads them."""
        return cls("", array.shape, array)

    @property
    def constant(self) -> npt.NDArray[Any]:
        """The numbers of a value that must be the same for every input, such as a weight.

        Raises:
            InternalError: they depend on the input.
        """
        if self.array is None:
            raise InternalError(f"The export needs constant weights, but {self.name} is computed.")
        return self.array


@dataclass(frozen=True)
class Node:
    """One ONNX operator at work.

    Attributes:
        operator: such as ``MatMul``.
        inputs: names of values.
        outputs: names of values; empty for an optional output that nobody wants.
        attributes: by name.
    """

    operator: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Attribute]


class Graph:
    """Nodes in the order in which they can run, and the constants that they read."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.constants: dict[str, npt.NDArray[Any]] = {}
        self._names: dict[str, int] = {}
        self._known: dict[tuple[str, tuple[int, ...], bytes], str] = {}

    def constant(self, array: npt.NDArray[Any], hint: str = "constant") -> Value:
        """Return numbers as a value; equal numbers become one constant.

        Args:
            array: the numbers, of any shape and type.
            hint: what the constant's name shall start with.
        """
        kept = np.ascontiguousarray(array).reshape(array.shape)
        key = (kept.dtype.str, kept.shape, kept.tobytes())
        name = self._known.get(key)
        if name is None:
            name = self._known[key] = self._fresh(hint)
            self.constants[name] = kept
        return Value(name, kept.shape, kept)

    def scalar(self, number: float) -> Value:
        """Return one float32 number, which broadcasts to any shape."""
        return self.constant(np.array(number, dtype=np.float32))

    def integers(self, numbers: Sequence[int]) -> Value:
        """Return int64 numbers ``(number,)``, as shapes, axes and positions want them."""
        return self.constant(np.array(numbers, dtype=np.int64), "sizes")

    def add(
        self, operator: str, *inputs: Value, shape: tuple[int, ...], **attributes: Attribute
    ) -> Value:
        """Put in a node with one output.

        Args:
            operator: such as ``MatMul``.
            inputs: what it reads.
            shape: of its output.
            attributes: by name.
        """
        name = self._fresh(operator.lower())
        self.nodes.append(Node(operator, self._named(inputs), (name,), attributes))
        return Value(name, shape)

    def add_with_outputs(
        self,
        operator: str,
        inputs: Sequence[Value],
        shapes: Sequence[tuple[int, ...] | None],
        **attributes: Attribute,
    ) -> tuple[Value, ...]:
        """Put in a node with several outputs; None for an output that nobody wants.

        Returns:
            The wanted outputs, in order.
        """
        values = [shape and Value(self._fresh(operator.lower()), shape) for shape in shapes]
        outputs = tuple(value.name if value else "" for value in values)
        self.nodes.append(Node(operator, self._named(inputs), outputs, attributes))
        return tuple(value for value in values if value)

    def name_output(self, value: Value, name: str) -> Value:
        """Give a value the name that the model's user asks for."""
        self.nodes.append(Node("Identity", self._named([value]), (name,), {}))
        return Value(name, value.shape)

    def reshape(self, value: Value, shape: tuple[int, ...]) -> Value:
        """Return the same numbers with other sizes, at most one of which follows from the batch."""
        if shape.count(BATCH) > 1:
            raise InternalError(f"The export cannot say a reshape to {shape}.")
        return self.add("Reshape", value, self.integers(shape), shape=shape)

    def transpose(self, value: Value, axes: Sequence[int]) -> Value:
        """Return a value with dimension ``axes[i]`` in place i."""
        shape = tuple(value.shape[axis] for axis in axes)
        return self.add("Transpose", value, shape=shape, perm=list(axes))

    def slice(self, value: Value, axis: int, start: int, stop: int) -> Value:
        """Return ``value[..., start:stop, ...]`` along an axis of known length."""
        if (start, stop) == (0, value.shape[axis]):
            return value
        shape = (*value.shape[:axis], stop - start, *value.shape[axis + 1 :])
        where = (self.integers([start]), self.integers([stop]), self.integers([axis]))
        return self.add("Slice", value, *where, shape=shape)

    def concatenate(self, values: Sequence[Value], axis: int) -> Value:
        """Join values of known lengths along an axis."""
        if len(values) == 1:
            return values[0]
        first = values[0].shape
        total = sum(value.shape[axis] for value in values)
        shape = (*first[:axis], total, *first[axis + 1 :])
        return self.add("Concat", *values, shape=shape, axis=axis)

    def mean(self, value: Value, axis: int) -> Value:
        """Return the mean along an axis, which is kept with length 1."""
        shape = (*value.shape[:axis], 1, *value.shape[axis + 1 :])
        return self.add("ReduceMean", value, self.integers([axis]), shape=shape, keepdims=1)

    def elementwise(self, operator: str, left: Value, right: Value) -> Value:
        """Return what an operator of two values gives, element by element; shapes broadcast."""
        return self.add(operator, left, right, shape=_broadcast(left.shape, right.shape))

    def _named(self, values: Sequence[Value]) -> tuple[str, ...]:
        return tuple(value.name or self.constant(value.constant).name for value in values)

    def _fresh(self, hint: str) -> str:
        count = self._names[hint] = self._names.get(hint, 0) + 1
        return f"{hint}_{count}"


def _broadcast(left: tuple[int, ...], right: tuple[int, ...]) -> tuple[int, ...]:
    rank = max(len(left), len(right))
    padded = ((1,) * (rank - len(shape)) + shape for shape in (left, right))
    return tuple(b if a == 1 else a for a, b in zip(*padded, strict=True))
