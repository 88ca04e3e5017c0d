"""Placing a described module on a device: arenas, initial values, names for random streams."""

from collections.abc import Iterable

from azuraforge_core.autograd.arena import Arena, ArenaLayout
from azuraforge_core.device import Device
from azuraforge_core.nn.module import Module
from azuraforge_core.nn.parameter import Buffer, Parameter
from azuraforge_core.nn.placement import Placement

__all__ = ["place"]


def place(module: Module, *, seed: int, device: Device, dtype: str = "float32") -> None:
    """Give a module and all below it their arrays.

    Args:
        module: a described module; placing it again starts it anew.
        seed: initial values are a function of (seed, parameter name) alone.
        device: where the arrays live.
        dtype: ``"float32"`` for training; ``"float64"`` where the engine is checked.
    """
    parameters = list(module.named_parameters())
    buffers = list(module.named_buffers())
    placement = Placement(
        device=device,
        values=Arena(_layout(parameters), device, dtype),
        gradients=Arena(_layout(parameters), device, dtype),
        buffers=Arena(_layout(buffers), device, dtype),
    )
    for name, parameter in parameters:
        placement.values.set(name, parameter.initializer.draw(seed, name, parameter.planned_shape))
        parameter.array = placement.values[name]
        parameter.grad = placement.gradients[name]
    for name, buffer in buffers:
        placement.buffers.set(name, buffer.initializer.draw(seed, name, buffer.planned_shape))
        buffer.array = placement.buffers[name]
    for path, part in module.named_modules():
        part.path = path
        part.adopt(placement)


def _layout(entries: Iterable[tuple[str, Parameter | Buffer]]) -> ArenaLayout:
    return ArenaLayout.of({name: entry.planned_shape for name, entry in entries})
