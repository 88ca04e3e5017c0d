"""What tests of the core share: kernels compiled without a GPU, tables filled in memory."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from azuraforge_core.data.config import DatasetConfig, WindowConfig
from azuraforge_core.data.dataset import ForecastDataset
from azuraforge_core.data.facts import TableFacts
from azuraforge_core.data.table_cache import TIMES, VALUES, fill_table

ARCHITECTURES = ("sm_80", "sm_90", "sm_100", "sm_120")
"""Ampere, Hopper, and Blackwell in data centers and in workstations."""


class MemoryWriter:
    """A cache writer that keeps the arrays."""

    def __init__(self) -> None:
        self.arrays: dict[str, npt.NDArray[Any]] = {}
        self.facts: Mapping[str, Any] = {}

    def create_array(
        self, name: str, shape: tuple[int, ...], dtype: npt.DTypeLike
    ) -> npt.NDArray[Any]:
        """Create an array of zeros."""
        self.arrays[name] = np.zeros(shape, dtype)
        return self.arrays[name]

    def save_array(self, name: str, array: npt.ArrayLike) -> None:
        """Keep an array."""
        self.arrays[name] = np.asarray(array)

    def set_facts(self, facts: Mapping[str, Any]) -> None:
        """Keep the facts."""
        self.facts = facts


class FilledTable:
    """What a filler wrote for a config."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.config = DatasetConfig.model_validate(document)
        writer = MemoryWriter()
        fill_table(self.config, writer)
        self.values: npt.NDArray[np.float32] = writer.arrays[VALUES]
        self.times: npt.NDArray[np.int64] = writer.arrays[TIMES]
        self.facts = TableFacts.from_json(writer.facts)

    def open(self, **window: int) -> ForecastDataset:
        """Open the table for windows of some lookback, horizon and stride."""
        return ForecastDataset.open(
            self.values, self.times, self.facts, self.config, WindowConfig(**window)
        )

    def row(self, name: str) -> list[float]:
        """Return a channel by its column's name."""
        names = [column.name for column in self.facts.columns]
        values: list[float] = self.values[names.index(name)].tolist()
        return values


Fill = Callable[..., FilledTable]


@pytest.fixture(scope="session")
def fill() -> Fill:
    """Return the function that fills a table from a dataset config."""
    return lambda **document: FilledTable(document)


@pytest.fixture(scope="session")
def compile_kernels() -> Callable[[str], dict[str, bytes]]:
    """Return a function that compiles CUDA source for every architecture, as CuPy would.

    NVRTC needs no GPU and no driver, so a kernel that does not compile fails everywhere.
    """
    compiler = pytest.importorskip("cupy.cuda.compiler", reason="CuPy is not installed")
    pathfinder = pytest.importorskip("cuda.pathfinder")
    try:
        pathfinder.load_nvidia_dynamic_lib("nvrtc")
    except pathfinder.DynamicLibNotFoundError as error:
        pytest.skip(f"NVRTC is not installed: {error}")

    def compile_for_all(source: str) -> dict[str, bytes]:
        return {
            architecture: compiler._NVRTCProgram(source, method="cubin").compile(
                (f"-arch={architecture}", "-std=c++17")
            )[0]
            for architecture in ARCHITECTURES
        }

    return compile_for_all
