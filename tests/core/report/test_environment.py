"""The environment is observed, not assumed."""

import importlib.metadata
import os

import pytest

from azuraforge_core.device import open_device
from azuraforge_core.report.environment import observe_environment


def test_the_cpu_is_named() -> None:
    """On the CPU the device is the processor, with its CPUs and the versions in use."""
    found = observe_environment(open_device("cpu"))
    assert found.device.kind == "cpu"
    assert found.device.name == found.cpu_name != ""
    assert found.cpu_count == len(os.sched_getaffinity(0))
    assert found.threads >= 1
    assert dict(found.versions)["numpy"] == importlib.metadata.version("numpy")


@pytest.mark.gpu
def test_the_gpu_is_named() -> None:
    """On a GPU the device has its name, memory and compute capability."""
    found = observe_environment(open_device("gpu")).device
    assert found.kind == "gpu"
    assert found.name
    assert found.memory_bytes is not None
    assert found.memory_bytes > 2**30
    assert float(found.compute_capability) >= 8.0
