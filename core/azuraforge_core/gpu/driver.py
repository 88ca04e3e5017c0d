"""What the NVIDIA driver itself says, asked of ``libcuda.so.1`` before CuPy touches a GPU.

The preflight asks here for the driver's version, the device and its memory. Going to the driver
directly tells its failures apart (CuPy's runtime reports one number for several) and needs no CUDA
library, so a stub driver can stand in for every machine in the tests.

Functions and numbers: CUDA Driver API reference, ``cuda.h``.
"""

import ctypes
import uuid
from dataclasses import dataclass
from pathlib import Path

from azuraforge_core.gpu.problems import GpuProblem, GpuUnavailable, problem_of_status

__all__ = ["Driver", "DriverDevice", "driver_release", "load_driver"]

_KERNEL_MODULE_VERSION = Path("/sys/module/nvidia/version")
_MAJOR_CAPABILITY = 75  # CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR
_MINOR_CAPABILITY = 76  # CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR
_NAME_BYTES = 256
_UUID_BYTES = 16


@dataclass(frozen=True)
class DriverDevice:
    """One GPU as the driver describes it, without a context on it."""

    name: str
    uuid: str
    compute_capability: tuple[int, int]
    total_memory_bytes: int


class Driver:
    """The loaded driver library; every failing call raises ``GpuUnavailable``."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library

    def version(self) -> tuple[int, int]:
        """Return the newest CUDA version that the driver supports, ``(major, minor)``."""
        number = ctypes.c_int()
        self._call("cuDriverGetVersion", ctypes.byref(number), doing="asking for its version")
        return number.value // 1000, number.value % 1000 // 10

    def initialize(self) -> None:
        """Initialize the driver in this process, which must not fork afterwards."""
        self._call("cuInit", ctypes.c_uint(0), doing="initializing the driver")

    def device_count(self) -> int:
        """Return how many GPUs this process can see."""
        count = ctypes.c_int()
        self._call("cuDeviceGetCount", ctypes.byref(count), doing="counting GPUs")
        return count.value

    def device(self, ordinal: int) -> DriverDevice:
        """Describe the GPU with this index among the visible ones."""
        name = ctypes.create_string_buffer(_NAME_BYTES)
        self._call("cuDeviceGetName", name, _NAME_BYTES, ordinal, doing="asking for the GPU's name")
        identity = (ctypes.c_ubyte * _UUID_BYTES)()
        self._call("cuDeviceGetUuid_v2", identity, ordinal, doing="asking for the GPU's UUID")
        total = ctypes.c_size_t()
        self._call(
            "cuDeviceTotalMem_v2",
            ctypes.byref(total),
            ordinal,
            doing="asking for the GPU's memory size",
        )
        major = self._attribute(_MAJOR_CAPABILITY, ordinal)
        minor = self._attribute(_MINOR_CAPABILITY, ordinal)
        return DriverDevice(
            name=name.value.decode(errors="replace"),
            uuid=f"GPU-{uuid.UUID(bytes=bytes(identity))}",
            compute_capability=(major, minor),
            total_memory_bytes=total.value,
        )

    def enter_primary_context(self, ordinal: int) -> None:
        """Create the context that CuPy will use and make it this thread's; a busy GPU refuses here.

        It is never released: who enters it trains in it until the process ends.
        """
        context = ctypes.c_void_p()
        self._call(
            "cuDevicePrimaryCtxRetain",
            ctypes.byref(context),
            ordinal,
            doing="creating a context on the GPU",
        )
        self._call("cuCtxSetCurrent", context, doing="entering the context on the GPU")

    def free_memory_bytes(self) -> int:
        """Return the free memory of the GPU whose context is current."""
        free, total = ctypes.c_size_t(), ctypes.c_size_t()
        self._call(
            "cuMemGetInfo_v2",
            ctypes.byref(free),
            ctypes.byref(total),
            doing="asking for the GPU's free memory",
        )
        return free.value

    def _attribute(self, attribute: int, ordinal: int) -> int:
        value = ctypes.c_int()
        self._call(
            "cuDeviceGetAttribute",
            ctypes.byref(value),
            attribute,
            ordinal,
            doing="asking for the GPU's compute capability",
        )
        return value.value

    def _call(self, function: str, *arguments: object, doing: str) -> None:
        status = getattr(self._library, function)(*arguments)
        if status != 0:
            raise problem_of_status(status, doing=doing)


def load_driver() -> Driver:
    """Load the driver library, which comes with the machine and never with a package.

    Raises:
        GpuUnavailable: There is none.
    """
    try:
        library = ctypes.CDLL("libcuda.so.1")
    except OSError as error:
        raise GpuUnavailable(
            GpuProblem.DRIVER_MISSING,
            f"the NVIDIA driver's library cannot be loaded: {error}",
        ) from error
    return Driver(library)


def driver_release() -> str | None:
    """Return the kernel module's release, such as ``580.82.07``, where the system tells it."""
    try:
        return _KERNEL_MODULE_VERSION.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
