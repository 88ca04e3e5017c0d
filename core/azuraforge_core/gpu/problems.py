"""Why a GPU cannot be used: one code, cause and remedy for every failure the preflight tells apart.

The preflight and the classification of CUDA errors raise these; the command line and the trainer
print them and exit with code 78. The sentences are the reference: documentation repeats them.
"""

from enum import StrEnum

from azuraforge_contract.errors import AcceleratorError

__all__ = ["GpuProblem", "GpuUnavailable", "problem_of_status"]


class GpuProblem(StrEnum):
    """A stable name for each reason a GPU is refused."""

    CUPY_MISSING = "CupyMissing"
    CUPY_BROKEN = "CupyBroken"
    DRIVER_MISSING = "DriverMissing"
    DRIVER_TOO_OLD = "DriverTooOld"
    NO_DEVICE = "NoDevice"
    DRIVER_MISMATCH = "DriverMismatch"
    COMPATIBILITY_UNSUPPORTED = "CompatibilityUnsupported"
    INITIALIZATION_FAILED = "InitializationFailed"
    DEVICE_BUSY = "DeviceBusy"
    CAPABILITY_TOO_LOW = "CapabilityTooLow"
    MEMORY_TOO_LOW = "MemoryTooLow"
    NVRTC_MISSING = "NvrtcMissing"
    CUBLAS_MISSING = "CublasMissing"
    LIBRARY_MISMATCH = "LibraryMismatch"
    HEADERS_MISSING = "HeadersMissing"
    ARCHITECTURE_UNSUPPORTED = "ArchitectureUnsupported"
    WRONG_RESULT = "WrongResult"
    DEVICE_FAILED = "DeviceFailed"


_REMEDIES: dict[GpuProblem, str] = {
    GpuProblem.CUPY_MISSING: "Install it: pip install 'azuraforge[gpu]'.",
    GpuProblem.CUPY_BROKEN: (
        "Keep exactly one CuPy package: uninstall every cupy-*, then pip install 'azuraforge[gpu]'."
    ),
    GpuProblem.DRIVER_MISSING: (
        "Install the NVIDIA driver; a container gets it from the NVIDIA container runtime when it "
        "requests a GPU (nvidia.com/gpu: 1)."
    ),
    GpuProblem.DRIVER_TOO_OLD: "Update the NVIDIA driver, or install a CuPy for its CUDA version.",
    GpuProblem.NO_DEVICE: (
        "Request a GPU for the container (nvidia.com/gpu: 1) and check that CUDA_VISIBLE_DEVICES "
        "names a GPU that `nvidia-smi -L` lists."
    ),
    GpuProblem.DRIVER_MISMATCH: (
        "Restart the machine, so that the driver's kernel module is the one that was installed."
    ),
    GpuProblem.COMPATIBILITY_UNSUPPORTED: (
        "Remove the cuda-compat package from the image (or from LD_LIBRARY_PATH), or update the "
        "driver."
    ),
    GpuProblem.INITIALIZATION_FAILED: (
        "Start worker processes with spawn instead of fork, before anything uses the GPU."
    ),
    GpuProblem.DEVICE_BUSY: (
        "End the other process (`nvidia-smi` lists it), or allow sharing: nvidia-smi -c DEFAULT."
    ),
    GpuProblem.CAPABILITY_TOO_LOW: (
        "Use an Ampere GPU or a newer one (A100, L4, H100, RTX 30 and later), or write device: cpu."
    ),
    GpuProblem.MEMORY_TOO_LOW: (
        "End other processes on the GPU (`nvidia-smi` lists them), or use a GPU with more memory."
    ),
    GpuProblem.NVRTC_MISSING: "Install it: pip install 'azuraforge[gpu]'.",
    GpuProblem.CUBLAS_MISSING: "Install it: pip install 'azuraforge[gpu]'.",
    GpuProblem.LIBRARY_MISMATCH: (
        "Use an environment without packages of another CUDA version (a CUDA build of PyTorch "
        "brings its own)."
    ),
    GpuProblem.HEADERS_MISSING: "Install them: pip install 'azuraforge[gpu]'.",
    GpuProblem.ARCHITECTURE_UNSUPPORTED: (
        "Update CuPy and NVRTC to versions that know this GPU: pip install -U 'azuraforge[gpu]'."
    ),
    GpuProblem.WRONG_RESULT: (
        "Do not train on this GPU: test it (dcgmi diag -r 3) and replace it if that fails too."
    ),
    GpuProblem.DEVICE_FAILED: (
        "Look for Xid messages (`dmesg | grep -i xid`) and restart the machine or reset the GPU."
    ),
}

