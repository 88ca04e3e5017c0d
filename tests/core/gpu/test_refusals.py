"""Every machine on which a GPU cannot train is refused by name, with its cause and its remedy."""

import subprocess
import sys
import sysconfig
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

cupy = pytest.importorskip("cupy", reason="CuPy is not installed (extra `gpu`)")
CUDA_MAJOR = cupy.cuda.runtime.runtimeGetVersion() // 1000

Verdict = dict[str, Any]
AskRequireGpu = Callable[[Path, Path | None, Sequence[Mapping[str, str]]], list[Verdict]]


class Row(NamedTuple):
    """A machine, as the stub driver's settings, and what is to be said about it."""

    machine: dict[str, str]
    code: str
    cuda_status: int | None
    cause: str


NO_GPU = "the NVIDIA driver finds no GPU: the machine has none, or none is visible to this process"
BUSY = "the GPU is busy or unavailable: another process may hold it in exclusive mode"
ROWS = [
    Row(
        {"STUB_VER": "11080"},
        "DriverTooOld",
        None,
        f"the NVIDIA driver supports CUDA 11.8, but CuPy {cupy.__version__} "
        f"needs CUDA {CUDA_MAJOR}",
    ),
    Row({"STUB_INIT": "100"}, "NoDevice", 100, NO_GPU),
    Row({"STUB_COUNT": "0"}, "NoDevice", 100, NO_GPU),
    Row(
        {"STUB_INIT": "803"},
        "DriverMismatch",
        803,
        "the NVIDIA driver's library and its kernel module have different versions, "
        "as after an update without a restart",
    ),
    Row(
        {"STUB_INIT": "804"},
        "CompatibilityUnsupported",
        804,
        "CUDA's forward compatibility is in use on a GPU that does not support it",
    ),
    Row(
        {"STUB_INIT": "3"},
        "InitializationFailed",
        3,
        "CUDA cannot be initialized in this process: it was probably forked after CUDA was in use",
    ),
    Row({"STUB_INIT": "46"}, "DeviceBusy", 46, BUSY),
    Row({"STUB_CONTEXT": "46"}, "DeviceBusy", 46, BUSY),
    Row(
        {"STUB_INIT": "999"},
        "DeviceFailed",
        999,
        "the NVIDIA driver reports an unknown error: the GPU may have fallen off the bus",
    ),
    Row(
        {"STUB_CONTEXT": "214"},
        "DeviceFailed",
        214,
        "the GPU reports an uncorrectable memory (ECC) error",
    ),
    Row({"STUB_UUID": "1"}, "DeviceFailed", 1, "asking for the GPU's UUID failed"),
    Row(
        {"STUB_CAPABILITY": "75"},
        "CapabilityTooLow",
        None,
        "Stub GPU has compute capability 7.5, but 8.0 or higher is needed",
    ),
    Row(
        {"STUB_FREE_MIB": "511"},
        "MemoryTooLow",
        None,
        "Stub GPU has only 511 MiB of 8,192 MiB free, but 512 MiB are needed",
    ),
    Row({"STUB_CONTEXT": "2"}, "MemoryTooLow", 2, "the GPU's memory does not even hold a context"),
]
FIXES = {
    "DriverMissing": "Install the NVIDIA driver; a container gets it from the NVIDIA container "
    "runtime when it requests a GPU (nvidia.com/gpu: 1).",
    "DriverTooOld": f"Update the NVIDIA driver to release { {12: 525, 13: 580}[CUDA_MAJOR] } "
    "or newer.",
    "NoDevice": "Request a GPU for the container (nvidia.com/gpu: 1) and check that "
    "CUDA_VISIBLE_DEVICES names a GPU that `nvidia-smi -L` lists.",
    "DriverMismatch": "Restart the machine, so that the driver's kernel module is the one that was "
    "installed.",
    "CompatibilityUnsupported": "Remove the cuda-compat package from the image (or from "
    "LD_LIBRARY_PATH), or update the driver.",
    "InitializationFailed": "Start worker processes with spawn instead of fork, before anything "
    "uses the GPU.",
    "DeviceBusy": "End the other process (`nvidia-smi` lists it), or allow sharing: "
    "nvidia-smi -c DEFAULT.",
    "DeviceFailed": "Look for Xid messages (`dmesg | grep -i xid`) and restart the machine or "
    "reset the GPU.",
    "CapabilityTooLow": "Use an Ampere GPU or a newer one (A100, L4, H100, RTX 30 and later), or "
    "write device: cpu.",
    "MemoryTooLow": "End other processes on the GPU (`nvidia-smi` lists them), or use a GPU with "
    "more memory.",
    "CupyMissing": "Install it: pip install 'azuraforge[gpu]'.",
    "CupyBroken": "Keep exactly one CuPy package: uninstall every cupy-*, then pip install "
    "'azuraforge[gpu]'.",
    "LibraryMismatch": "Use an environment without packages of another CUDA version (a CUDA build "
    "of PyTorch brings its own).",
    "NvrtcMissing": "Install it: pip install 'azuraforge[gpu]'.",
    "CublasMissing": "Install it: pip install 'azuraforge[gpu]'.",
}


@pytest.fixture(scope="module")
def driver_verdicts(stub_driver: Path, ask_require_gpu: AskRequireGpu) -> list[Verdict]:
    """Return the verdicts on all rows, from one process."""
    return ask_require_gpu(Path(sys.executable), stub_driver, [row.machine for row in ROWS])


@pytest.fixture
def refuse_in(stub_driver: Path, ask_require_gpu: AskRequireGpu) -> Callable[[Path], Verdict]:
    """Return a function that gives the verdict of a Python on a machine with a good driver."""
    return lambda python: ask_require_gpu(python, stub_driver, [{}])[0]


