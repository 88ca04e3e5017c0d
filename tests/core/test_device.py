"""A device is opened once, on request; without a GPU nothing of CUDA is touched."""

import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest

from azuraforge_core.device import Device, array_module, open_device, to_host
from azuraforge_core.gpu.preflight import require_gpu
from azuraforge_core.gpu.problems import GpuUnavailable

WITHOUT_CUPY = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"cupy", "cupy_backends", "cuda"}:
            raise ModuleNotFoundError(f"{name} is blocked", name=name)

sys.meta_path.insert(0, Blocked())
"""
ON_THE_CPU = """
import azuraforge_core, azuraforge_core.device, azuraforge_core.gpu.preflight
from azuraforge_core.device import array_module, open_device, to_host
import numpy
device = open_device("cpu")
assert device.xp is numpy
values = device.xp.ones(3)
assert array_module(values) is numpy and to_host(values) is values
maps = open("/proc/self/maps").read() if sys.platform == "linux" else ""
assert not [word for word in ("libcuda", "libcudart", "libnvrtc", "cupy") if word in maps]
"""


@pytest.mark.parametrize(
    "program",
    [WITHOUT_CUPY + ON_THE_CPU, "import sys\n" + ON_THE_CPU + "assert 'cupy' not in sys.modules"],
    ids=["CuPy is not installed", "CuPy is installed"],
)
def test_the_cpu_needs_neither_cupy_nor_cuda(program: str) -> None:
    """Importing the core and opening the CPU imports no CuPy and loads no library of CUDA."""
    ended = subprocess.run(  # noqa: S603 - a fixed command
        [sys.executable, "-c", program], check=False, capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stderr


def test_the_gpu_is_refused_without_cupy_and_never_becomes_the_cpu() -> None:
    """`open_device("gpu")` raises when there is no CuPy; it never returns a CPU."""
    program = WITHOUT_CUPY + (
        "from azuraforge_core.device import open_device\n"
        "from azuraforge_core.gpu.problems import GpuUnavailable\n"
        "try: open_device('gpu')\n"
        "except GpuUnavailable as refusal: print(refusal.code, int(refusal.exit_code))"
    )
    ended = subprocess.run(  # noqa: S603 - a fixed command
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert ended.stdout.split() == ["CupyMissing", "78"]


def test_opening_the_gpu_is_what_the_preflight_says() -> None:
    """Opening the GPU succeeds exactly where the preflight passes, else raises its refusal."""

    def outcome(ask: Callable[[], object]) -> str:
        try:
            ask()
        except GpuUnavailable as refusal:
            return str(refusal)
        return "usable"

    assert outcome(lambda: open_device("gpu")) == outcome(require_gpu)


def test_a_device_is_a_fact() -> None:
    """Nothing changes a device after it was opened."""
    device = open_device("cpu")
    assert device == Device("cpu", np)
    with pytest.raises(AttributeError):
        device.kind = "gpu"  # type: ignore[misc]


def test_arrays_on_the_host_are_not_copied() -> None:
    """`to_host` gives a NumPy array back as it is and turns a list into one."""
    values = np.arange(6.0).reshape(2, 3)[:, ::2]
    assert to_host(values) is values
    assert array_module(values) is np
    assert array_module([1.0]) is np
    np.testing.assert_array_equal(to_host([1.0, 2.0]), np.array([1.0, 2.0]))


@pytest.mark.gpu
def test_arrays_on_the_gpu_are_told_apart_and_copied() -> None:
    """A CuPy array has CuPy as its module and comes to the host with the same values."""
    device = open_device("gpu")
    assert device.gpu is not None
    assert device.gpu.uuid == require_gpu().uuid
    values = device.xp.arange(5)
    assert array_module(values) is device.xp
    np.testing.assert_array_equal(to_host(values), np.arange(5))