_CAUSES_BY_STATUS: dict[int, tuple[GpuProblem, str]] = {
    2: (GpuProblem.MEMORY_TOO_LOW, "the GPU's memory does not even hold a context"),
    3: (
        GpuProblem.INITIALIZATION_FAILED,
        "CUDA cannot be initialized in this process: it was probably forked after CUDA was in use",
    ),
    35: (
        GpuProblem.DRIVER_TOO_OLD,
        "the NVIDIA driver is older than the CUDA version CuPy was built for",
    ),
    46: (
        GpuProblem.DEVICE_BUSY,
        "the GPU is busy or unavailable: another process may hold it in exclusive mode",
    ),
    100: (
        GpuProblem.NO_DEVICE,
        "the NVIDIA driver finds no GPU: the machine has none, or none is visible to this process",
    ),
    101: (GpuProblem.NO_DEVICE, "the GPU asked for does not exist"),
    209: (
        GpuProblem.ARCHITECTURE_UNSUPPORTED,
        "the installed CuPy has no code for this GPU's architecture",
    ),
    214: (GpuProblem.DEVICE_FAILED, "the GPU reports an uncorrectable memory (ECC) error"),
    803: (
        GpuProblem.DRIVER_MISMATCH,
        (
            "the NVIDIA driver's library and its kernel module have different versions, "
            "as after an update without a restart"
        ),
    ),
    804: (
        GpuProblem.COMPATIBILITY_UNSUPPORTED,
        "CUDA's forward compatibility is in use on a GPU that does not support it",
    ),
    999: (
        GpuProblem.DEVICE_FAILED,
        "the NVIDIA driver reports an unknown error: the GPU may have fallen off the bus",
    ),
}


class GpuUnavailable(AcceleratorError):  # noqa: N818 - reads as the state it reports, as in `except GpuUnavailable`
    """The GPU a job asks for cannot be used; there is no fallback.

    Attributes:
        code: Which problem it is.
        cause: What was found, a sentence.
        fix: What to do about it, a sentence.
        cuda_status: The driver's or runtime's error number, where one of them reported it.
    """

    def __init__(
        self, code: GpuProblem, cause: str, *, fix: str = "", cuda_status: int | None = None
    ) -> None:
        self.code = code
        self.cause = cause
        self.fix = fix or _REMEDIES[code]
        self.cuda_status = cuda_status
        super().__init__(f"The GPU cannot be used: {self.finding}.", remedy=self.fix)

    @property
    def finding(self) -> str:
        """The cause and CUDA's number, as one line of a list."""
        return self.cause + (
            "" if self.cuda_status is None else f" (CUDA error {self.cuda_status})"
        )


def problem_of_status(status: int, *, doing: str) -> GpuUnavailable:
    """Return the problem behind an error number of the CUDA driver or runtime.

    Args:
        status: ``CUresult`` or ``cudaError_t``; the two agree on every number told apart here.
        doing: What was being done, for numbers that are not: "asking for the GPU's name".
    """
    if status in _CAUSES_BY_STATUS:
        code, cause = _CAUSES_BY_STATUS[status]
        return GpuUnavailable(code, cause, cuda_status=status)
    return GpuUnavailable(GpuProblem.DEVICE_FAILED, f"{doing} failed", cuda_status=status)
