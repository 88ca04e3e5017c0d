"""An operation of the engine applied to values of a graph: what a translation is given."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from azuraforge_contract.errors import InternalError
from azuraforge_core.export.onnx.graph import Graph, Value

__all__ = ["Applied", "Translation"]


@dataclass(frozen=True)
class Applied:
    """One operation.

    Attributes:
        inputs: in the operation's order; None for an optional input that is absent.
        static: everything that is no tensor, by name.
    """

    inputs: tuple[Value | None, ...]
    static: Mapping[str, Any]

    def __getitem__(self, index: int) -> Value:
        """Return an input that must be there.

        Raises:
            InternalError: it is absent.
        """
        value = self.inputs[index]
        if value is None:
            raise InternalError(f"Input {index} of an operation to export is absent.")
        return value


Translation: TypeAlias = Callable[[Graph, Applied], tuple[Value, ...]]
"""Writes one operation into a graph and returns its outputs."""
