"""Proof, before a job spends its time, that the GPU it asks for can train.

``open_device("gpu")`` calls :func:`require_gpu`; the doctor shows the same steps line by line. The
steps go from the outside in, each needing the one before: package, driver, device, libraries,
computation. The first that fails ends the job with code 78; nothing falls back to the CPU.

CuPy's ``is_available()`` is not used: it hides every cause and remembers its answer.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from azuraforge_contract.errors import GpuOutOfMemoryError
from azuraforge_core.gpu.classification import classify_cuda_error
from azuraforge_core.gpu.driver import Driver, DriverDevice, driver_release, load_driver
from azuraforge_core.gpu.libraries import CudaLibrary, find_cublas, find_nvrtc
from azuraforge_core.gpu.problems import GpuProblem, GpuUnavailable, problem_of_status
from azuraforge_core.gpu.trial import (
    multiply_matrices,
    replay_graph,
    run_array_operation,
    run_kernel,
)

__all__ = ["MIN_FREE_BYTES", "GpuFacts", "Preflight", "PreflightStep", "require_gpu"]

MIN_FREE_BYTES: Final = 512 * 1024**2
"""What the smallest model needs beside CUDA's own context."""
_MIN_CAPABILITY: Final = (8, 0)
_NO_DEVICE: Final = 100  # CUDA_ERROR_NO_DEVICE, for a driver that counts zero without an error
_ORDINAL: Final = 0  # CUDA_VISIBLE_DEVICES, not we, chooses among several
_MIN_DRIVER_RELEASES: Final = {12: 525, 13: 580}
"""The first driver release for each CUDA major version (CUDA Toolkit release notes, table 2)."""


@dataclass(frozen=True)
class GpuFacts:
    """The GPU and software a run trains with; recorded in the run's metadata.

    Attributes:
        uuid: The device's identity, ``GPU-…``.
        name: The product's name, ``NVIDIA H100 80GB HBM3``.
        compute_capability: ``9.0``.
        total_memory_bytes: All memory of the device.
        free_memory_bytes: What was free when the preflight looked.
        driver_cuda: The newest CUDA version the driver supports.
        driver_release: The driver's own version, ``580.82.07``, where the system tells it.
        runtime_cuda: The CUDA version CuPy was built with.
        cupy: CuPy's version.
        nvrtc: NVRTC's version.
        cublas: cuBLAS's version.
    """

    uuid: str
    name: str
    compute_capability: str
    total_memory_bytes: int
    free_memory_bytes: int
    driver_cuda: str
    driver_release: str | None
    runtime_cuda: str
    cupy: str
    nvrtc: str
    cublas: str


@dataclass(frozen=True)
class PreflightStep:
    """One thing that has to hold; ``check`` says what it found or raises ``GpuUnavailable``."""

    name: str
    check: Callable[[], str]


def require_gpu(min_free_bytes: int = MIN_FREE_BYTES) -> GpuFacts:
    """Prove that the first visible GPU can train and describe it; takes about a second.

    Initializes CUDA in this process, which must not fork afterwards.

    Args:
        min_free_bytes: Memory the job needs free on the GPU.

    Raises:
        GpuUnavailable: The first step that failed, with its cause and remedy (exit code 78).
    """
    preflight = Preflight(min_free_bytes)
    for step in preflight.steps():
        step.check()
    return preflight.facts()


