"""What an exception out of CuPy means to a person and to the lifecycle.

The preflight and the trainer's edge call it with whatever a GPU computation raised. CuPy's classes
are recognized by name, so that nothing here imports CuPy: no such exception exists before it.
"""

from azuraforge_contract.errors import AzuraForgeError, GpuOutOfMemoryError, InternalError
from azuraforge_core.gpu.problems import (
    GpuProblem,
    GpuUnavailable,
    problem_of_status,
)

__all__ = ["classify_cuda_error"]

_STATUS_ERRORS = frozenset(
    {
        "cupy_backends.cuda.api.runtime.CUDARuntimeError",
        "cupy_backends.cuda.api.driver.CUDADriverError",
    }
)
_MEMORY_ERROR = "cupy.cuda.memory.OutOfMemoryError"
_CUBLAS_ERROR = "cupy_backends.cuda.libs.cublas.CUBLASError"
_COMPILE_ERROR = "cupy.cuda.compiler.CompileException"
_LIBRARY_ERROR = "DynamicLibNotFoundError"

_OUT_OF_MEMORY = 2
_CUBLAS_ALLOCATION_FAILED = 3
_UNUSABLE = frozenset({3, 35, 46, 100, 101, 209, 803, 804})
_STICKY = {
    214: "an uncorrectable memory (ECC) error",
    700: "an access to an illegal address",
    702: "a kernel that ran past the display's time limit",
    709: "a destroyed context",
    710: "a failed assertion in a kernel",
    714: "a stack error in a kernel",
    715: "an illegal instruction",
    716: "a misaligned address",
    717: "an access to an invalid address space",
    718: "an invalid program counter",
    719: "a failed launch",
    999: "an unknown error",
}
"""Errors after which CUDA answers nothing else in this process (CUDA Runtime API reference)."""


def classify_cuda_error(error: BaseException) -> AzuraForgeError:
    """Return the failure to raise ``from`` an exception of a GPU computation.

    Returns:
        ``GpuOutOfMemoryError`` (exit 71) when model and batch do not fit, ``GpuUnavailable`` (exit
        78) when the GPU cannot be used at all, else ``InternalError`` (exit 70). After an error
        that poisons the process's context the message says that the process must end; another
        attempt starts a new one. An ``AzuraForgeError`` is returned as it is.
    """
    if isinstance(error, AzuraForgeError):
        return error
    names = _class_names(error)
    if _MEMORY_ERROR in names:
        return _out_of_memory(error)
    if names & _STATUS_ERRORS:
        return _of_status(error, int(getattr(error, "status", -1)))
    if _CUBLAS_ERROR in names and getattr(error, "status", None) == _CUBLAS_ALLOCATION_FAILED:
        return _out_of_memory(error)
    return _of_missing_part(error, names) or InternalError(
        f"A computation on the GPU failed: {type(error).__name__}: {error}."
    )


def _of_status(error: BaseException, status: int) -> AzuraForgeError:
    if status == _OUT_OF_MEMORY:
        return _out_of_memory(error)
    if status in _UNUSABLE:
        return problem_of_status(status, doing="using the GPU")
    if status in _STICKY:
        return InternalError(
            f"The GPU stopped after {_STICKY[status]} (CUDA error {status}); "
            "nothing more can run on it in this process.",
            remedy="The process must exit and start again; a new attempt resumes from the last "
            "checkpoint. If it happens again, look for Xid messages: dmesg | grep -i xid.",
        )
    return InternalError(f"CUDA failed: {error} (CUDA error {status}).")


def _of_missing_part(error: BaseException, names: frozenset[str]) -> GpuUnavailable | None:
    if _COMPILE_ERROR in names:
        return _of_compilation(str(error))
    for one in (error, error.__cause__):
        if one is not None and type(one).__name__ == _LIBRARY_ERROR:
            return _of_library(str(one))
    return None


def _of_compilation(log: str) -> GpuUnavailable | None:
    if "gpu-architecture" in log:
        return GpuUnavailable(
            GpuProblem.ARCHITECTURE_UNSUPPORTED,
            "the installed NVRTC does not know this GPU's architecture",
        )
    if "cannot open source file" in log or "could not open source file" in log:
        return GpuUnavailable(
            GpuProblem.HEADERS_MISSING, f"a CUDA header is not installed: {log.strip()}"
        )
    return None


def _of_library(text: str) -> GpuUnavailable:
    code = GpuProblem.NVRTC_MISSING if "nvrtc" in text.lower() else GpuProblem.CUBLAS_MISSING
    return GpuUnavailable(code, f"a CUDA library is not installed: {text.strip().splitlines()[0]}")


def _out_of_memory(error: BaseException) -> GpuOutOfMemoryError:
    return GpuOutOfMemoryError(
        f"The GPU's memory is too small for this model and batch: {error}",
        remedy="Lower config.training.batch_size, use a smaller model, or use a GPU with more "
        "memory; `nvidia-smi` shows what else occupies this one.",
    )


def _class_names(error: BaseException) -> frozenset[str]:
    return frozenset(f"{base.__module__}.{base.__qualname__}" for base in type(error).__mro__)
