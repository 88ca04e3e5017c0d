"""What tests of the core share: kernels compiled for every architecture without a GPU."""

from collections.abc import Callable

import pytest

ARCHITECTURES = ("sm_80", "sm_90", "sm_100", "sm_120")
"""Ampere, Hopper, and Blackwell in data centers and in workstations."""


@pytest.fixture(scope="session")
def compile_kernels() -> Callable[[str], dict[str, bytes]]:
    """Return a function that compiles CUDA source for every architecture, as CuPy would.

    NVRTC needs no GPU and no driver, so a kernel that does not compile fails everywhere.
    """
    compiler = pytest.importorskip("cupy.cuda.compiler", reason="CuPy is not installed")
    pathfinder = pytest.importorskip("cuda.pathfinder")
    try:
        pathfinder.load_nvidia_dynamic_lib("nvrtc")
    except pathfinder.DynamicLibNotFoundError as error:
        pytest.skip(f"NVRTC is not installed: {error}")

    def compile_for_all(source: str) -> dict[str, bytes]:
        return {
            architecture: compiler._NVRTCProgram(source, method="cubin").compile(
                (f"-arch={architecture}", "-std=c++17")
            )[0]
            for architecture in ARCHITECTURES
        }

    return compile_for_all
