"""What CuPy raises becomes a failure that a person understands and the lifecycle can act on."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from azuraforge_contract.errors import DataError, GpuOutOfMemoryError, InternalError
from azuraforge_core.gpu.classification import classify_cuda_error
from azuraforge_core.gpu.problems import GpuUnavailable

pytest.importorskip("cupy", reason="CuPy is not installed (extra `gpu`)")

from cupy.cuda.compiler import CompileException
from cupy.cuda.memory import OutOfMemoryError
from cupy.cuda.runtime import CUDARuntimeError


class CublasAllocationError(RuntimeError):
    """CuPy's `CUBLASError` with CUBLAS_STATUS_ALLOC_FAILED; the real class needs cuBLAS to load."""

    status = 3


CublasAllocationError.__module__ = "cupy_backends.cuda.libs.cublas"
CublasAllocationError.__qualname__ = "CUBLASError"
ASK_RUNTIME = Path(__file__).with_name("ask_runtime.py")


@pytest.mark.parametrize(
    ("machine", "cuda_status", "code"),
    [
        ({"STUB_VER": "11080"}, 35, "DriverTooOld"),
        ({"STUB_INIT": "100"}, 100, "NoDevice"),
        ({"STUB_INIT": "803"}, 803, "DriverMismatch"),
        ({"STUB_INIT": "804"}, 804, "CompatibilityUnsupported"),
        ({"STUB_INIT": "3"}, 3, "InitializationFailed"),
        ({"STUB_INIT": "46"}, 46, "DeviceBusy"),
        ({"STUB_INIT": "214"}, 214, None),
        ({"STUB_INIT": "999"}, 999, None),
    ],
)
def test_what_the_runtime_raises_under_a_broken_driver_is_recognized(
    machine: dict[str, str],
    cuda_status: int,
    code: str | None,
    stub_driver: Path,
    environment_with_driver: Callable[[Path | None], dict[str, str]],
) -> None:
    """CuPy's own exceptions, raised by its runtime on a stub driver, get the preflight's names."""
    answer = subprocess.run(  # noqa: S603 - a fixed command
        [sys.executable, ASK_RUNTIME],
        env=environment_with_driver(stub_driver) | machine,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout) == {
        "kind": "GpuUnavailable" if code else "InternalError",
        "code": code,
        "cuda_status": cuda_status,
    }


@pytest.mark.parametrize(
    "error",
    [
        OutOfMemoryError(1 << 30, 1 << 29, 1 << 30),
        CUDARuntimeError(2),
        CublasAllocationError(),
    ],
    ids=["pool", "runtime", "cublas"],
)
def test_exhausted_gpu_memory_is_terminal_and_names_the_batch_size(error: Exception) -> None:
    """Whoever allocates, running out of GPU memory is exit 71 with the batch size as remedy."""
    verdict = classify_cuda_error(error)
    assert isinstance(verdict, GpuOutOfMemoryError)
    assert verdict.exit_code == 71
    assert verdict.message.startswith("The GPU's memory is too small for this model and batch: ")
    assert "config.training.batch_size" in verdict.remedy


@pytest.mark.parametrize(
    ("cuda_status", "what"),
    [
        (214, "an uncorrectable memory (ECC) error"),
        (700, "an access to an illegal address"),
        (719, "a failed launch"),
    ],
)
def test_a_poisoned_context_asks_for_a_new_process(cuda_status: int, what: str) -> None:
    """After an error CUDA cannot recover from, the process must exit; an attempt is retried."""
    verdict = classify_cuda_error(CUDARuntimeError(cuda_status))
    assert isinstance(verdict, InternalError)
    assert verdict.exit_code == 70
    assert verdict.message == (
        f"The GPU stopped after {what} (CUDA error {cuda_status}); "
        "nothing more can run on it in this process."
    )
    assert verdict.remedy.startswith("The process must exit and start again")


def test_a_real_refusal_of_the_compiler_names_the_architecture() -> None:
    """NVRTC's complaint about an architecture it does not know is a refused GPU."""
    compiler = pytest.importorskip("cupy.cuda.compiler")
    with pytest.raises(CompileException) as raised:
        compiler._NVRTCProgram("").compile(("-arch=sm_999",))
    verdict = classify_cuda_error(raised.value)
    assert isinstance(verdict, GpuUnavailable)
    assert verdict.code == "ArchitectureUnsupported"


def test_no_kernel_image_names_the_architecture() -> None:
    """A GPU for which CuPy brings no code is refused (CUDA error 209)."""
    verdict = classify_cuda_error(CUDARuntimeError(209))
    assert isinstance(verdict, GpuUnavailable)
    assert (verdict.code, verdict.cuda_status) == ("ArchitectureUnsupported", 209)


def test_a_missing_header_is_named() -> None:
    """NVRTC's complaint about a header is a refused GPU with the header's name."""
    compiler = pytest.importorskip("cupy.cuda.compiler")
    with pytest.raises(CompileException) as raised:
        compiler._NVRTCProgram('#include "no_such_header.h"').compile(("-arch=sm_90",))
    verdict = classify_cuda_error(raised.value)
    assert isinstance(verdict, GpuUnavailable)
    assert verdict.code == "HeadersMissing"
    assert "no_such_header.h" in verdict.cause


def test_a_kernel_that_does_not_compile_is_our_bug() -> None:
    """A compiler error in a kernel is exit 70 and keeps the compiler's words."""
    compiler = pytest.importorskip("cupy.cuda.compiler")
    with pytest.raises(CompileException) as raised:
        compiler._NVRTCProgram("__global__ void f() { undeclared; }").compile(("-arch=sm_90",))
    verdict = classify_cuda_error(raised.value)
    assert type(verdict) is InternalError
    assert 'identifier "undeclared" is undefined' in verdict.message


def test_a_missing_library_is_recognized_behind_an_import_error() -> None:
    """CuPy reports a missing cuBLAS as an import error; its cause names the library."""
    pathfinder = pytest.importorskip("cuda.pathfinder")
    missing = ImportError("Failure finding libcublas")
    missing.__cause__ = pathfinder.DynamicLibNotFoundError("Failure finding libcublas")
    verdict = classify_cuda_error(missing)
    assert isinstance(verdict, GpuUnavailable)
    assert verdict.code == "CublasMissing"


def test_anything_else_is_our_bug_and_ours_stay_as_they_are() -> None:
    """An unknown exception is exit 70 by its name; a failure already explained is not reworded."""
    unknown = classify_cuda_error(ValueError("shapes differ"))
    assert type(unknown) is InternalError
    assert unknown.message == "A computation on the GPU failed: ValueError: shapes differ."
    assert type(classify_cuda_error(CUDARuntimeError(1))) is InternalError
    explained = DataError("the table is empty")
    assert classify_cuda_error(explained) is explained
