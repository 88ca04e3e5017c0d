"""What a run ran on: device, processor, threads, versions.

Called by pipelines to fill ``ReportFacts.environment``, once, at the end of a run.
"""

import importlib.metadata
import os
import platform
from pathlib import Path
from typing import Any, Final

import threadpoolctl  # type: ignore[import-untyped]  # it ships no types

from azuraforge_core.device import Device
from azuraforge_core.report.facts import DeviceFacts, EnvironmentFacts

__all__ = ["observe_environment"]

_PACKAGES: Final = ("azuraforge", "numpy", "polars", "pydantic", "safetensors")
_GPU_PACKAGES: Final = ("cupy-cuda12x",)


def observe_environment(device: Device) -> EnvironmentFacts:
    """Return what this process runs on, with ``device`` as the one it trains on."""
    cpu = _cpu_name()
    packages = _PACKAGES + (_GPU_PACKAGES if device.kind == "gpu" else ())
    return EnvironmentFacts(
        device=_gpu(device.xp) if device.kind == "gpu" else DeviceFacts("cpu", cpu),
        cpu_name=cpu,
        cpu_count=len(os.sched_getaffinity(0)),
        threads=_threads(),
        platform=f"{platform.system()} {platform.release()} {platform.machine()}",
        versions=(
            ("python", platform.python_version()),
            *((name, version) for name in packages if (version := _version(name))),
        ),
    )


def _gpu(cupy: Any) -> DeviceFacts:
    identity = cupy.cuda.runtime.getDevice()
    properties = cupy.cuda.runtime.getDeviceProperties(identity)
    driver = cupy.cuda.runtime.driverGetVersion()
    return DeviceFacts(
        kind="gpu",
        name=properties["name"].decode(),
        memory_bytes=int(properties["totalGlobalMem"]),
        driver=f"CUDA {driver // 1000}.{driver % 1000 // 10}",
        compute_capability=f"{properties['major']}.{properties['minor']}",
    )


def _cpu_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "") or platform.processor() or platform.machine()


def _threads() -> int:
    pools = [pool["num_threads"] for pool in threadpoolctl.threadpool_info()]
    return max(pools, default=1)


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
