"""The preflight's order, what it computes, and that a GPU which works passes it."""

from collections.abc import Callable
from dataclasses import asdict

import numpy as np
import pytest

from azuraforge_core.gpu import trial
from azuraforge_core.gpu.preflight import Preflight, require_gpu
from azuraforge_core.gpu.problems import GpuUnavailable


def test_steps_go_from_the_outside_in() -> None:
    """What a later step needs is checked before it."""
    assert [step.name for step in Preflight().steps()] == [
        "cupy",
        "driver",
        "device",
        "capability",
        "gpu memory",
        "nvrtc",
        "cublas",
        "gpu kernel",
        "gpu arrays",
        "gpu matrices",
        "gpu graph",
    ]


def test_wrong_numbers_are_refused() -> None:
    """A GPU that computes wrongly, or gives NaN, is refused with the count of wrong values."""
    right = np.arange(4, dtype=np.float32)
    wrong = right.copy()
    wrong[1], wrong[3] = 7, np.nan
    trial._expect("a matrix product", right.copy(), right)
    with pytest.raises(
        GpuUnavailable, match="a matrix product gave 2 wrong values of 4"
    ) as refusal:
        trial._expect("a matrix product", wrong, right)
    assert refusal.value.code == "WrongResult"


def test_the_trial_kernel_compiles_for_every_architecture(
    compile_kernels: Callable[[str], dict[str, bytes]],
) -> None:
    """The preflight's kernel compiles for Ampere, Hopper and both Blackwells without a GPU."""
    binaries = compile_kernels(trial.TRIAL_KERNELS)
    assert all(binary.startswith(b"\x7fELF") for binary in binaries.values())
    assert all(b"scale_and_shift" in binary for binary in binaries.values())


@pytest.mark.gpu
def test_a_working_gpu_passes_and_is_described() -> None:
    """A GPU that works passes all steps, twice in one process, and its facts are complete."""
    facts = require_gpu()
    again = require_gpu()
    assert facts.uuid == again.uuid
    assert all(value for name, value in asdict(facts).items() if name != "driver_release")
    assert tuple(map(int, facts.compute_capability.split("."))) >= (8, 0)


@pytest.mark.gpu
def test_more_memory_than_there_is_is_refused() -> None:
    """A job that needs more memory than the GPU has is refused before it starts."""
    with pytest.raises(GpuUnavailable, match="needed") as refusal:
        require_gpu(min_free_bytes=1 << 50)
    assert refusal.value.code == "MemoryTooLow"
