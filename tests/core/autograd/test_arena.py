"""Named views into one contiguous array."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuraforge_core.autograd.arena import Arena, ArenaLayout, StateMismatchError
from azuraforge_core.device import Device

CPU = Device("cpu", np)
SHAPES = {"weight": (3, 5), "bias": (5,), "scale": ()}


@given(st.lists(st.lists(st.integers(1, 7), max_size=3).map(tuple), max_size=6))
def test_entries_are_aligned_and_apart(shapes: list[tuple[int, ...]]) -> None:
    """Whatever the shapes, entries start on 128-byte lines and do not overlap."""
    layout = ArenaLayout.of({str(index): shape for index, shape in enumerate(shapes)})
    arena = Arena(layout, CPU, "float32")
    for index, name in enumerate(arena):
        assert layout.offsets[name] % 32 == 0
        arena[name][...] = index + 1
    for index, name in enumerate(arena):
        assert (arena[name] == index + 1).all()
        assert arena[name].base is not None


def test_export_and_load_return_the_same_bits() -> None:
    """What was exported loads into another arena bit by bit."""
    arena, other = (Arena(ArenaLayout.of(SHAPES), CPU, "float32") for _ in range(2))
    arena["weight"][...] = np.random.default_rng(0).standard_normal((3, 5))
    other.load(arena.export("mean."), "mean.")
    assert arena.array.tobytes() == other.array.tobytes()


def test_an_export_is_a_copy() -> None:
    """An exported array does not change when training goes on."""
    arena = Arena(ArenaLayout.of(SHAPES), CPU, "float32")
    exported = arena.export()
    arena.array.fill(1.0)
    assert not exported["weight"].any()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"bias": None}, "The saved state lacks bias."),
        ({"extra": np.zeros(1)}, "The saved state holds extra, which this model does not have."),
        ({"bias": np.zeros(4)}, r"The saved bias has shape \(4,\), expected \(5,\)."),
    ],
)
def test_what_does_not_fit_is_refused(change: dict[str, np.ndarray | None], message: str) -> None:
    """A missing, unknown or wrongly shaped entry is an error in words, and nothing changes."""
    arena = Arena(ArenaLayout.of(SHAPES), CPU, "float32")
    arrays = {name: np.ones(shape) for name, shape in SHAPES.items()}
    changed = {name: array for name, array in {**arrays, **change}.items() if array is not None}
    with pytest.raises(StateMismatchError, match=message):
        arena.load(changed)
    assert not arena.array.any()
