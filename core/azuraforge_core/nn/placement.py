"""The arenas of one model on one device: values, gradients and buffers.

`place` makes them; the optimizer works on ``values`` and ``gradients`` as flat arrays.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from azuraforge_core.autograd.arena import Arena, check_names
from azuraforge_core.autograd.array import Array
from azuraforge_core.device import Device

__all__ = ["Placement"]


@dataclass(frozen=True)
class Placement:
    """Where a model's arrays live.

    Attributes:
        device: the device of all arenas.
        values: parameters.
        gradients: their gradients, same layout.
        buffers: running statistics and the like.
    """

    device: Device
    values: Arena
    gradients: Arena
    buffers: Arena

    def load(self, arrays: Mapping[str, Array]) -> None:
        """Set parameters and buffers by name.

        Raises:
            StateMismatchError: a name is missing or unknown, or a shape differs; nothing changed.
        """
        shapes = {**self.values.layout.shapes, **self.buffers.layout.shapes}
        check_names(arrays, shapes, what="model")
        for arena in (self.values, self.buffers):
            for name in arena:
                arena.set(name, arrays[name])
