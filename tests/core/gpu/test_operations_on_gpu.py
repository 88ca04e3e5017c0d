"""Every case of the operations' harness, on the GPU in float32, against its float64 form."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from azuraforge_core.autograd.array import Array
from azuraforge_core.autograd.gradient_check import gradients
from azuraforge_core.device import Device, array_module, to_host

HARNESS = Path(__file__).parents[1] / "ops" / "test_operations.py"


def _load(path: Path) -> ModuleType:
    """Import a test module by its path: tests are no package."""
    specification = importlib.util.spec_from_file_location("operation_cases", path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


CASES: list[Any] = _load(HARNESS).CASES
pytestmark = pytest.mark.gpu
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def _relative(actual: Array, expected: Array) -> float:
    size = max(float(np.linalg.norm(expected)), 1e-3)
    return float(np.linalg.norm(to_host(actual) - expected)) / size


def _on(gpu: Device, arrays: list[Array]) -> list[Array]:
    return [gpu.xp.asarray(array) for array in arrays]


@every_case
def test_a_value_on_the_gpu_is_the_float64_value(case: Any, gpu: Device) -> None:
    """An operation on the GPU differs from its float64 form by at most 1e-5 of its norm."""
    values = case.run(_on(gpu, case.inputs("float32")))
    assert {array_module(value) for value in values} == {gpu.xp}
    assert {value.dtype.name for value in values} == {"float32"}
    for value, wide in zip(values, case.run(case.inputs()), strict=True):
        assert _relative(value, wide) <= 1e-5


@every_case
def test_a_gradient_on_the_gpu_is_the_float64_gradient(case: Any, gpu: Device) -> None:
    """A gradient on the GPU differs from its float64 form by at most 1e-5 of its norm."""
    ours = gradients(case.call, _on(gpu, case.inputs("float32")))
    assert {array_module(gradient) for gradient in ours} == {gpu.xp}
    for gradient, wide in zip(ours, gradients(case.call, case.inputs()), strict=True):
        assert _relative(gradient, wide) <= 1e-5


@every_case
def test_an_operation_on_the_gpu_repeats_its_bits(case: Any, gpu: Device) -> None:
    """The same inputs give the same bits, forward and backward, every time."""
    inputs = _on(gpu, case.inputs("float32"))
    for first, second in zip(case.run(inputs), case.run(inputs), strict=True):
        np.testing.assert_array_equal(to_host(first), to_host(second))
    for first, second in zip(
        gradients(case.call, inputs), gradients(case.call, inputs), strict=True
    ):
        np.testing.assert_array_equal(to_host(first), to_host(second))
