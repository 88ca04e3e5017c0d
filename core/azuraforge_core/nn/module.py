"""The module: a tree of layers whose attributes are parameters, buffers and further modules.

Models derive from it; training asks it for its state. Attributes are found by looking at the
instance, in the order in which the constructor set them, so nothing has to be registered.
"""

from collections.abc import Iterator, Mapping
from typing import Self, TypeVar

from azuraforge_core.autograd.array import Array
from azuraforge_core.nn.parameter import Buffer, Parameter
from azuraforge_core.nn.placement import Placement

__all__ = ["Module"]

_Owned = TypeVar("_Owned", Parameter, Buffer)


class Module:
    """A layer or model: described by its constructor, usable after `place`.

    Attributes:
        training: whether dropout and batch statistics behave as in training.
    """

    def __init__(self) -> None:
        self.training = True
        self.path = ""
        self._placement: Placement | None = None

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, "Module"]]:
        """Yield this module and all below it with dotted names; the root's name is ``prefix``."""
        yield prefix, self
        for name, child in self._children():
            yield from child.named_modules(f"{prefix}.{name}" if prefix else name)

    def named_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """Yield every parameter with its dotted name, in a fixed order."""
        return self._named(Parameter)

    def named_buffers(self) -> Iterator[tuple[str, Buffer]]:
        """Yield every buffer with its dotted name, in a fixed order."""
        return self._named(Buffer)

    def parameter_count(self) -> int:
        """Return the number of trainable numbers; known before the module is placed."""
        total = 0
        for _, parameter in self.named_parameters():
            size = 1
            for length in parameter.planned_shape:
                size *= length
            total += size
        return total

    def train(self) -> Self:
        """Switch dropout and batch statistics on, here and below."""
        return self._set_training(training=True)

    def eval(self) -> Self:
        """Switch dropout and batch statistics off, here and below."""
        return self._set_training(training=False)

    @property
    def placement(self) -> Placement:
        """The arenas this module was placed into.

        Raises:
            RuntimeError: the module was never placed.
        """
        if self._placement is None:
            raise RuntimeError(
                f"{type(self).__name__} has no arrays yet: call place() on it first."
            )
        return self._placement

    def adopt(self, placement: Placement) -> None:
        """Remember the arenas; called by `place`."""
        self._placement = placement

    def state_dict(self) -> dict[str, Array]:
        """Copy parameters and buffers to host arrays by name. Waits for the device."""
        return {**self.placement.values.export(), **self.placement.buffers.export()}

    def load_state_dict(self, arrays: Mapping[str, Array]) -> None:
        """Set parameters and buffers from `state_dict`.

        Raises:
            StateMismatchError: a name is missing or unknown, or a shape differs.
        """
        self.placement.load(arrays)

    def _children(self) -> Iterator[tuple[str, "Module"]]:
        for name, value in vars(self).items():
            if isinstance(value, Module):
                yield name, value
            elif isinstance(value, tuple | list):
                for index, element in enumerate(value):
                    if isinstance(element, Module):
                        yield f"{name}.{index}", element

    def _named(self, kind: type[_Owned]) -> Iterator[tuple[str, _Owned]]:
        for path, module in self.named_modules():
            for name, value in vars(module).items():
                if isinstance(value, kind):
                    yield (f"{path}.{name}" if path else name), value

    def _set_training(self, *, training: bool) -> Self:
        for _, module in self.named_modules():
            module.training = training
        return self
