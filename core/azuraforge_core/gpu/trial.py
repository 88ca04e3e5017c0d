"""Proof that the GPU computes: a kernel, an array operation, a matrix product, a replayed graph.

The preflight runs these last, each against NumPy's result. They are the four roads every training
step takes, so what is broken shows here by name and not as a strange loss an hour later.
"""

import importlib
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from azuraforge_core.gpu.problems import GpuProblem, GpuUnavailable

__all__ = [
    "TRIAL_KERNELS",
    "multiply_matrices",
    "replay_graph",
    "run_array_operation",
    "run_kernel",
]

TRIAL_KERNELS = r"""
extern "C" __global__ void scale_and_shift(float* values, float scale, float shift, int size) {
    const int index = blockIdx.x * blockDim.x + threadIdx.x;
    if (index < size) values[index] = values[index] * scale + shift;
}
"""
_SIZE = 1000  # no multiple of the block: the kernel's bound is part of the trial
_BLOCK = 256
_GRID = (_SIZE + _BLOCK - 1) // _BLOCK
_MATRIX_SIDE = 64


def run_kernel() -> None:
    """Compile a kernel with NVRTC, launch it and compare.

    Raises:
        GpuUnavailable: The result is wrong.
    """
    cupy = importlib.import_module("cupy")
    start = _start()
    values = cupy.asarray(start)
    _launch(_kernel(cupy), values, scale=2.0, shift=1.0)
    _expect("a compiled kernel", cupy.asnumpy(values), start * np.float32(2) + np.float32(1))


def run_array_operation() -> None:
    """Run one of CuPy's own kernels, whose compilation needs the CUDA headers, and compare.

    Raises:
        GpuUnavailable: The result is wrong.
    """
    cupy = importlib.import_module("cupy")
    start = _start()
    _expect("an array operation", cupy.asnumpy(cupy.asarray(start) * 3), start * 3)


def multiply_matrices() -> None:
    """Multiply two 64 x 64 matrices with cuBLAS and compare.

    Raises:
        GpuUnavailable: The result is wrong.
    """
    cupy = importlib.import_module("cupy")
    generator = np.random.default_rng(0)
    # Small whole numbers: every sum is exact in float32, and in TF32 too, so equality can be asked.
    left, right = generator.integers(-8, 9, (2, _MATRIX_SIDE, _MATRIX_SIDE)).astype(np.float32)
    product = cupy.asnumpy(cupy.matmul(cupy.asarray(left), cupy.asarray(right)))
    _expect("a matrix product", product, left @ right)


def replay_graph() -> None:
    """Capture two dependent kernels as a CUDA graph, replay it twice and compare.

    Raises:
        GpuUnavailable: The result is wrong.
    """
    cupy = importlib.import_module("cupy")
    start = _start()
    stream = cupy.cuda.Stream(non_blocking=True)
    kernel = _kernel(cupy)
    with stream:
        values = cupy.asarray(start)  # allocated before the capture, which must not allocate
        _launch(kernel, values, scale=1.0, shift=0.0)  # loads the module, which a capture cannot
        stream.synchronize()
        stream.begin_capture()
        _launch(kernel, values, scale=2.0, shift=1.0)
        _launch(kernel, values, scale=3.0, shift=-1.0)
        graph = stream.end_capture()
        graph.launch(stream)
        graph.launch(stream)
        stream.synchronize()
        replayed = cupy.asnumpy(values)
    expected = start
    for _ in range(2):
        expected = (expected * np.float32(2) + np.float32(1)) * np.float32(3) - np.float32(1)
    _expect("a replayed graph", replayed, expected)


def _start() -> npt.NDArray[np.float32]:
    """Whole numbers, so that every value of the trials is exact in float32."""
    return np.arange(_SIZE, dtype=np.float32)


def _kernel(cupy: ModuleType) -> Any:
    return cupy.RawKernel(TRIAL_KERNELS, "scale_and_shift")


def _launch(kernel: Any, values: Any, *, scale: float, shift: float) -> None:
    arguments = (values, np.float32(scale), np.float32(shift), np.int32(_SIZE))
    kernel((_GRID,), (_BLOCK,), arguments)


def _expect(what: str, got: npt.NDArray[Any], expected: npt.NDArray[Any]) -> None:
    if not np.array_equal(got, expected):
        wrong = int(np.count_nonzero(~(got == expected)))
        raise GpuUnavailable(
            GpuProblem.WRONG_RESULT,
            f"{what} gave {wrong} wrong values of {expected.size}",
        )
