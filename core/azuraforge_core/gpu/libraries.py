"""Where NVRTC and cuBLAS are, found the way CuPy finds them and without touching a GPU.

The preflight asks here. ``cuda.pathfinder`` (a dependency of CuPy) looks through pip packages,
conda, the system and CUDA_PATH, so no file name with a version in it is written anywhere.
"""

import ctypes
import importlib
from dataclasses import dataclass

from azuraforge_core.gpu.problems import GpuProblem, GpuUnavailable

__all__ = ["CudaLibrary", "find_cublas", "find_nvrtc"]

_VERSION_PARTS = (0, 1, 2)  # MAJOR_VERSION, MINOR_VERSION, PATCH_LEVEL of library_types.h


@dataclass(frozen=True)
class CudaLibrary:
    """A library of CUDA that was found and loaded."""

    name: str
    version: tuple[int, ...]
    path: str


def find_nvrtc(cuda_major: int) -> CudaLibrary:
    """Load NVRTC, which compiles every kernel.

    Args:
        cuda_major: The CUDA major version CuPy was built for.

    Raises:
        GpuUnavailable: It is missing, or belongs to another CUDA version.
    """
    path = _load("nvrtc", "NVRTC, the compiler of GPU kernels,", GpuProblem.NVRTC_MISSING)
    major, minor = ctypes.c_int(), ctypes.c_int()
    ctypes.CDLL(path).nvrtcVersion(ctypes.byref(major), ctypes.byref(minor))
    library = CudaLibrary("NVRTC", (major.value, minor.value), path)
    return _of_cuda(cuda_major, library)


def find_cublas(cuda_major: int) -> CudaLibrary:
    """Load cuBLAS, which multiplies matrices.

    Args:
        cuda_major: The CUDA major version CuPy was built for.

    Raises:
        GpuUnavailable: It is missing, or belongs to another CUDA version.
    """
    path = _load("cublas", "cuBLAS, the library of matrix products,", GpuProblem.CUBLAS_MISSING)
    cublas = ctypes.CDLL(path)
    parts = [ctypes.c_int() for _ in _VERSION_PARTS]
    for part, value in zip(_VERSION_PARTS, parts, strict=True):
        cublas.cublasGetProperty(part, ctypes.byref(value))
    library = CudaLibrary("cuBLAS", tuple(value.value for value in parts), path)
    return _of_cuda(cuda_major, library)


def _load(name: str, title: str, missing: GpuProblem) -> str:
    pathfinder = importlib.import_module("cuda.pathfinder")
    try:
        return str(pathfinder.load_nvidia_dynamic_lib(name).abs_path)
    except pathfinder.DynamicLibNotFoundError as error:
        first_line = str(error).strip().splitlines()[0]
        raise GpuUnavailable(missing, f"{title} is not installed: {first_line}") from error


def _of_cuda(cuda_major: int, library: CudaLibrary) -> CudaLibrary:
    if library.version[0] != cuda_major:
        raise GpuUnavailable(
            GpuProblem.LIBRARY_MISMATCH,
            f"CuPy was built for CUDA {cuda_major}, but the {library.name} found at {library.path} "
            f"has version {'.'.join(map(str, library.version))}",
        )
    return library
