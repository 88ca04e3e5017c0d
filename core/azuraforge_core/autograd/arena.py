"""Flat arenas: many named arrays in one contiguous block of memory.

Parameters, their gradients, optimizer state and buffers each live in one arena of the same layout.
So an optimizer updates all parameters in a few passes, a norm is one dot product, and addresses
never change, which a recorded step relies on.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod

from azuraforge_contract.errors import JobFileError
from azuraforge_core.autograd.array import Array
from azuraforge_core.device import Device, to_host

__all__ = ["Arena", "ArenaLayout", "StateMismatchError", "check_names"]

_ALIGNMENT = 32
"""Elements between starts of entries: 128 bytes of float32, one GPU cache line."""


class StateMismatchError(JobFileError):
    """Saved arrays do not belong to this model or optimizer."""


@dataclass(frozen=True)
class ArenaLayout:
    """Where each named array lies in an arena.

    Attributes:
        shapes: name → shape, in the order of the arena.
        offsets: name → first element.
        size: elements in the arena, padding included.
    """

    shapes: Mapping[str, tuple[int, ...]]
    offsets: Mapping[str, int]
    size: int

    @classmethod
    def of(cls, shapes: Mapping[str, tuple[int, ...]]) -> "ArenaLayout":
        """Lay arrays out one behind the other, each start aligned."""
        offsets: dict[str, int] = {}
        end = 0
        for name, shape in shapes.items():
            offsets[name] = end
            end += -(-prod(shape) // _ALIGNMENT) * _ALIGNMENT
        return cls(dict(shapes), offsets, end)


class Arena:
    """One contiguous array, zero where no entry lies, and a view of it per name."""

    def __init__(self, layout: ArenaLayout, device: Device, dtype: str) -> None:
        self.layout = layout
        self._xp = device.xp
        self.array: Array = device.xp.zeros(layout.size, dtype=dtype)
        self._views: dict[str, Array] = {
            name: self.array[offset : offset + prod(layout.shapes[name])].reshape(
                layout.shapes[name]
            )
            for name, offset in layout.offsets.items()
        }

    def __getitem__(self, name: str) -> Array:
        return self._views[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._views)

    def export(self, prefix: str = "") -> dict[str, Array]:
        """Copy every entry to the host, named ``prefix`` + its name. Waits for the device."""
        return {f"{prefix}{name}": to_host(view).copy() for name, view in self._views.items()}

    def load(self, arrays: Mapping[str, Array], prefix: str = "") -> None:
        """Fill every entry from ``arrays``; names not starting with ``prefix`` are left alone.

        Raises:
            StateMismatchError: an entry is missing, unknown or of another shape; the arena is then
                unchanged.
        """
        found = {
            name[len(prefix) :]: array for name, array in arrays.items() if name.startswith(prefix)
        }
        check_names(found, self.layout.shapes, what=f"state {prefix!r}" if prefix else "state")
        for name, array in found.items():
            self.set(name, array)

    def set(self, name: str, values: Array) -> None:
        """Write one entry from a host array of its shape."""
        self._views[name][...] = self._xp.asarray(values, dtype=self.array.dtype)


def check_names(
    found: Mapping[str, Array], expected: Mapping[str, tuple[int, ...]], *, what: str
) -> None:
    """Raise `StateMismatchError` unless names and shapes agree exactly."""
    remedy = "Use the same model settings and columns as when it was saved."
    if missing := sorted(set(expected) - set(found)):
        raise StateMismatchError(f"The saved {what} lacks {', '.join(missing)}.", remedy=remedy)
    if unknown := sorted(set(found) - set(expected)):
        raise StateMismatchError(
            f"The saved {what} holds {', '.join(unknown)}, which this model does not have.",
            remedy=remedy,
        )
    for name, shape in expected.items():
        if tuple(found[name].shape) != tuple(shape):
            raise StateMismatchError(
                f"The saved {name} has shape {tuple(found[name].shape)}, expected {tuple(shape)}.",
                remedy=remedy,
            )
