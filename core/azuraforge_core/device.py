"""Where arrays live: the CPU through NumPy, or one NVIDIA GPU through CuPy.

The trainer opens the job's device once and hands it to models, data and training. All numerical
code is written over ``device.xp``, the array module, so that one source serves both. Importing
this module needs neither CuPy nor CUDA: CuPy is imported only when a GPU is opened.
"""

import importlib
import sys
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from azuraforge_core.gpu.preflight import GpuFacts, require_gpu

__all__ = ["Device", "DeviceKind", "array_module", "open_device", "to_host"]

DeviceKind = Literal["cpu", "gpu"]


@dataclass(frozen=True)
class Device:
    """One opened device.

    Attributes:
        kind: ``"cpu"`` or ``"gpu"``.
        xp: The array module, ``numpy`` on the CPU and ``cupy`` on the GPU.
        gpu: What the preflight found, for the run's metadata; None on the CPU.
    """

    kind: DeviceKind
    xp: Any
    gpu: GpuFacts | None = None


def open_device(kind: DeviceKind) -> Device:
    """Open the device a job names; a GPU that cannot be used is an error, never a CPU run.

    Opening a GPU initializes CUDA in this process, so it must not fork afterwards.

    Raises:
        GpuUnavailable: ``kind`` is ``"gpu"`` and the preflight found it unusable.
    """
    if kind == "cpu":
        return Device("cpu", np)
    facts = require_gpu()
    return Device("gpu", importlib.import_module("cupy"), facts)


def array_module(array: object) -> ModuleType:
    """Return ``cupy`` for a CuPy array and ``numpy`` for anything else."""
    cupy = sys.modules.get("cupy")  # no CuPy array can exist before CuPy was imported
    if cupy is not None and isinstance(array, cupy.ndarray):
        return cupy
    return np


def to_host(array: object) -> npt.NDArray[Any]:
    """Return the array in host memory: itself when it is NumPy's, a blocking copy from the GPU."""
    xp = array_module(array)
    if xp is np:
        return np.asarray(array)
    return np.asarray(xp.asnumpy(array))
