"""The preflight's order, what it computes, and that a GPU which works passes it."""

from collections.abc import Callable
from dataclasses import asdict

import numpy as np
import pytest

from azuraforge_core.gpu import preflight, trial
from azuraforge_core.gpu.libraries import find_nvrtc
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


def test_an_nvrtc_of_another_cuda_is_refused(
    compile_kernels: Callable[[str], dict[str, bytes]],
) -> None:
    """NVRTC that belongs to another CUDA than CuPy is refused before it compiles anything."""
    del compile_kernels  # asked for because it skips where NVRTC is not installed
    runtime = pytest.importorskip("cupy_backends.cuda.api.runtime")
    ours = runtime.runtimeGetVersion() // 1000
    assert find_nvrtc(ours).version[0] == ours
    with pytest.raises(GpuUnavailable, match=f"CuPy was built for CUDA {ours + 1}") as refusal:
        find_nvrtc(ours + 1)
    assert refusal.value.code == "LibraryMismatch"


@pytest.mark.parametrize(
    ("raised", "code", "cuda_status"),
    [
        ("cudaErrorNoKernelImageForDevice", "ArchitectureUnsupported", 209),
        ("cudaErrorLaunchFailure", "DeviceFailed", 719),
        ("cudaErrorMemoryAllocation", "MemoryTooLow", 2),
    ],
)
def test_whatever_a_trial_raises_is_a_refusal(raised: str, code: str, cuda_status: int) -> None:
    """Any failure of a trial computation is exit 78 with its own name, never a fallback."""
    runtime = pytest.importorskip("cupy_backends.cuda.api.runtime")

    def fail() -> None:
        raise runtime.CUDARuntimeError(cuda_status)

    with pytest.raises(GpuUnavailable) as refusal:
        preflight._trial(fail, "never")()
    assert (refusal.value.code, refusal.value.cuda_status) == (code, cuda_status)
    assert raised in str(refusal.value.__cause__)


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