@pytest.mark.parametrize(
    "row", range(len(ROWS)), ids=["=".join(*row.machine.items()) for row in ROWS]
)
def test_each_broken_driver_or_device_is_refused_by_name(
    driver_verdicts: list[Verdict], row: int
) -> None:
    """A refusal carries a code, CUDA's number, cause, remedy and exit code, and prints as one."""
    _, code, cuda_status, cause = ROWS[row]
    number = f" (CUDA error {cuda_status})" if cuda_status is not None else ""
    assert driver_verdicts[row] == {
        "code": code,
        "cause": cause,
        "fix": FIXES[code],
        "cuda_status": cuda_status,
        "exit_code": 78,
        "text": f"The GPU cannot be used: {cause}{number}. {FIXES[code]}",
    }


def test_a_driver_that_cannot_be_loaded_is_refused(
    tmp_path: Path, ask_require_gpu: AskRequireGpu
) -> None:
    """Without a driver library the remedy names the driver and the container's GPU request."""
    (tmp_path / "libcuda.so.1").touch()
    (verdict,) = ask_require_gpu(Path(sys.executable), tmp_path, [{}])
    assert (verdict["code"], verdict["exit_code"]) == ("DriverMissing", 78)
    assert verdict["cause"].startswith("the NVIDIA driver's library cannot be loaded: ")
    assert verdict["fix"] == FIXES["DriverMissing"]


def test_a_missing_cupy_is_refused(
    environment_without: Callable[[str], Path], refuse_in: Callable[[Path], Verdict]
) -> None:
    """Without CuPy the remedy is the extra to install."""
    verdict = refuse_in(environment_without("cupy*"))
    assert (verdict["code"], verdict["exit_code"]) == ("CupyMissing", 78)
    assert verdict["cause"] == "CuPy is not installed: No module named 'cupy'"
    assert verdict["fix"] == FIXES["CupyMissing"]


def test_a_broken_cupy_is_refused(
    environment_without: Callable[[str], Path], refuse_in: Callable[[Path], Verdict]
) -> None:
    """A CuPy that is there but fails while it is imported is told apart from none at all."""
    python = environment_without("cupy*")
    package = _site_packages(python) / "cupy"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('built against another NumPy')")
    verdict = refuse_in(python)
    assert (verdict["code"], verdict["exit_code"]) == ("CupyBroken", 78)
    assert verdict["cause"] == (
        "CuPy is installed but cannot be imported: built against another NumPy"
    )
    assert verdict["fix"] == FIXES["CupyBroken"]


def test_libraries_of_another_cuda_and_failing_trials_are_refused(
    environment_without: Callable[[str], Path],
    build_library: Callable[[str, Path], None],
    stub_driver: Path,
    ask_require_gpu: AskRequireGpu,
) -> None:
    """A cuBLAS of another CUDA is refused; with the right one, the first failing trial is."""
    python = environment_without("nvidia/cublas")
    for name in ("cublas", "cublasLt"):
        library = f"nvidia/cublas/lib/lib{name}.so.{CUDA_MAJOR}"
        build_library("stub_cublas.c", _site_packages(python) / library)
    mismatch, trial = ask_require_gpu(
        python,
        stub_driver,
        [{"STUB_CUBLAS_MAJOR": "11"}, {"STUB_CUBLAS_MAJOR": str(CUDA_MAJOR)}],
    )
    assert (mismatch["code"], mismatch["exit_code"]) == ("LibraryMismatch", 78)
    assert mismatch["cause"].startswith(
        f"CuPy was built for CUDA {CUDA_MAJOR}, but the cuBLAS found at "
    )
    assert mismatch["cause"].endswith(" has version 11.1.2")
    assert mismatch["fix"] == FIXES["LibraryMismatch"]
    # The stub driver passes every question but cannot compute: CUDA's runtime refuses it.
    assert (trial["code"], trial["exit_code"]) == ("DeviceFailed", 78)
    assert trial["cause"].startswith("a trial computation failed: cudaError")
    assert trial["fix"] == FIXES["DeviceFailed"]


@pytest.mark.parametrize(
    ("package", "code", "cause"),
    [
        (
            "nvidia/cuda_nvrtc",
            "NvrtcMissing",
            "NVRTC, the compiler of GPU kernels, is not installed: ",
        ),
        (
            "nvidia/cublas",
            "CublasMissing",
            "cuBLAS, the library of matrix products, is not installed: ",
        ),
    ],
)
def test_a_missing_cuda_library_is_refused(
    package: str,
    code: str,
    cause: str,
    environment_without: Callable[[str], Path],
    refuse_in: Callable[[Path], Verdict],
) -> None:
    """On a machine with a good driver, NVRTC and cuBLAS are each missed before they are needed."""
    python = environment_without(package)
    library = package.rpartition("/")[2].removeprefix("cuda_")
    if _system_has(python, library):
        pytest.skip(f"this machine has {library} outside the environment")
    verdict = refuse_in(python)
    assert (verdict["code"], verdict["exit_code"]) == (code, 78)
    assert verdict["cause"].startswith(cause)
    assert verdict["fix"] == FIXES[code]


def _site_packages(python: Path) -> Path:
    return Path(sysconfig.get_path("purelib", vars={"base": str(python.parents[1])}))


def _system_has(python: Path, library: str) -> bool:
    program = f"from cuda.pathfinder import load_nvidia_dynamic_lib as load; load({library!r})"
    found = subprocess.run(  # noqa: S603 - a fixed command
        [python, "-c", program], check=False, capture_output=True
    )
    return found.returncode == 0