class Preflight:
    """One run through the steps, which build on what the earlier ones found."""

    _runtime_cuda: tuple[int, int]
    _cupy_version: str
    _driver: Driver
    _driver_cuda: tuple[int, int]
    _device: DriverDevice
    _free_memory_bytes: int
    _nvrtc: CudaLibrary
    _cublas: CudaLibrary

    def __init__(self, min_free_bytes: int = MIN_FREE_BYTES) -> None:
        self._min_free_bytes = min_free_bytes

    def steps(self) -> tuple[PreflightStep, ...]:
        """Return the steps in the order in which they have to be checked."""
        return (
            PreflightStep("cupy", self._import_cupy),
            PreflightStep("driver", self._check_driver),
            PreflightStep("device", self._find_device),
            PreflightStep("capability", self._check_capability),
            PreflightStep("gpu memory", self._check_memory),
            PreflightStep("nvrtc", self._find_nvrtc),
            PreflightStep("cublas", self._find_cublas),
            PreflightStep("gpu kernel", _trial(run_kernel, "compiled, ran and agrees with NumPy")),
            PreflightStep("gpu arrays", _trial(run_array_operation, "agree with NumPy")),
            PreflightStep(
                "gpu matrices", _trial(multiply_matrices, "64 x 64 product agrees with NumPy")
            ),
            PreflightStep(
                "gpu graph", _trial(replay_graph, "captured, replayed and agrees with NumPy")
            ),
        )

    def facts(self) -> GpuFacts:
        """Return what the steps found, once all of them have passed."""
        return GpuFacts(
            uuid=self._device.uuid,
            name=self._device.name,
            compute_capability=_dotted(self._device.compute_capability),
            total_memory_bytes=self._device.total_memory_bytes,
            free_memory_bytes=self._free_memory_bytes,
            driver_cuda=_dotted(self._driver_cuda),
            driver_release=driver_release(),
            runtime_cuda=_dotted(self._runtime_cuda),
            cupy=self._cupy_version,
            nvrtc=_dotted(self._nvrtc.version),
            cublas=_dotted(self._cublas.version),
        )

    def _import_cupy(self) -> str:
        try:
            cupy = importlib.import_module("cupy")
        except ModuleNotFoundError as error:
            raise GpuUnavailable(
                GpuProblem.CUPY_MISSING, f"CuPy is not installed: {error}"
            ) from error
        except Exception as error:  # a broken installation raises whatever it stumbles over
            raise GpuUnavailable(
                GpuProblem.CUPY_BROKEN, f"CuPy is installed but cannot be imported: {error}"
            ) from error
        number = int(cupy.cuda.runtime.runtimeGetVersion())
        self._runtime_cuda = (number // 1000, number % 1000 // 10)
        self._cupy_version = str(cupy.__version__)
        return f"CuPy {self._cupy_version} for CUDA {_dotted(self._runtime_cuda)}"

    def _check_driver(self) -> str:
        self._driver = load_driver()
        self._driver_cuda = self._driver.version()
        needed = self._runtime_cuda[0]
        if self._driver_cuda[0] < needed:
            release = _MIN_DRIVER_RELEASES.get(needed)
            raise GpuUnavailable(
                GpuProblem.DRIVER_TOO_OLD,
                f"the NVIDIA driver supports CUDA {_dotted(self._driver_cuda)}, "
                f"but CuPy {self._cupy_version} needs CUDA {needed}",
                fix=f"Update the NVIDIA driver to release {release} or newer." if release else "",
            )
        self._driver.initialize()
        release_text = driver_release() or "driver"
        return f"{release_text}, supports CUDA {_dotted(self._driver_cuda)}"

    def _find_device(self) -> str:
        count = self._driver.device_count()
        if count == 0:
            raise problem_of_status(_NO_DEVICE, doing="counting GPUs")
        self._device = self._driver.device(_ORDINAL)
        return f"{self._device.name} ({self._device.uuid})"

    def _check_capability(self) -> str:
        capability = self._device.compute_capability
        if capability < _MIN_CAPABILITY:
            raise GpuUnavailable(
                GpuProblem.CAPABILITY_TOO_LOW,
                f"{self._device.name} has compute capability {_dotted(capability)}, "
                f"but {_dotted(_MIN_CAPABILITY)} or higher is needed",
            )
        return _dotted(capability)

    def _check_memory(self) -> str:
        self._driver.enter_primary_context(_ORDINAL)
        self._free_memory_bytes = self._driver.free_memory_bytes()
        total = self._device.total_memory_bytes
        found = f"{_mebibytes(self._free_memory_bytes)} of {_mebibytes(total)} free"
        if self._free_memory_bytes < self._min_free_bytes:
            raise GpuUnavailable(
                GpuProblem.MEMORY_TOO_LOW,
                f"{self._device.name} has only {found}, "
                f"but {_mebibytes(self._min_free_bytes)} are needed",
            )
        return found

    def _find_nvrtc(self) -> str:
        self._nvrtc = find_nvrtc(self._runtime_cuda[0])
        return _dotted(self._nvrtc.version)

    def _find_cublas(self) -> str:
        self._cublas = find_cublas(self._runtime_cuda[0])
        return _dotted(self._cublas.version)


def _trial(run: Callable[[], None], found: str) -> Callable[[], str]:
    """Return a check that runs a computation and tells every failure of it as a refused GPU."""

    def check() -> str:
        try:
            run()
        except Exception as error:
            verdict = classify_cuda_error(error)
            if isinstance(verdict, GpuUnavailable):
                raise verdict from error
            raise _refusal(error, out_of_memory=isinstance(verdict, GpuOutOfMemoryError)) from error
        return found

    return check


def _refusal(error: Exception, *, out_of_memory: bool) -> GpuUnavailable:
    code = GpuProblem.MEMORY_TOO_LOW if out_of_memory else GpuProblem.DEVICE_FAILED
    return GpuUnavailable(
        code,
        f"a trial computation failed: {error}",
        cuda_status=getattr(error, "status", None),
    )


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


def _mebibytes(size_bytes: int) -> str:
    return f"{size_bytes // 1024**2:,} MiB"
